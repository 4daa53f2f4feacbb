import { defineCommand } from 'citty'
import { appNameFault } from '../../src/gateway/operations/names.ts'
import { UsageError } from '../command-line.ts'
import { dataDir, runningDev } from '../dev/state.ts'
import { OperatorError } from '../operator-client.ts'
import { table } from '../table.ts'
import { domain } from './platform.ts'
import { common, hostFrom, withTarget } from './target.ts'

export const create = defineCommand({
  meta: {
    name: 'create',
    description:
      'Makes an app: one document at one host. Its schema comes with its first request. Repeated, it tells how to ' +
      'get keys where those that it printed were lost',
  },
  args: {
    name: { type: 'positional', required: true, description: 'a-z, 0-9 and inner dashes, 40 at most' },
    host: { type: 'string', description: 'Its host (default NAME.localhost, or NAME.$CLUSTER_DOMAIN)' },
    production: { type: 'boolean', description: 'Not in development mode: record types are fixed' },
    ...common,
  },
  async run({ args }) {
    const { name, host: wanted, production = false, data, remote, json = false } = args
    const fault = appNameFault(name)
    if (fault !== null) throw new UsageError(fault)
    if (remote && wanted === undefined && !process.env['CLUSTER_DOMAIN'])
      throw new UsageError('with --remote, give --host, or CLUSTER_DOMAIN in the environment')
    const host = hostFrom(wanted ?? `${name}.${domain()}`)
    const created = await withTarget(args, (operator) =>
      operator.create({ name, host, production }).catch(async (cause: unknown) => {
        if (!(cause instanceof OperatorError) || cause.failure !== 'Duplicated') throw cause
        // It may be our own create, whose answer never came.
        if (!(await operator.list()).some(({ app_id }) => app_id === name)) throw cause
        throw new OperatorError(cause.failure, `${cause.message}. ${keysAgain(name)}`)
      }),
    )

    const port = remote ? undefined : runningDev(dataDir(data))?.port
    const made = {
      app: created.app,
      url: remote ? `https://${host}` : `http://${host}${port === undefined ? '' : `:${port}`}`,
      host: created.host,
      api_key: created.api_key,
      master_key: created.master_key,
    }
    if (json) return console.log(JSON.stringify(made))
    const labels = { app: 'App', url: 'URL', host: 'Host', api_key: 'API key', master_key: 'Master key' }
    console.log(table(Object.entries(made).map(([key, value]) => [labels[key as keyof typeof made], value])))
    if (port === undefined && !remote) console.log('\nIt is there with the next npm run dev, on that port.')
  },
})

/** A master key is told once, an API key always. */
const keysAgain = (name: string): string =>
  `Its API key: npm run tenant -- show ${name}; a new master key: npm run tenant -- rotate-keys ${name} --master-key`
