import type { Connection, Submittable } from 'pg'
import { Answer } from './answer.ts'
import { Refusal } from './failure.ts'
import { encode } from './messages.ts'
import type { Statement, Work } from './request.ts'

/** Largest answer, in bytes of rows as Postgres sends them. Neon's own limit, counted as Neon counts. */
const ROWS_BYTES_MAX = 64 * 1024 * 1024
/** A DataRow's length counts itself and the number of columns; Neon's count begins after them. */
const ROW_HEAD_BYTES = 6
/** What may arrive beyond the limit before it shows in a complete message. */
const UNREAD_BYTES_MAX = ROWS_BYTES_MAX + 1024 * 1024

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
 *
 * Rows become JSON as they arrive, each by itself, and Postgres waits while the answer's file lags behind.
 */
export class Pipeline implements Submittable {
  /** The answer, once Postgres is ready for the next query; its error, once the session is settled. */
  readonly done: Promise<Answer>
  readonly #work: Work
  readonly #cancel: () => void
  readonly #answer = new Answer()
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #connection: Connection | undefined
  #excess: Refusal | undefined
  #bytes = 0
  #unreadBytes = 0
  #fields: readonly Field[] = []
  /** Of the statement under way; BEGIN is -1. */
  #index: number
  #rows = 0

  /** @param cancel asks Postgres to stop, because the answer is too large */
  constructor(work: Work, cancel: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.done = promise
    this.#work = work
    this.#cancel = cancel
    this.#resolve = resolve
    this.#reject = reject
    this.#index = work.begin === null ? 0 : -1
  }

  submit(connection: Connection): void {
    const { begin, statements } = this.#work
    this.#connection = connection
    connection.stream.prependListener('data', this.#watch)
    connection.stream.write(encode(begin === null ? statements : [opening(begin), ...statements, COMMIT]))
  }

  handleRowDescription(message: { fields: Field[] }): void {
    this.#fields = message.fields
  }

  handleDataRow(message: { fields: Row; length: number }): void {
    this.#unreadBytes = 0
    if (this.#excess) return
    // A row without columns counts as the message it is: there may be no end of them.
    this.#bytes += message.length - ROW_HEAD_BYTES || message.length
    if (this.#bytes > ROWS_BYTES_MAX) {
      this.#exceed()
      this.#cancel()
      return
    }
    const { arrayMode = true } = this.#statement ?? {}
    const row = JSON.stringify(arrayMode ? message.fields : objectOf(this.#fields, message.fields))
    const before = this.#rows === 0 ? this.#opening() : ','
    this.#rows += 1
    if (!this.#answer.write(before + row)) this.#wait()
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
  handleCopyData(): void {
    this.#unreadBytes = 0
  }

  /**
   * Reports an error once the session is known to be usable again (ReadyForQuery) or gone, so that whoever
   * gets the session next finds its transaction status settled.
   */
  handleError(error: Error & { severity?: string }, connection: Connection): void {
    this.#answer.discard()
    // Only what Postgres says has a severity; any other error means that the connection is gone already.
    if (error.severity === undefined) return this.#fail(error)
    const settle = (): void => {
      connection.off('readyForQuery', settle)
      connection.off('end', settle)
      this.#fail(error)
    }
    connection.on('readyForQuery', settle)
    connection.on('end', settle)
  }

  handleReadyForQuery(): void {
    if (this.#excess) return this.#fail(this.#excess)
    this.#end()
    if (this.#work.begin !== null)
      this.#answer.write(this.#work.statements.length === 0 ? '{"results":[]}' : ']}')
    this.#resolve(this.#answer)
  }

  get #statement(): Statement | undefined {
    return this.#work.statements[this.#index]
  }

  /** The text of an answer up to the first row of the statement under way. */
  #opening(): string {
    const before = this.#work.begin === null ? '' : this.#index === 0 ? '{"results":[' : ','
    return `${before}{"fields":${JSON.stringify(this.#fields)},"rows":[`
  }

  #complete(tag: string): void {
    const statement = this.#statement
    if (statement && !this.#excess) {
      const before = this.#rows === 0 ? this.#opening() : ''
      const outcome = JSON.stringify({ ...commandOf(tag), rowAsArray: statement.arrayMode })
      this.#answer.write(`${before}],${outcome.slice(1)}`)
    }
    this.#index += 1
    this.#fields = []
    this.#rows = 0
  }

  /** A single value can be larger than memory; its bytes are seen before it is a message. */
  readonly #watch = (chunk: Buffer): void => {
    this.#unreadBytes += chunk.length
    if (this.#unreadBytes <= UNREAD_BYTES_MAX || this.#excess) return
    this.#exceed()
    this.#connection?.stream.destroy(this.#excess)
  }

  #exceed(): void {
    this.#excess = new Refusal(507, `response is too large (max is ${ROWS_BYTES_MAX} bytes)`)
    this.#answer.discard()
  }

  #wait(): void {
    const stream = this.#connection?.stream
    stream?.pause()
    this.#answer.whenWritable(() => stream?.resume())
  }

  #fail(error: unknown): void {
    this.#end()
    this.#reject(this.#excess ?? error)
  }

  /** Whoever gets the session next must find it flowing: a file that is closed never asks for more. */
  #end(): void {
    this.#connection?.stream.off('data', this.#watch).resume()
  }
}

const COMMIT = { text: 'COMMIT', params: [] }
const opening = (begin: string) => ({ text: begin, params: [] })

function objectOf(fields: readonly Field[], row: Row): Record<string, string | null> {
  return Object.fromEntries(fields.map((field, i) => [field.name, row[i] ?? null]))
}

/** `INSERT 0 1` → INSERT, 1; `CREATE TABLE` → CREATE, null (Neon's `parse_command_tag`). */
function commandOf(tag: string): { command: string; rowCount: number | null } {
  const [command = '', ...rest] = tag.split(' ')
  const count = Number.parseInt(rest.at(-1) ?? '', 10)
  return { command, rowCount: Number.isNaN(count) ? null : count }
}
