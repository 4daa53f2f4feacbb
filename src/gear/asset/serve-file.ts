import type { Scope } from '../../core/gear.ts'
import type { FileRange, FoundFile, StoredFile } from '../../core/ports.ts'
import { conditionHeaders, conditionsOf, heldBy, type Conditions } from './conditions.ts'
import { isInert } from './content-type.ts'
import { accessOf, crossOriginHeaders, isWrittenOnce, md5Of } from './metadata.ts'

/** Why there is no answer. `withheld`: whoever asks may not read it, whatever they asked of it. */
export type Missed = 'missing' | 'withheld'

/** A file as HTTP has it (RFC 9110): whole, a range of it, or that nothing has changed. `whole`: there are no ranges. */
export async function serveFile(
  request: Request,
  { files }: Pick<Scope, 'files'>,
  key: string,
  isAllowed: (file: StoredFile) => boolean,
  ranges: 'ranges' | 'whole' = 'ranges',
): Promise<Response | Missed> {
  const range = ranges === 'whole' ? null : await rangeAsked(request, files, key)
  const conditions = conditionsOf(request.headers)
  const found = await files.get(key, { range, conditions: conditionHeaders(conditions) })
  if (!found) return 'missing'
  const isBytes = found.kind === 'bytes'
  if (!isAllowed(found.file)) {
    if (isBytes) await found.body.cancel()
    return 'withheld'
  }
  const answer = answerOf(request, conditions, found, range !== null)
  if (isBytes && answer.body === null) await found.body.cancel()
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      ...headersOf(found.file),
      ...(ranges === 'ranges' && { 'accept-ranges': 'bytes' }),
      ...answer.headers,
    },
    // What was stored compressed is sent as it is.
    encodeBody: 'manual',
  })
}

type Answer = {
  readonly status: number
  readonly body: ReadableStream | null
  readonly headers: Readonly<Record<string, string>>
}

function answerOf({ method }: Request, conditions: Conditions, found: FoundFile, isRange: boolean): Answer {
  const { file } = found
  if (found.kind === 'outside') {
    const outside = { 'content-range': `bytes */${file.size}` }
    return { status: 416, body: null, headers: outside }
  }
  if (found.kind === 'held') {
    const status = heldBy(conditions, file.etag, file.storedAt) ?? 304
    return { status, body: null, headers: {} }
  }
  const { offset, length } = found.range
  const sized = { 'content-length': String(length) }
  const body = method === 'HEAD' ? null : found.body
  const md5 = md5Of(file)
  // It would be no digest of a part.
  if (!isRange)
    return { status: 200, body, headers: { ...sized, ...(md5 !== undefined && { 'content-md5': md5 }) } }
  const part = { ...sized, 'content-range': `bytes ${offset}-${offset + length - 1}/${file.size}` }
  return { status: 206, body, headers: part }
}

/** One range of bytes; any other form is ignored, as RFC 9110, section 14.2, allows. */
async function rangeAsked(
  { method, headers }: Request,
  files: Scope['files'],
  key: string,
): Promise<FileRange | null> {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get('range') ?? '') ?? []
  if (
    method !== 'GET' ||
    first + last === '' ||
    (first !== '' && last !== '' && Number(last) < Number(first))
  )
    return null
  const expected = headers.get('if-range')
  // Of another version than the caller has, a part is of no use (RFC 9110, section 13.1.5).
  if (expected !== null && (await files.head(key))?.etag !== expected) return null
  if (first === '') return Number(last) === 0 ? null : { suffix: Number(last) }
  const offset = Number(first)
  return last === '' ? { offset } : { offset, length: Number(last) - offset + 1 }
}

function headersOf(file: StoredFile): Record<string, string> {
  const { contentType = 'application/octet-stream', contentEncoding } = file.headers
  const cacheControl = cacheOf(file)
  return {
    ...safetyHeaders(file, contentType),
    etag: file.etag,
    'last-modified': file.storedAt.toUTCString(),
    ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
    ...(cacheControl !== '' && { 'cache-control': cacheControl }),
  }
}

/**
 * Files come from the host of the app's API: a browser may not take one for another type than it says, nor run anything
 * of it there, and what could run is saved instead of shown. Who may read it from elsewhere its owner has said.
 */
export const safetyHeaders = (file: StoredFile, contentType: string): Readonly<Record<string, string>> => ({
  'content-type': contentType,
  'content-disposition': dispositionOf(contentType, file.headers.contentDisposition),
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
  ...crossOriginHeaders(file),
})

/** `Cache-Control` of a file; empty: none. */
export const cacheOf = (file: StoredFile): string =>
  file.headers.cacheControl ?? (isWrittenOnce(file) ? NO_CACHE : DEFAULT_CACHE[accessOf(file)])

/** v2's default was stored with the file: what has nothing was told to have nothing. */
const NO_CACHE = ''

/** Seconds: as long as a signed URL lives; of what anybody may have, v2's default (v2 reference, section 4.4). */
const DEFAULT_CACHE = { private: 'private, max-age=900', public: 'public, max-age=3600' } as const

function dispositionOf(contentType: string, stored: string | undefined): string {
  if (isInert(contentType)) return stored ?? 'inline'
  return stored === undefined ? 'attachment' : stored.replace(/^\s*[\w-]*/, 'attachment')
}
