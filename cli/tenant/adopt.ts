import { randomBytes } from 'node:crypto'
import { defineCommand } from 'citty'
import * as v from 'valibot'
import type { Adoption } from '../../src/adopt/adopt.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { appNameFault } from '../../src/gateway/operations/names.ts'
import { readModules } from '../../src/migrate/files.ts'
import { UsageError } from '../command-line.ts'
import { connect } from '../database.ts'
import { sessionOf } from '../migrate/session.ts'
import { OperatorError, type Operator } from '../operator-client.ts'
import { adoptionText } from './adopt-report.ts'
import { domain } from './platform.ts'
import { answer, common, hostFrom, withTarget } from './target.ts'

export const adopt = defineCommand({
  meta: {
    name: 'adopt',
    description:
      'Checks the schema of a Skygear v1.7 app and tells what is in it; with --apply, serves it here. ' +
      'Stop its old server first (docs/adoption.md)',
  },
  args: {
    name: {
      type: 'positional',
      required: true,
      description: 'the app: a-z, 0-9 and inner dashes, 40 at most',
    },
    database: { type: 'string', required: true, valueHint: 'url', description: 'The database it is in' },
    schema: { type: 'string', valueHint: 'name', description: 'Its schema (default app_NAME)' },
    apply: { type: 'boolean', description: 'Adds what is missing, in one transaction, and makes the app' },
    host: { type: 'string', description: 'Its host (default NAME.localhost, or NAME.$CLUSTER_DOMAIN)' },
    'api-key': {
      type: 'string',
      description: 'The old API key, so that old clients go on (default: a new one)',
    },
    'master-key': { type: 'string', description: 'The old master key (default: a new one)' },
    production: { type: 'boolean', description: 'Not in development mode: record types are fixed' },
    ...common,
  },
  async run({ args }) {
    const { name, database, apply = false, remote, json = false } = args
    const fault = appNameFault(name)
    if (fault !== null) throw new UsageError(fault)
    const schema = args.schema ?? `app_${name}`
    if (schema === '') throw new UsageError('--schema needs a name')
    if (args['api-key'] === '' || args['master-key'] === '')
      throw new UsageError('--api-key and --master-key need a key')
    if (remote && args.host === undefined && !process.env['CLUSTER_DOMAIN'])
      throw new UsageError('with --remote, give --host, or CLUSTER_DOMAIN in the environment')
    const host = hostFrom(args.host ?? `${name}.${domain()}`)
    if (!apply) {
      const adoption = await adoptSchema(database, schema, false)
      return answer(json, adoption, [adoptionText(adoption)])
    }

    const document = documentOf(name, args.production ?? false, {
      database,
      schema,
      apiKey: args['api-key'],
      masterKey: args['master-key'],
    })
    await withTarget(args, async (operator) => {
      const registered = await registeredHost(operator, name, host, schema)
      const adoption = await adoptSchema(database, schema, true)
      if (registered === null) await operator.put(host, document, { onlyNew: true })
      const made = {
        app: name,
        host: registered ?? host,
        ...(registered === null && {
          api_key: document.app_config.clients[0]?.client_id,
          master_key: document.app_config.master_key,
        }),
      }
      answer(json, { ...adoption, ...made }, [adoptionText(adoption), '', ...madeLines(made)])
    })
  },
})

async function adoptSchema(database: string, schema: string, isApplied: boolean): Promise<Adoption> {
  const client = await connect(database)
  try {
    // Drizzle is most of what this command loads.
    const { adopt } = await import('../../src/adopt/adopt.ts')
    const outcome = await adopt(sessionOf(client), schema, readModules(), { isApplied })
    if (!outcome.ok) throw new Error(outcome.error)
    return outcome.value
  } finally {
    await client.end()
  }
}

type Old = {
  readonly database: string
  readonly schema: string
  readonly apiKey: string | undefined
  readonly masterKey: string | undefined
}

function documentOf(name: string, production: boolean, { database, schema, apiKey, masterKey }: Old) {
  const random = (bytes: number) => randomBytes(bytes).toString('base64url')
  const { app_config, ...document } = newDocument({ name, production, random })
  return {
    ...document,
    database_config: { database_url: database, database_schema: schema },
    app_config: {
      ...app_config,
      ...(masterKey !== undefined && { master_key: masterKey }),
      ...(apiKey !== undefined && { clients: [{ client_name: 'default', client_id: apiKey }] }),
    },
  }
}

const Placed = v.object({ database_config: v.object({ database_schema: v.string() }) })

/**
 * The host where an earlier run made the app; null where it is to be made.
 * @throws OperatorError where the name or the host is another app's
 */
async function registeredHost(
  operator: Operator,
  name: string,
  host: string,
  schema: string,
): Promise<string | null> {
  const rows = await operator.list()
  const own = rows.find(({ app_id }) => app_id === name)
  if (!own) {
    if (rows.some((row) => row.host === host))
      throw new OperatorError('Duplicated', `the host ${host} is taken`)
    return null
  }
  const document = v.safeParse(Placed, await operator.show(own.host))
  if (document.success && document.output.database_config.database_schema === schema) return own.host
  throw new OperatorError('Duplicated', `the app ${name} is at ${own.host} already, with another schema`)
}

function madeLines({
  app,
  host,
  api_key,
  master_key,
}: {
  readonly app: string
  readonly host: string
  readonly api_key?: string | undefined
  readonly master_key?: string
}): readonly string[] {
  if (api_key === undefined || master_key === undefined)
    return [`The app ${app} is at ${host}, with the keys it has.`]
  return [`The app ${app} is at ${host}.`, `API key     ${api_key}`, `Master key  ${master_key}`]
}
