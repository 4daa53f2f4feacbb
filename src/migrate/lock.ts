import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { literal } from '../core/sql.ts'
import type { Session } from './session.ts'

/** The session that another runner waits for. */
export type LockHolder = {
  readonly pid: number
  readonly application: string
  readonly user: string
  /** When its transaction began, UTC. */
  readonly since: string
}

const dialect = new PgDialect()
const nameOf = (schema: string): string => `skygear.migrate.${schema}`
const keyOf = (name: SQL): SQL => sql`hashtextextended(${name}, 0)`

/** The same lock as a statement of its own, where nobody can be told whom it waits for. */
export const lockText = (schema: string): string =>
  dialect.sqlToQuery(sql`select pg_advisory_xact_lock(${keyOf(literal(nameOf(schema)))})`).sql

/**
 * Makes this transaction the schema's only runner: waits for another, and says for whom where somebody listens.
 * The lock ends with the transaction, so that no pooler can leave it behind (v2 reference, section 3.3).
 */
export async function lockSchema(
  session: Session,
  schema: string,
  onWait?: (holder: LockHolder) => void,
): Promise<void> {
  const key = keyOf(sql`${nameOf(schema)}`)
  const ask = async (query: typeof key) => {
    const { sql: text, params } = dialect.sqlToQuery(query)
    return (await session.query(text, params)).rows
  }
  if (onWait) {
    const [answer] = await ask(sql`select pg_try_advisory_xact_lock(${key}) as free`)
    if (answer?.['free'] === true) return
    // Postgres shows a lock's 64 bits as two halves. https://www.postgresql.org/docs/current/view-pg-locks.html
    const [holder] = await ask(sql`
      select a.pid, a.application_name as application, a.usename as user,
        to_char(timezone('utc', a.xact_start), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
      from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32 | l.objid::bigint) = ${key}`)
    // It may have ended in between.
    if (holder) onWait(holder as LockHolder)
  }
  await ask(sql`select pg_advisory_xact_lock(${key})`)
}
