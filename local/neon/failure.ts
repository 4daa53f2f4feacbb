import { DatabaseError } from 'pg'

/** A request the endpoint itself refuses; `status` is the HTTP status of the answer. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * What Postgres said, under the names Neon's proxy uses (neondatabase/neon `proxy/src/serverless/
 * sql_over_http.rs`, `handle`) and the driver copies into `NeonDbError`.
 */
const FIELDS = [
  'message',
  'code',
  'severity',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const satisfies readonly (keyof DatabaseError)[]

/** An HTTP answer that says what went wrong. */
export interface Failure {
  readonly status: number
  readonly body: Readonly<Record<string, string | null>>
}

/**
 * The answer to a failed request. What Postgres refused, a login included, is 400 with every field of its
 * error, since the driver reads those at 400 only; what never got an answer from Postgres is 500.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return { status: error.status, body: { message: error.message } }
  if (error instanceof DatabaseError) {
    return { status: 400, body: Object.fromEntries(FIELDS.map((field) => [field, error[field] ?? null])) }
  }
  return { status: 500, body: { message: `The database cannot be reached: ${reason(error)}` } }
}

/** The words of a network error. Node leaves the message empty when several addresses were tried. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}
