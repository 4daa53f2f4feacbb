import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Refusal } from './failure.ts'

/** Largest body of `POST /sql`, in bytes. Neon's own limit. */
const BODY_BYTES_MAX = 64 * 1024 * 1024

/** What Postgres' protocol can count. */
const PARAMS_MAX = 65_535

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
}

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
}

/** The body as text. @throws Refusal 413 beyond BODY_BYTES_MAX; the rest of the body is then discarded */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= BODY_BYTES_MAX) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      reject(new Refusal(413, `request is too large (max is ${BODY_BYTES_MAX} bytes)`))
    })
    request.on('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()))
    request.on('error', reject)
  })
}

/**
 * Reads headers and body as Neon's proxy does (`HttpHeaders::try_parse` and `Payload` in its
 * sql_over_http.rs): header values other than `true` mean false, `arrayMode` in a query beats the header.
 * Only raw text output is offered, which is all the driver ever asks for.
 * @throws Refusal 400
 */
export function readWork(headers: IncomingHttpHeaders, body: string): Work {
  if (headers['neon-raw-text-output'] !== 'true') {
    throw new Refusal(400, 'this endpoint gives raw text only: send Neon-Raw-Text-Output: true')
  }
  const arrayMode = headers['neon-array-mode'] === 'true'
  const payload = parse(body)
  if (!Array.isArray(payload['queries'])) {
    return { begin: null, statements: [readStatement(payload, arrayMode)] }
  }
  return {
    begin: beginOf(headers),
    statements: payload['queries'].map((query) => readStatement(asObject(query), arrayMode)),
  }
}

function beginOf(headers: IncomingHttpHeaders): string {
  const level = headers['neon-batch-isolation-level']
  let begin = 'BEGIN'
  if (level !== undefined) {
    const words =
      typeof level === 'string' && Object.hasOwn(ISOLATION_LEVELS, level) && ISOLATION_LEVELS[level]
    if (!words) throw new Refusal(400, 'invalid isolation level')
    begin += ` ISOLATION LEVEL ${words}`
  }
  if (headers['neon-batch-read-only'] === 'true') begin += ' READ ONLY'
  if (headers['neon-batch-deferrable'] === 'true') begin += ' DEFERRABLE'
  return begin
}

function parse(body: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, `the body is not JSON: ${String(error)}`)
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new Refusal(400, 'the body must be {"query", "params"} or {"queries": [{"query", "params"}, …]}')
}

function readStatement(query: Record<string, unknown>, arrayMode: boolean): Statement {
  const { query: text, params = [], arrayMode: own } = query
  if (typeof text !== 'string') throw new Refusal(400, '"query" must be a string')
  if (text.includes('\0')) throw new Refusal(400, '"query" must not contain a zero byte')
  if (!Array.isArray(params)) throw new Refusal(400, '"params" must be an array')
  if (params.length > PARAMS_MAX) throw new Refusal(400, `more than ${PARAMS_MAX} parameters`)
  return { text, params: params.map(paramText), arrayMode: typeof own === 'boolean' ? own : arrayMode }
}

/** JSON to Postgres text, as `json_to_pg_text` in Neon's proxy; the driver itself sends strings and nulls. */
function paramText(value: unknown): string | null {
  if (value === null) return null
  if (typeof value === 'string') return value
  return Array.isArray(value) ? arrayText(value) : JSON.stringify(value)
}

/** A Postgres array literal: strings and objects quoted, with quotes and backslashes escaped. */
function arrayText(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (value === null) return 'NULL'
    if (Array.isArray(value)) return arrayText(value)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return typeof value === 'object' || typeof value === 'string'
      ? `"${text.replace(/["\\]/g, '\\$&')}"`
      : text
  })
  return `{${items.join(',')}}`
}
