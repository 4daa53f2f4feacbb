import { DatabaseError } from 'pg'

/** A request that is refused; `status` is the HTTP status of the answer, `cause` what Postgres said, if it did. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** An HTTP answer that says what went wrong. */
export interface Failure {
  readonly status: number
  readonly body: Readonly<Record<string, string | null>>
}

/**
 * The answer to a failed request, as `handle` in the proxy's sql_over_http.rs. What Postgres says of a statement
 * is 400. What nobody has thought of is 500.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof DatabaseError) return { status: 400, body: bodyOf(error.message, error) }
  if (!(error instanceof Refusal)) return { status: 500, body: bodyOf(reason(error)) }
  const { status, message, cause } = error
  return { status, body: bodyOf(message, cause instanceof DatabaseError ? cause : undefined) }
}

/**
 * Every key is always there, in this order. Without words of Postgres two are empty and the others null; a position
 * in a function's own query is told only where there is none in the statement.
 */
function bodyOf(message: string, said?: DatabaseError): Failure['body'] {
  const internal = said?.position === undefined && said?.internalPosition !== undefined
  return {
    message,
    code: said?.code ?? '',
    detail: said?.detail ?? null,
    hint: said?.hint ?? null,
    position: said?.position ?? null,
    internalPosition: internal ? (said.internalPosition ?? null) : null,
    internalQuery: internal ? (said.internalQuery ?? null) : null,
    severity: said?.severity ?? '',
    where: said?.where ?? null,
    table: said?.table ?? null,
    column: said?.column ?? null,
    schema: said?.schema ?? null,
    dataType: said?.dataType ?? null,
    constraint: said?.constraint ?? null,
    file: said?.file ?? null,
    line: said?.line ?? null,
    routine: said?.routine ?? null,
  }
}

/** The words of a network error. Node leaves the message empty when several addresses were tried. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}
