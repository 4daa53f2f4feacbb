import { randomBytes } from 'node:crypto'
import { defineCommand } from 'citty'
import { newDocument } from '../src/gateway/document/compose.ts'
import { isAppName, normalizeHost, RESERVED_APP_NAMES } from '../src/gateway/hosts.ts'
import { runCli, UsageError } from './command-line.ts'
import { dataDir, runningDev } from './dev/state.ts'
import { OperatorError, type HostRow, type Operator } from './operator-client.ts'
import { table } from './table.ts'
import { withOperator } from './tenant/operator.ts'

const common = {
  data: {
    type: 'string',
    valueHint: 'dir',
    description: "The local system's data directory (default .data)",
  },
  json: {
    type: 'boolean',
    description: 'One JSON value on stdout; of an error {"error":{"name","message"}}',
  },
} as const

const create = defineCommand({
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
  async run({ args: { name, host: wanted, production = false, data: given, json = false } }) {
    if (RESERVED_APP_NAMES.has(name)) throw new UsageError(`the name "${name}" is reserved`)
    if (!isAppName(name))
      throw new UsageError(`"${name}" is no app name: a-z, 0-9 and inner dashes, 40 characters at most`)
    const host = hostFrom(wanted ?? `${name}.${domain()}`)
    const data = dataDir(given)
    const document = newDocument({
      name,
      production,
      random: (bytes) => randomBytes(bytes).toString('base64url'),
    })
    await withOperator(data, async (operator) => {
      // Two documents of one app would share its schema, each with keys of its own.
      const taken = (await operator.list()).find(({ app_id }) => app_id === name)
      if (taken) throw new OperatorError('Duplicated', `the app ${name} is at ${taken.host} already`)
      await operator.put(host, document, { onlyNew: true })
    })

    const port = runningDev(data)?.port
    const made = {
      app: name,
      url: `http://${host}${port === undefined ? '' : `:${port}`}`,
      host,
      api_key: document.app_config.clients[0]?.client_id ?? '',
      master_key: document.app_config.master_key,
    }
    if (json) return console.log(JSON.stringify(made))
    const labels = { app: 'App', url: 'URL', host: 'Host', api_key: 'API key', master_key: 'Master key' }
    console.log(table(Object.entries(made).map(([key, value]) => [labels[key as keyof typeof made], value])))
    if (port === undefined) console.log('\nIt is there with the next npm run dev, on that port.')
  },
})

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'Every host, with its app, plan and gear versions, or what it is an alias of',
  },
  args: common,
  async run({ args: { data, json = false } }) {
    const rows = await withOperator(dataDir(data), (operator) => operator.list())
    if (json) return console.log(JSON.stringify(rows))
    console.log(table([['HOST', 'APP', 'PLAN', 'GEARS'], ...rows.map(cells)]))
  },
})

const show = defineCommand({
  meta: { name: 'show', description: "A host's document, secrets masked" },
  args: { of: { type: 'positional', required: true, description: 'an app or a host' }, ...common },
  async run({ args: { of, data, json = false } }) {
    const found = await withOperator(dataDir(data), (operator) => find(operator, of))
    if (found === undefined) throw new Error(`no app and no host "${of}": see npm run tenant -- list`)
    console.log(JSON.stringify(found, null, json ? 0 : 2))
  },
})

/** By the default host of an app of this name, by the host, then by the app wherever it is. */
async function find(operator: Operator, of: string): Promise<unknown> {
  for (const name of [`${of}.${domain()}`, of]) {
    const host = normalizeHost(name)
    const found = host && (await operator.show(host))
    if (found) return found
  }
  const row = (await operator.list()).find(({ app_id }) => app_id === of)
  return row && operator.show(row.host)
}

function cells({ host, app_id, plan, gears, alias_of }: HostRow): string[] {
  if (alias_of !== undefined) return [host, `→ ${alias_of}`, '', '']
  const versions = Object.entries(gears ?? {}).map(([gear, version]) => `${gear} ${version}`)
  return [host, app_id ?? '(not a valid document)', plan ?? '', versions.join(', ')]
}

const domain = (): string => process.env['CLUSTER_DOMAIN'] || 'localhost'

/** A tenant's key has no port and is lower case; a host given otherwise is one that was not understood. */
function hostFrom(text: string): string {
  const host = normalizeHost(text)
  if (host === null || host !== text.toLowerCase()) throw new UsageError(`"${text}" is no hostname`)
  if (host === `operator.${domain()}`) throw new UsageError(`the host ${host} is the operator's`)
  return host
}

await runCli(
  defineCommand({
    meta: {
      name: 'npm run tenant --',
      description: 'Makes and shows apps. They take effect at once where npm run dev runs',
    },
    subCommands: { create, list, show },
  }),
)
