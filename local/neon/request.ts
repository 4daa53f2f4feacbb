import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Refusal } from './failure.ts'
import { JsonError } from './json/cursor.ts'
import { Numeral } from './json/number.ts'
import { Entries, JsonReader, type Json } from './json/read.ts'

/** Largest body of `POST /sql`, in bytes. Neon's own limit. */
const BODY_BYTES_MAX = 64 * 1024 * 1024

/** What the proxy's Bind message can count: its count is signed. */
const PARAMS_MAX = 32_767

/** One statement with its parameters as Postgres text; rows come back as arrays or as objects. */
export interface Statement {
  readonly text: string
  readonly params: readonly (string | null)[]
  readonly arrayMode: boolean
}

/** What one `POST /sql` asks for. `begin` opens the batch's transaction; a single statement has none. */
export interface Work {
  readonly begin: string | null
  readonly statements: readonly Statement[]
  /** Values as Postgres writes them, rather than as the JSON nearest to their type. */
  readonly rawText: boolean
}

/** What the headers say about the answer, and about the transaction if the body turns out to be a batch. */
export interface Options {
  readonly rawText: boolean
  readonly arrayMode: boolean
  readonly begin: string
  /** Said again by the answer to a batch. */
  readonly batchHeaders: Readonly<Record<string, string>>
}

const LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
}

/** The body. @throws Refusal 413 beyond BODY_BYTES_MAX, at once if its length is announced; the rest is discarded */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const refuse = (): void => {
      chunks.length = 0
      reject(new Refusal(413, `request is too large (max is ${BODY_BYTES_MAX} bytes)`))
    }
    if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return refuse()
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= BODY_BYTES_MAX) chunks.push(chunk)
      else refuse()
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

/**
 * Reads the headers as `HttpHeaders::try_parse` in the proxy's sql_over_http.rs does: any value but `true` means
 * false, and an isolation level is looked at even where no batch follows.
 * @throws Refusal 400
 */
export function readOptions(headers: IncomingHttpHeaders): Options {
  const level = headers['neon-batch-isolation-level']
  const modes: string[] = []
  const batchHeaders: Record<string, string> = {}
  if (headers['neon-batch-read-only'] === 'true') batchHeaders['neon-batch-read-only'] = 'true'
  if (headers['neon-batch-deferrable'] === 'true') batchHeaders['neon-batch-deferrable'] = 'true'
  if (level !== undefined) {
    const words = typeof level === 'string' && Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined
    if (words === undefined) throw new Refusal(400, 'invalid isolation level')
    batchHeaders['neon-batch-isolation-level'] = String(level)
    modes.push(` ISOLATION LEVEL ${words}`)
  }
  if ('neon-batch-read-only' in batchHeaders) modes.push(' READ ONLY')
  if ('neon-batch-deferrable' in batchHeaders) modes.push(' DEFERRABLE')
  return {
    rawText: headers['neon-raw-text-output'] === 'true',
    arrayMode: headers['neon-array-mode'] === 'true',
    begin: `START TRANSACTION${modes.join(',')}`,
    batchHeaders,
  }
}

/**
 * Reads the body as serde does for `Payload`, `QueryData` and `BatchQueryData` in sql_over_http.rs: a statement if
 * it can be one, else a batch. Other keys are passed over, a key given twice fits nothing, and a list of the values
 * in the order of the keys is as good as the object.
 * @throws Refusal 400
 */
export function readWork({ rawText, arrayMode, begin }: Options, body: Buffer): Work {
  const payload = parse(body)
  const statements = payload.queries.map(({ text, params, arrayMode: own }) => {
    if (text.includes('\0'))
      throw new Refusal(400, 'error encoding message to server: string contains embedded null')
    if (params.length > PARAMS_MAX)
      throw new Refusal(400, 'error serializing parameter 0: value too large to transmit')
    return { text, params, arrayMode: own ?? arrayMode }
  })
  return { begin: payload.batch ? begin : null, statements, rawText }
}

type Query = Pick<Statement, 'text' | 'params'> & { readonly arrayMode: boolean | null }
interface Payload {
  readonly batch: boolean
  readonly queries: readonly Query[]
}

/**
 * What serde makes of a body. For what the driver sends, `JSON.parse` would do as well, and is two to four times as
 * fast: that is tried first.
 */
function parse(body: Buffer): Payload {
  const plain = plainPayloadOf(body)
  if (plain) return plain
  try {
    const reader = new JsonReader(body)
    const payload = payloadOf(reader.value())
    if (!payload) throw new JsonError('data did not match any variant of untagged enum Payload')
    reader.end()
    return payload
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new Refusal(400, `could not parse the HTTP request body: ${error.message}`)
  }
}

/** Keys of `QueryData`, in its order. */
const KEYS = ['query', 'params', 'arrayMode']

/**
 * The payload of a body that says no more than it must; undefined for any other. What `JSON.parse` would hide is
 * ruled out: bytes that are not UTF-8, surrogates by themselves, and keys given twice, since each is seen once.
 */
function plainPayloadOf(body: Buffer): Payload | undefined {
  const text = body.toString()
  const json = parsed(text)
  if (!isObject(json)) return undefined
  const { queries: list } = json
  const batch = Array.isArray(list)
  if (batch && Object.keys(json).length > 1) return undefined
  const all: readonly unknown[] = batch ? list : [json]
  const queries: Query[] = []
  let names = batch ? 1 : 0
  for (const each of all) {
    if (!isObject(each)) return undefined
    const query = plainQueryOf(each)
    if (!query) return undefined
    queries.push(query)
    names += Object.keys(each).length
  }
  const seen = NAMES.reduce((count, name) => count + occurrences(text, name), 0)
  return seen === names && !text.includes('\\u') && isUtf8(body) ? { batch, queries } : undefined
}

/** Keys as they stand in a body, or values that look like one. Inside a longer string the quotes are escaped. */
const NAMES = ['"queries"', ...KEYS.map((key) => `"${key}"`)]

function occurrences(text: string, part: string): number {
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1
  return count
}

/** JSON without numbers, objects and lists below `params`, which serde writes in its own way. */
function plainQueryOf(json: Readonly<Record<string, unknown>>): Query | undefined {
  const { query: text, params = [], arrayMode = null } = json
  if (typeof text !== 'string' || !Array.isArray(params) || !params.every(isPlainParam)) return undefined
  if (arrayMode !== null && typeof arrayMode !== 'boolean') return undefined
  return Object.keys(json).every((key) => KEYS.includes(key)) ? { text, params, arrayMode } : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isPlainParam = (value: unknown): value is string | null => value === null || typeof value === 'string'

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

function payloadOf(json: Json): Payload | undefined {
  const single = queryOf(json)
  if (single) return { batch: false, queries: [single] }
  const [list] = valuesOf(json, ['queries']) ?? []
  if (!isList(list)) return undefined
  const queries = list.map(queryOf)
  return queries.every((query) => query !== undefined) ? { batch: true, queries } : undefined
}

function queryOf(json: Json): Query | undefined {
  const [text, params = [], arrayMode = null] = valuesOf(json, KEYS) ?? []
  if (typeof text !== 'string' || !isList(params)) return undefined
  if (arrayMode !== null && typeof arrayMode !== 'boolean') return undefined
  return { text, params: params.map(paramText), arrayMode }
}

/** What a Rust struct with these keys would be made of; undefined if it could not be. */
function valuesOf(json: Json, keys: readonly string[]): readonly (Json | undefined)[] | undefined {
  if (isList(json)) return json.length <= keys.length ? json : undefined
  if (!(json instanceof Entries)) return undefined
  const values: (Json | undefined)[] = keys.map(() => undefined)
  for (const [key, value] of json.list) {
    const i = keys.indexOf(key)
    if (i === -1) continue
    if (values[i] !== undefined) return undefined
    values[i] = value
  }
  return values
}

const isList = (json: Json | undefined): json is readonly Json[] => Array.isArray(json)

/** JSON to Postgres text, as `json_to_pg_text` in the proxy's json.rs; the driver itself sends strings and nulls. */
function paramText(value: Json): string | null {
  if (value === null || typeof value === 'string') return value
  return isList(value) ? arrayText(value) : jsonText(value)
}

/** A Postgres array literal. Strings are JSON in it: of their escapes Postgres understands `\"` and `\\`. */
function arrayText(values: readonly Json[]): string {
  const items = values.map((value) => {
    if (value === null) return 'NULL'
    if (isList(value)) return arrayText(value)
    return value instanceof Entries ? JSON.stringify(jsonText(value)) : jsonText(value)
  })
  return `{${items.join(',')}}`
}

/** JSON as serde_json writes a `Value`: keys in the order of their bytes, of one given twice the last. */
function jsonText(value: Json): string {
  if (value instanceof Numeral) return value.text
  if (isList(value)) return `[${value.map(jsonText).join(',')}]`
  if (!(value instanceof Entries)) return JSON.stringify(value)
  const entries = [...new Map(value.list)].toSorted(([a], [b]) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${jsonText(each)}`).join(',')}}`
}
