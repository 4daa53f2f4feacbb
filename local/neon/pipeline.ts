import type { Connection, Submittable } from 'pg'
import { Refusal } from './failure.ts'
import { encode } from './messages.ts'
import type { Work } from './request.ts'

/** A column as Neon describes it, which is as `pg` does. */
interface Field {
  readonly name: string
  readonly tableID: number
  readonly columnID: number
  readonly dataTypeID: number
  readonly dataTypeSize: number
  readonly dataTypeModifier: number
  readonly format: string
}

/** The outcome of one statement; values are Postgres text. */
export interface StatementResult {
  readonly command: string | null
  readonly rowCount: number | null
  readonly rows: readonly unknown[]
  readonly fields: readonly Field[]
  readonly rowAsArray: boolean
}

type Row = readonly (string | null)[]

/**
 * One request's statements, written to Postgres in one go and closed by a single Sync, so that a batch costs
 * one network round trip: BEGIN, Parse/Bind/Describe/Execute for each statement, COMMIT, Sync. After an error
 * Postgres skips everything up to the Sync (PostgreSQL manual, "Extended Query", 54.2.3), so COMMIT is never
 * reached, the first error is the only one, and the session is left in a failed transaction: the caller must
 * send ROLLBACK when `getTransactionStatus()` is not `I`.
 *
 * It is a custom query for `pg`'s Client, which calls the `handle…` methods with the server's messages. `pg`'s
 * own pipelining sends a Sync per statement and refuses custom queries. Statements stay unnamed: tenants'
 * tables change under the endpoint, and a named plan would then fail with "cached plan must not change".
 */
export class Pipeline implements Submittable {
  readonly #work: Work
  readonly #resolve: (results: StatementResult[]) => void
  readonly #reject: (error: unknown) => void
  readonly #results: StatementResult[] = []
  #fields: readonly Field[] = []
  #rows: Row[] = []

  constructor(work: Work, resolve: (results: StatementResult[]) => void, reject: (error: unknown) => void) {
    this.#work = work
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: Connection): void {
    const { begin, statements } = this.#work
    connection.stream.write(encode(begin === null ? statements : [opening(begin), ...statements, COMMIT]))
  }

  handleRowDescription(message: { fields: Field[] }): void {
    this.#fields = message.fields
  }

  handleDataRow(message: { fields: Row }): void {
    this.#rows.push(message.fields)
  }

  handleCommandComplete(message: { text: string }): void {
    this.#complete(message.text)
  }

  handleEmptyQuery(): void {
    this.#complete('')
  }

  /** COPY needs a data channel, which HTTP requests do not have. The session cannot be saved. */
  handleCopyInResponse(connection: Connection): void {
    connection.stream.destroy(new Refusal(400, 'COPY FROM STDIN is not possible over HTTP'))
  }

  /** COPY TO STDOUT: its data has no place in the answer. */
  handleCopyData(): void {}

  /**
   * Reports an error once the session is known to be usable again (ReadyForQuery) or gone, so that whoever
   * gets the session next finds its transaction status settled.
   */
  handleError(error: Error & { severity?: string }, connection: Connection): void {
    // Only what Postgres says has a severity; any other error means that the connection is gone already.
    if (error.severity === undefined) return this.#reject(error)
    const settle = (): void => {
      connection.off('readyForQuery', settle)
      connection.off('end', settle)
      this.#reject(error)
    }
    connection.on('readyForQuery', settle)
    connection.on('end', settle)
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#work.begin === null ? this.#results : this.#results.slice(1, -1))
  }

  #complete(tag: string): void {
    // The transaction's own BEGIN comes first and has no statement.
    const index = this.#results.length - (this.#work.begin === null ? 0 : 1)
    const rowAsArray = this.#work.statements[index]?.arrayMode ?? true
    const rows = rowAsArray ? this.#rows : this.#rows.map((row) => objectOf(this.#fields, row))
    this.#results.push({ ...commandOf(tag), rows, fields: this.#fields, rowAsArray })
    this.#fields = []
    this.#rows = []
  }
}

const COMMIT = { text: 'COMMIT', params: [] }
const opening = (begin: string) => ({ text: begin, params: [] })

function objectOf(fields: readonly Field[], row: Row): Record<string, string | null> {
  return Object.fromEntries(fields.map((field, i) => [field.name, row[i] ?? null]))
}

/** `INSERT 0 1` → INSERT, 1; `CREATE TABLE` → CREATE, null (Neon's `parse_command_tag`). */
function commandOf(tag: string): Pick<StatementResult, 'command' | 'rowCount'> {
  const [command = '', ...rest] = tag.split(' ')
  const count = Number.parseInt(rest.at(-1) ?? '', 10)
  return { command, rowCount: Number.isNaN(count) ? null : count }
}
