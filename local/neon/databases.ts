import { Client, DatabaseError, Pool, type PoolClient } from 'pg'
import type { Answer } from './answer.ts'
import { requestCancel, type BackendKey } from './cancel.ts'
import { Refusal } from './failure.ts'
import { Pipeline } from './pipeline.ts'
import type { Work } from './request.ts'
import { ARRAY_TYPES, type ArrayTypes } from './typed-values.ts'

/** Distinct connection strings kept connected at once; with 20 sessions each this fits max_connections 200. */
const POOLS_MAX = 8
/** How long an unused session is kept, and how long a connection attempt may take. */
const IDLE_MS_MAX = 30_000
const CONNECT_MS_MAX = 10_000
/** How long a cancelled statement may take to end before its session is cut off. */
const CANCELLED_MS_MAX = 3_000

/**
 * Statements that change the session beyond their transaction. Each HTTP request must find a fresh session,
 * so these are followed by DISCARD ALL; others are spared its cost. A function that hides such a call is not
 * seen.
 */
const LEAVES_TRACES =
  /^\s*(?:set|reset|prepare|listen|declare|load)\b|\btemp(?:orary)?\b|\bset_config\b|advisory_lock/i

/** Host and port of a Postgres server. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** SQLSTATEs of a login with a wrong password or name, and to a database that is not there. */
const INVALID_PASSWORD = '28P01'
const INVALID_CATALOG_NAME = '3D000'

/** The Postgres databases an endpoint may reach, and the pooled sessions on them. */
export interface Databases {
  /** The server a connection string leads to. @throws Refusal 400 when it is not one of the served */
  locate(connectionString: string): Address
  /**
   * Runs a request's statements on a pooled session.
   * @param user the name that the connection string logs in with, for the words of its refusal
   * @param signal breaks the work off when nobody waits for it any more: Postgres is asked to cancel it
   * @returns the answer, to be sent or discarded
   * @throws DatabaseError from Postgres, or Refusal 400, 499, 500, 503 or 507
   */
  run(connectionString: string, user: string, work: Work, signal: AbortSignal): Promise<Answer>
  /** Closes all sessions, waiting for statements under way. */
  close(): Promise<void>
}

/**
 * Opens no session yet.
 * @param served connection strings; their hosts and ports are the only ones ever connected to
 * @param translate from the connection string a client sends to the real one
 * @param poolSize sessions per connection string
 */
export function openDatabases(
  served: readonly string[],
  translate: (connectionString: string) => string,
  poolSize: number,
): Databases {
  const addresses = new Set(served.map((url) => keyOf(addressOf(url))))
  const pools = new Map<string, Pool>()

  function locate(connectionString: string): Address {
    const address = addressOf(translate(connectionString))
    if (addresses.has(keyOf(address))) return address
    throw new Refusal(400, `${keyOf(address)} is not a database served here (${[...addresses].join(', ')})`)
  }

  function poolFor(connectionString: string): Pool {
    const real = translate(connectionString)
    const known = pools.get(real)
    if (known) return known
    locate(connectionString)
    if (pools.size >= POOLS_MAX) evict(pools)
    const pool = new Pool({
      connectionString: real,
      max: poolSize,
      idleTimeoutMillis: IDLE_MS_MAX,
      connectionTimeoutMillis: CONNECT_MS_MAX,
    })
    // A lost session is reported by the request that uses it; unlistened 'error' events would end the process.
    pool.on('connect', (client) => client.on('error', () => {}))
    pool.on('error', () => {})
    pools.set(real, pool)
    return pool
  }

  return {
    locate,
    async run(connectionString, user, work, signal) {
      const pool = poolFor(connectionString)
      const client = (await pool.connect().catch((error: unknown) => {
        throw loginRefusal(error, user)
      })) as PoolClient & Address & BackendKey
      if (signal.aborted) {
        client.release()
        throw new Refusal(499, 'the client has left')
      }
      let cancelled: Promise<void> | undefined
      let cutOff: NodeJS.Timeout | undefined
      const cancel = (): void => {
        cancelled ??= requestCancel(client, client)
        cutOff ??= setTimeout(() => client.connection.stream.destroy(), CANCELLED_MS_MAX)
      }
      signal.addEventListener('abort', cancel)
      try {
        const arrays = work.rawText ? NO_ARRAYS : await arrayTypes(client)
        return await client.query(new Pipeline(work, arrays, cancel)).done
      } catch (error) {
        if (error instanceof DatabaseError || error instanceof Refusal) throw error
        // The session has ended without a word of Postgres.
        throw new Refusal(400, 'connection closed', { cause: error })
      } finally {
        signal.removeEventListener('abort', cancel)
        clearTimeout(cutOff)
        // A cancel request still under way would hit whoever gets the session next.
        if (cancelled) await cancelled
        const rollback = client.getTransactionStatus() !== 'I'
        // The answer to a failed batch waits for its ROLLBACK: the caller may rely on the locks being gone.
        const clean = rollback ? await settled(client, 'ROLLBACK') : true
        if (clean && work.statements.some(({ text }) => LEAVES_TRACES.test(text))) {
          void settled(client, 'DISCARD ALL').then((fresh) => client.release(!fresh))
        } else {
          client.release(!clean)
        }
      }
    },
    async close() {
      const open = [...pools.values()]
      pools.clear()
      await Promise.all(open.map((pool) => pool.end()))
    },
  }
}

const NO_ARRAYS: ArrayTypes = new Map()

async function arrayTypes(client: PoolClient): Promise<ArrayTypes> {
  const { rows } = await client.query<[string, string]>({ text: ARRAY_TYPES, rowMode: 'array' })
  return new Map(rows.map(([oid, element]) => [Number(oid), Number(element)]))
}

/**
 * What the proxy says where no session can be had. It judges passwords itself, so that none of Postgres' fields are
 * there; what else Postgres says is taken for a fault of the server, except that the database is not there.
 */
function loginRefusal(cause: unknown, user: string): Refusal {
  if (!(cause instanceof DatabaseError)) return new Refusal(500, "Couldn't connect to compute node")
  if (cause.code === INVALID_PASSWORD)
    return new Refusal(400, `password authentication failed for user '${user}'`)
  return new Refusal(cause.code === INVALID_CATALOG_NAME ? 400 : 500, cause.message, { cause })
}

/** Whether `text` could be run; when not, the session is to be thrown away. */
async function settled(client: PoolClient, text: string): Promise<boolean> {
  try {
    await client.query(text)
    return true
  } catch {
    return false
  }
}

/** Closes the pool opened longest ago that nobody is using. @throws Refusal 503 */
function evict(pools: Map<string, Pool>): void {
  for (const [key, pool] of pools) {
    if (pool.waitingCount > 0 || pool.idleCount < pool.totalCount) continue
    pools.delete(key)
    void pool.end()
    return
  }
  throw new Refusal(503, `more than ${POOLS_MAX} connection strings are in use at once`)
}

/** Read by `pg` itself, because `?host=` in a connection string overrides what stands before the slash. */
function addressOf(connectionString: string): Address {
  try {
    const { host, port } = new Client({ connectionString })
    return { host, port }
  } catch {
    throw new Refusal(400, 'Neon-Connection-String must be a postgres:// URL')
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`
}
