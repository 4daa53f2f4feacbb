import { FORM_HEADER_BYTES_MAX } from '../../core/limits.ts'

/** What a part's own headers say of it (RFC 7578, section 4). */
export type Part = {
  readonly name: string
  /** It has a file name, whatever that is. */
  readonly isFile: boolean
  readonly contentType: string | null
}

/** What is found in a body, in order: a part begins, has these bytes, and ends. */
export type Found = {
  readonly begin: (part: Part) => void
  readonly bytes: (bytes: Uint8Array) => void
  readonly end: () => void
}

/** What a boundary has (RFC 2046, section 5.1.1). */
const BOUNDARY = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^;,\s"]{1,70}))/i

/** Null where the content type names none. */
export function boundaryOf(contentType: string): string | null {
  const [, quoted, bare] = BOUNDARY.exec(contentType) ?? []
  return quoted ?? bare ?? null
}

/**
 * Takes a multipart body apart as it comes, holding no more of it than a boundary's length or a part's headers. No
 * library that runs here does: those that were tried hold parts whole, or know no file names but Latin ones.
 * @returns `write`, which says whether the body is still well formed, and whether the last boundary has come
 */
export function multipart(boundary: string, found: Found) {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`)
  let state: 'preamble' | 'delimiter' | 'headers' | 'body' | 'over' = 'preamble'
  // The first boundary needs no line end before it.
  let rest: Uint8Array = LINE_END

  /** One step; false: more bytes are needed; null: this is no such body. */
  const step = (): boolean | null => {
    switch (state) {
      case 'preamble':
      case 'body': {
        const at = indexOf(rest, delimiter)
        const sure = at < 0 ? Math.max(0, rest.length - delimiter.length + 1) : at
        if (state === 'body' && sure > 0) found.bytes(rest.subarray(0, sure))
        rest = rest.subarray(at < 0 ? sure : at + delimiter.length)
        if (at < 0) return false
        if (state === 'body') found.end()
        state = 'delimiter'
        return true
      }
      case 'delimiter': {
        if (rest.length < 2) return false
        const isLast = rest[0] === DASH && rest[1] === DASH
        if (!isLast && indexOf(rest.subarray(0, 2), LINE_END) !== 0) return null
        rest = rest.subarray(2)
        state = isLast ? 'over' : 'headers'
        return true
      }
      case 'headers': {
        const at = indexOf(rest, HEADERS_END)
        if (indexOf(rest.subarray(0, 2), LINE_END) === 0) return null
        if (at > FORM_HEADER_BYTES_MAX || (at < 0 && rest.length > FORM_HEADER_BYTES_MAX)) return null
        if (at < 0) return false
        const part = partOf(decoder.decode(rest.subarray(0, at)))
        if (!part) return null
        rest = rest.subarray(at + HEADERS_END.length)
        state = 'body'
        found.begin(part)
        return true
      }
      default:
        rest = rest.subarray(rest.length)
        return false
    }
  }
  return {
    write(chunk: Uint8Array): boolean {
      rest = joined(rest, chunk)
      for (;;) {
        const more = step()
        if (more !== true) return more === false
      }
    },
    isOver: () => state === 'over',
  }
}

const DASH = 45
const LINE_END = new Uint8Array([13, 10])
const HEADERS_END = new Uint8Array([13, 10, 13, 10])
const decoder = new TextDecoder()

const PARAMETER = /;\s*([\w!#$&^.+*-]+)=("(?:[^"\\]|\\.)*"|[^;\s"]*)/g

/** Null where it has no name: a form's parts all do. */
function partOf(headers: string): Part | null {
  const lines = headers.split('\r\n').map((line) => /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line))
  const of = (name: string) => lines.find((line) => line?.[1]?.toLowerCase() === name)?.[2]
  const disposition = of('content-disposition') ?? ''
  if (!/^form-data\s*(;|$)/i.test(disposition)) return null
  const parameters = new Map(
    [...disposition.matchAll(PARAMETER)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      unquoted(value),
    ]),
  )
  const name = parameters.get('name')
  if (name === undefined) return null
  return {
    name,
    isFile: parameters.has('filename') || parameters.has('filename*'),
    contentType: of('content-type') ?? null,
  }
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const first = wanted[0] ?? 0
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++
    if (same === wanted.length) return at
  }
  return -1
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
