import { randomBytes } from 'node:crypto'
import { defineCommand } from 'citty'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { isAppName, RESERVED_APP_NAMES } from '../../src/gateway/hosts.ts'
import { UsageError } from '../command-line.ts'
import { dataDir, runningDev } from '../dev/state.ts'
import { OperatorError } from '../operator-client.ts'
import { table } from '../table.ts'
import { common, domain, hostFrom, withTarget } from './target.ts'

export const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Makes an app: one document at one host. Its schema comes with its first request',
  },
  args: {
    name: { type: 'positional', required: true, description: 'a-z, 0-9 and inner dashes, 40 at most' },
    host: { type: 'string', description: 'Its host (default NAME.localhost, or NAME.$CLUSTER_DOMAIN)' },
    production: { type: 'boolean', description: 'Not in development mode: record types are fixed' },
    ...common,
  },
  async run({ args }) {
    const { name, host: wanted, production = false, data, remote, json = false } = args
    if (RESERVED_APP_NAMES.has(name)) throw new UsageError(`the name "${name}" is reserved`)
    if (!isAppName(name))
      throw new UsageError(`"${name}" is no app name: a-z, 0-9 and inner dashes, 40 characters at most`)
    if (remote && wanted === undefined && !process.env['CLUSTER_DOMAIN'])
      throw new UsageError('with --remote, give --host, or CLUSTER_DOMAIN in the environment')
    const host = hostFrom(wanted ?? `${name}.${domain()}`)
    const document = newDocument({
      name,
      production,
      random: (bytes) => randomBytes(bytes).toString('base64url'),
    })
    await withTarget(args, async (operator) => {
      // Two documents of one app would share its schema, each with keys of its own.
      const taken = (await operator.list()).find(({ app_id }) => app_id === name)
      if (taken) throw new OperatorError('Duplicated', `the app ${name} is at ${taken.host} already`)
      await operator.put(host, document, { onlyNew: true })
    })

    const port = remote ? undefined : runningDev(dataDir(data))?.port
    const made = {
      app: name,
      url: remote ? `https://${host}` : `http://${host}${port === undefined ? '' : `:${port}`}`,
      host,
      api_key: document.app_config.clients[0]?.client_id ?? '',
      master_key: document.app_config.master_key,
    }
    if (json) return console.log(JSON.stringify(made))
    const labels = { app: 'App', url: 'URL', host: 'Host', api_key: 'API key', master_key: 'Master key' }
    console.log(table(Object.entries(made).map(([key, value]) => [labels[key as keyof typeof made], value])))
    if (port === undefined && !remote) console.log('\nIt is there with the next npm run dev, on that port.')
  },
})
