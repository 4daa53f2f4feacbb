import { Flights } from '../core/flights.ts'
import { ANSWER_BYTES_MAX, DATABASE_SECONDS_MAX } from '../core/limits.ts'
import type { Database, Provisioner, Row, SqlFault, Statement } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Tenant } from '../core/tenant.ts'
import { freshStatements } from '../migrate/fresh.ts'
import { migrate } from '../migrate/run.ts'
import type { Session } from '../migrate/session.ts'
import type { Module } from '../migrate/module.ts'

type Driver = typeof import('@neondatabase/serverless')
let localEndpoint: string | null = null
let loaded: Driver | undefined

/** Loaded by the first request that needs a database: it is a third of what an isolate starts with (bench/start-up.ts). */
async function driver(): Promise<Driver> {
  if (loaded) return loaded
  const module = await import('@neondatabase/serverless')
  module.neonConfig.fetchFunction = fetchAtMost
  if (localEndpoint !== null) configure(module, localEndpoint)
  return (loaded = module)
}

/** Points the driver at the local Neon endpoint, `host:port`; without one it finds Neon's own by the database's host. */
export function useLocalEndpoint(endpoint: string): void {
  localEndpoint = endpoint
  if (loaded) configure(loaded, endpoint)
}

function configure({ neonConfig }: Driver, endpoint: string): void {
  neonConfig.fetchEndpoint = `http://${endpoint}/sql`
  neonConfig.wsProxy = `${endpoint}/v1`
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineTLS = false
  // Works whatever login the Postgres behind it asks for.
  neonConfig.pipelineConnect = false
}

const parametersOf = ({ values }: Statement): unknown[] => values.map(wellFormed)

/** Neon refuses a whole call for half a surrogate pair in a text: UTF-8 has none, nor had Go, which v1 was written in. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  return Array.isArray(value) ? value.map(wellFormed) : value
}

class AnswerTooLarge extends Error {}

/** The driver's fetch. Neon says how long its answers are: one that would take the isolate's memory is not read. */
async function fetchAtMost(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (Number(response.headers.get('content-length')) <= ANSWER_BYTES_MAX) return response
  await response.body?.cancel()
  throw new AnswerTooLarge()
}

const databases = new Map<string, Database>()

/** The database behind a connection string: Neon's HTTP endpoint, one fetch a transaction. */
export function neonDatabase(url: string, secondsMax = DATABASE_SECONDS_MAX): Database {
  const known = databases.get(url)
  if (known) return known
  let sql: ReturnType<Driver['neon']> | undefined
  const database: Database = {
    async transact(statements, options) {
      const { neon, NeonDbError } = await driver()
      try {
        const query = (sql ??= neon(url))
        const fetchOptions = { signal: AbortSignal.timeout(secondsMax * 1000) }
        const [only] = statements
        // Postgres makes a transaction of a single statement by itself.
        if (only && statements.length === 1)
          return ok([(await query.query(only.text, parametersOf(only), { fetchOptions })) as readonly Row[]])
        const rows = await query.transaction(
          statements.map((each) => query.query(each.text, parametersOf(each))),
          { readOnly: options?.readOnly === true, fetchOptions },
        )
        return ok(rows as readonly (readonly Row[])[])
      } catch (cause) {
        return err(cause instanceof NeonDbError ? faultOf(cause) : unreachable(cause))
      }
    },
  }
  databases.set(url, database)
  return database
}

/** Connection failure (PostgreSQL manual, appendix A). */
const UNREACHABLE = '08006'

/**
 * `08006` where no Postgres answered: the driver's own error, or whatever reading an answer throws
 * that is cut off, late, or no answer of Neon's at all.
 */
const unreachable = (cause: unknown): SqlFault => ({
  code: UNREACHABLE,
  message: cause instanceof Error ? cause.message : String(cause),
})

/** Program limit exceeded (PostgreSQL manual, appendix A). */
const TOO_LARGE = '54000'
/** How the driver tells of an answer that is more than Neon gives. */
const NEON_TOO_LARGE = /^Server error \(HTTP status 507\)/

function faultOf(cause: InstanceType<Driver['NeonDbError']>): SqlFault {
  if (cause.sourceError instanceof AnswerTooLarge || NEON_TOO_LARGE.test(cause.message))
    return {
      code: TOO_LARGE,
      message: `the answer is larger than ${ANSWER_BYTES_MAX} bytes: ask for less at once`,
    }
  // Neon's code is empty where the words are its own: a session that was lost, a login that it refuses.
  if (!cause.code) return unreachable(cause)
  const { code, message, detail, constraint, column } = cause
  return { code, message, detail, constraint, column }
}

/** Makes schemas that are missing, each once however many ask. */
export function neonProvisioner(
  modules: readonly Module[],
  secondsMax: number = DATABASE_SECONDS_MAX,
): Provisioner {
  // A second more than the work may take, so that its own limit speaks first.
  const flights = new Flights<Awaited<ReturnType<Provisioner['provision']>>>(secondsMax + 1)
  return {
    provision: (tenant) =>
      flights.join(`${tenant.databaseUrl}\n${tenant.schema}`, () => provision(tenant, modules, secondsMax)),
  }
}

/**
 * In one HTTP transaction, which takes a tenth of a session's trips (bench/migrate.ts). Where that is refused, most
 * likely because another isolate was first, a session sees what there is, and says what fails.
 */
async function provision(tenant: Tenant, modules: readonly Module[], secondsMax: number) {
  const { databaseUrl, schema } = tenant
  const statements = await freshStatements(schema, modules)
  const made = await neonDatabase(databaseUrl, secondsMax).transact(
    statements.map((text) => ({ text, values: [] })),
  )
  if (made.ok) return ok(undefined)
  if (made.error.code === UNREACHABLE) return err('the database cannot be reached')
  const migrated = await withSession(databaseUrl, (session) => migrate(session, schema, modules))
  if (!migrated.ok) return migrated
  return migrated.value.ok
    ? ok(undefined)
    : err(`the schema ${schema} could not be made: ${migrated.value.error.message}`)
}

/** Gives `use` a WebSocket session, for migrations: their transactions are many statements, one after the other. */
export async function withSession<T>(
  databaseUrl: string,
  use: (session: Session) => Promise<T>,
): Promise<Result<T, string>> {
  const { Client } = await driver()
  const client = new Client(databaseUrl)
  // A lost connection fails the query that waits for it; an error without a listener would end the isolate instead.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return ok(await use(client))
  } catch {
    // What is thrown here is a socket's event, which says nothing.
    return err('the database cannot be reached')
  } finally {
    // Not awaited: the end of a connection that never was is never said.
    void client.end().catch(() => undefined)
  }
}
