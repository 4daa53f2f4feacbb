import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Session } from '../migrate/run.ts'

const dialect = new PgDialect()

/** One schema of a session's database. */
export type SchemaSession = {
  readonly schema: string
  /** A name in the schema, quoted. */
  readonly at: (name: string) => SQL
  /** The rows, whose shape is what the query says. */
  readonly rows: <Row extends object>(query: SQL) => Promise<readonly Row[]>
  /** The only column, called `n`, of the only row. */
  readonly count: (query: SQL) => Promise<number>
}

export function schemaSession(session: Session, schema: string): SchemaSession {
  const rows: SchemaSession['rows'] = async <Row extends object>(query: SQL) => {
    const { sql: text, params } = dialect.sqlToQuery(query)
    const { rows: found } = await session.query(text, params)
    return found as readonly Row[]
  }
  return {
    schema,
    at: (name) => sql`${sql.identifier(schema)}.${sql.identifier(name)}`,
    rows,
    async count(query) {
      const [row] = await rows<{ n: number }>(query)
      return row?.n ?? 0
    },
  }
}

/** The session inside a transaction that goes on: what begins in it is a savepoint. */
export const insideTransaction = (session: Session): Session => ({
  query: (text, values) => session.query(SAVEPOINTS.get(text) ?? text, values),
})

const SAVEPOINTS: ReadonlyMap<string, string> = new Map([
  ['begin', 'savepoint module'],
  ['commit', 'release savepoint module'],
  ['rollback', 'rollback to savepoint module'],
])
