import type { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { failureStatus, type Failure } from '../core/failure.ts'
import type { TenantRegistry } from '../core/registry.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Sealer } from '../core/sealer.ts'
import { readJsonBody } from './body.ts'
import type { HostValue } from './document/parse.ts'
import { readHostText } from './document/seal.ts'
import { normalizeHost } from './hosts.ts'
import { traceOf, type OperatorEnv } from './operator-trace.ts'
import { STORE_UNREACHABLE, StoreFault } from './store-fault.ts'

/** Where a request is to work, or what is wrong with how it says so. */
type PlaceOf = (
  database: string | null,
  schema: string | null,
) => Promise<
  Result<
    { readonly databaseUrl: string; readonly schema: string },
    { readonly reason: 'bad' | 'unknown'; readonly error: string }
  >
>
/** Answers the JSON of a migration request; `placeOf` knows what its names stand for. */
export type AnswerMigration = (
  body: unknown,
  placeOf: PlaceOf,
) => Promise<{ readonly status: number; readonly body: object }>

export type MigrationOptions = {
  readonly answer: AnswerMigration
  /** By the names that a request may use; `default` is that of the apps that name none. */
  readonly databases: Readonly<Record<string, string>>
  readonly registry: TenantRegistry
  readonly sealer: Sealer | null
  /** Why this Authorization header may not; null: it may. */
  readonly refused: (authorization: string | undefined) => Failure | null
}

export const DEFAULT_DATABASE = 'default'

/**
 * v2's migration server (v2 reference, section 3.6), with its shape of errors. A database is named by an app, or by a
 * configured name: never by a URL from the caller.
 */
export function migrationRoutes(hono: Hono<OperatorEnv>, options: MigrationOptions): void {
  hono.get('/healthz', (c) => c.json({ result: 'OK' }))

  hono.post('/migrate', async (c) => {
    const told = (failure: Failure) => {
      const trace = traceOf(c)
      if (trace) trace.error = failure.name
      const { message, retryAfterSeconds: seconds } = failure
      const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) }
      return c.json({ error: message }, failureStatus(failure) as ContentfulStatusCode, headers)
    }
    const refused = options.refused(c.req.header('authorization'))
    if (refused) return told(refused)
    const body = await readJsonBody(c.req.raw)
    if (!body.ok) return told(body.error)
    try {
      const answer = await options.answer(body.value, placeIn(options))
      return c.json(answer.body, answer.status as ContentfulStatusCode)
    } catch (cause) {
      if (!(cause instanceof StoreFault)) throw cause
      traceOf(c)?.report(cause)
      return told(STORE_UNREACHABLE)
    }
  })
}

const placeIn =
  ({ databases, registry, sealer }: MigrationOptions): PlaceOf =>
  async (database, schema) => {
    if (database === null) return bad('missing database: the name of an app, a host of it, or default')
    if (Object.hasOwn(databases, database)) {
      const databaseUrl = databases[database] ?? ''
      return schema === null ? bad('missing schema') : ok({ databaseUrl, schema })
    }
    const found = await documentOf(registry, sealer, database)
    if (found === null)
      return err({
        reason: 'unknown',
        error: 'no app and no configured database has this name; a URL is not taken',
      })
    if (!found.ok) return bad(`the app's document: ${found.error.path} ${found.error.message}`)
    if (found.value.kind === 'alias') return bad('the app is behind an alias of an alias')
    const { database_url: databaseUrl = databases[DEFAULT_DATABASE], database_schema: own } =
      found.value.document.database_config
    if (databaseUrl === undefined) return bad('the app names no database, and the cluster has none')
    if (schema !== null && schema !== own) return bad(`the schema of this app is ${own}`)
    return ok({ databaseUrl, schema: own })
  }

const bad = (error: string) => err({ reason: 'bad' as const, error })

/** The document of a host, or of the app that has this id. Null: there is neither. */
async function documentOf(
  registry: TenantRegistry,
  sealer: Sealer | null,
  name: string,
): Promise<Awaited<ReturnType<typeof readHostText>> | null> {
  const read = async (host: string) => {
    const text = await registry.get(`host:${host}`)
    return text === null ? null : readHostText(text, {}, sealer)
  }
  const isAlias = (value: Awaited<ReturnType<typeof read>>): value is { ok: true; value: Alias } =>
    value !== null && value.ok && value.value.kind === 'alias'
  // A host that is not there must not be asked for: KV remembers that it was not. An app's id has no dot.
  const host = name.includes('.') ? normalizeHost(name) : await hostOf(registry, name)
  if (host === null) return null
  const own = await read(host)
  return isAlias(own) ? read(own.value.aliasOf) : own
}
type Alias = Extract<HostValue, { kind: 'alias' }>

async function hostOf(registry: TenantRegistry, appId: string): Promise<string | null> {
  const hosts = await registry.list('host:')
  for (const { key, summary } of hosts) {
    const host = key.slice('host:'.length)
    if (summary !== null ? summary.app_id === appId : host.split('.')[0] === appId) return host
  }
  return null
}
