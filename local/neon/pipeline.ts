import type { Connection, Submittable } from 'pg'
import { Answer } from './answer.ts'
import { Refusal } from './failure.ts'
import { encode } from './messages.ts'
import type { Statement, Work } from './request.ts'
import { typedJson, type ArrayTypes } from './typed-values.ts'

/** Bytes of JSON after which Neon takes no further row; the one that went beyond is still given. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024
const COPY_REFUSAL = 'error parsing response from server: invalid message length: expected buffer to be empty'
/** What may arrive before it is a complete message: a single row is not read whole where it is larger. */
const UNREAD_BYTES_MAX = ANSWER_BYTES_MAX + 1024 * 1024

/** A column as `pg` describes it. */
interface Field {
  readonly name: string
  readonly tableID: number
  readonly columnID: number
  readonly dataTypeID: number
  readonly dataTypeSize: number
  readonly dataTypeModifier: number
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
  readonly #arrays: ArrayTypes
  readonly #cancel: () => void
  readonly #answer = new Answer()
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #connection: Connection | undefined
  /**
   * Whether Postgres waits for a COMMIT, or after an error for a Sync: where it may do all that is asked and the
   * answer be an error all the same. That costs a second round trip. (An answer that is too large is found out too
   * late for it.)
   */
  #isOwed = false
  /** Why nothing more is taken from Postgres. */
  #refusal: Refusal | undefined
  #unreadBytes = 0
  #fields: readonly Field[] = []
  /** The columns' names as keys of JSON, for a row that is an object. */
  #keys: readonly string[] | null = null
  /** Of the statement under way; BEGIN is -1. */
  #index: number
  /** Whether the answer has the statement's columns, and whether it has rows of it. */
  #isOpen = false
  #hasRows = false

  /**
   * @param arrays of the database, where values are not wanted as text
   * @param cancel asks Postgres to stop, because the answer is refused
   */
  constructor(work: Work, arrays: ArrayTypes, cancel: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.done = promise
    this.#work = work
    this.#arrays = arrays
    this.#cancel = cancel
    this.#resolve = resolve
    this.#reject = reject
    this.#index = work.begin === null ? 0 : -1
  }

  submit(connection: Connection): void {
    const { begin, statements, rawText } = this.#work
    this.#connection = connection
    connection.stream.prependListener('data', this.#watch)
    // Only then, because a listener that goes makes all of the connection's events slow.
    const copies = statements.some(isCopy)
    if (copies) connection.on('copyOutResponse', this.#copies)
    this.#isOwed = begin !== null && (copies || !rawText)
    if (begin === null) connection.stream.write(encode(statements))
    else if (this.#isOwed) connection.stream.write(encode([opening(begin), ...statements], 'flush'))
    else connection.stream.write(encode([opening(begin), ...statements, COMMIT]))
  }

  handleRowDescription(message: { fields: Field[] }): void {
    this.#fields = message.fields
    const arrayMode = this.#statement?.arrayMode ?? true
    this.#keys = arrayMode ? null : message.fields.map(({ name }) => `${JSON.stringify(name)}:`)
    this.#open()
  }

  handleDataRow(message: { fields: Row }): void {
    this.#unreadBytes = 0
    if (this.#refusal) return
    try {
      if (this.#answer.exceeds(ANSWER_BYTES_MAX)) throw tooLarge()
      const row = this.#rowJson(message.fields)
      if (!this.#answer.write(this.#hasRows ? `,${row}` : row)) this.#wait()
      this.#hasRows = true
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#refuse(error)
      this.#cancel()
    }
  }

  handleCommandComplete(message: { text: string }): void {
    this.#complete(message.text)
  }

  handleEmptyQuery(): void {
    this.#complete('')
  }

  handleCopyInResponse(): void {
    this.#copies()
  }

  /** Comes after `copyOutResponse` if at all; without this method `pg` would throw. */
  handleCopyData(): void {}

  /**
   * Reports an error once the session is known to be usable again (ReadyForQuery) or gone, so that whoever
   * gets the session next finds its transaction status settled.
   */
  handleError(error: Error & { severity?: string }, connection: Connection): void {
    this.#answer.discard()
    // Only what Postgres says has a severity; any other error means that the connection is gone already.
    if (error.severity === undefined) return this.#fail(error)
    this.#settle([])
    const settle = (): void => {
      connection.off('readyForQuery', settle)
      connection.off('end', settle)
      this.#fail(error)
    }
    connection.on('readyForQuery', settle)
    connection.on('end', settle)
  }

  handleReadyForQuery(): void {
    if (this.#refusal) return this.#fail(this.#refusal)
    this.#end()
    if (this.#work.begin !== null)
      this.#answer.write(this.#work.statements.length === 0 ? '{"results":[]}' : ']}')
    this.#resolve(this.#answer)
  }

  get #statement(): Statement | undefined {
    return this.#work.statements[this.#index]
  }

  /** Begins the answer to the statement under way, up to its first row. */
  #open(): void {
    const before = this.#work.begin === null ? '' : this.#index === 0 ? '{"results":[' : ','
    this.#answer.write(`${before}{"fields":[${this.#fields.map(fieldJson).join(',')}],"rows":[`)
    this.#isOpen = true
  }

  #rowJson(row: Row): string {
    const keys = this.#keys
    if (keys === null && this.#work.rawText) return JSON.stringify(row)
    const values = row.map((text, i) => (keys?.[i] ?? '') + this.#valueJson(text, this.#fields[i]))
    return keys === null ? `[${values.join(',')}]` : `{${values.join(',')}}`
  }

  #valueJson(text: string | null, field: Field | undefined): string {
    if (text === null) return 'null'
    return this.#work.rawText || !field
      ? JSON.stringify(text)
      : typedJson(text, field.dataTypeID, this.#arrays)
  }

  #complete(tag: string): void {
    const statement = this.#statement
    if (statement && !this.#refusal) {
      if (!this.#isOpen) this.#open()
      this.#answer.write(
        `],${JSON.stringify({ ...commandOf(tag), rowAsArray: statement.arrayMode }).slice(1)}`,
      )
    }
    this.#index += 1
    this.#fields = []
    this.#isOpen = false
    this.#hasRows = false
    if (this.#index === this.#work.statements.length) this.#settle(this.#refusal ? [] : [COMMIT])
  }

  #settle(rest: readonly (typeof COMMIT)[]): void {
    if (this.#isOwed) this.#connection?.stream.write(encode(rest))
    this.#isOwed = false
  }

  /** A single value can be larger than memory; its bytes are seen before it is a message. */
  readonly #watch = (chunk: Buffer): void => {
    this.#unreadBytes += chunk.length
    if (this.#unreadBytes <= UNREAD_BYTES_MAX || this.#refusal) return
    this.#refuse(tooLarge())
    this.#connection?.stream.destroy(this.#refusal)
  }

  /**
   * COPY needs a data channel, which HTTP requests do not have. The proxy's Postgres client is not made for it and
   * stumbles over the message; here too the session cannot be saved.
   */
  readonly #copies = (): void => {
    this.#refuse(new Refusal(400, COPY_REFUSAL))
    this.#connection?.stream.destroy(this.#refusal)
  }

  #refuse(refusal: Refusal): void {
    this.#refusal = refusal
    this.#answer.discard()
  }

  #wait(): void {
    const stream = this.#connection?.stream
    stream?.pause()
    this.#answer.whenWritable(() => stream?.resume())
  }

  #fail(error: unknown): void {
    this.#end()
    this.#reject(this.#refusal ?? error)
  }

  /** Whoever gets the session next must find it flowing: a file that is closed never asks for more. */
  #end(): void {
    this.#connection?.off('copyOutResponse', this.#copies)
    this.#connection?.stream.off('data', this.#watch).resume()
  }
}

/** Whether a statement is COPY, behind white space and comments. */
function isCopy({ text }: Statement): boolean {
  let at = 0
  for (;;) {
    const end = text.startsWith('--', at) ? '\n' : text.startsWith('/*', at) ? '*/' : ''
    if (end === '' && !/\s/.test(text[at] ?? '')) return /^copy\b/i.test(text.slice(at, at + 5))
    const found = end === '' ? at : text.indexOf(end, at + 2)
    if (found === -1) return false
    at = found + Math.max(end.length, 1)
  }
}

const COMMIT = { text: 'COMMIT', params: [] }
const opening = (begin: string) => ({ text: begin, params: [] })

/** A column as the proxy describes it, key by key: `query_to_json` in its sql_over_http.rs. */
function fieldJson(field: Field): string {
  const { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier } = field
  return JSON.stringify({
    name,
    dataTypeID,
    tableID,
    columnID,
    dataTypeSize,
    dataTypeModifier,
    format: 'text',
  })
}

/** `INSERT 0 1` → INSERT, 1; `SELECT 2` → SELECT, 2; `CREATE TABLE` → CREATE, null. */
function commandOf(tag: string): { command: string; rowCount: number | null } {
  const [command = '', ...rest] = tag.split(' ')
  const count = (command === 'INSERT' ? rest[1] : rest[0]) ?? ''
  return { command, rowCount: /^\d+$/.test(count) ? Number(count) : null }
}

const tooLarge = (): Refusal => new Refusal(507, `response is too large (max is ${ANSWER_BYTES_MAX} bytes)`)
