import { FORM_FIELD_BYTES_MAX, FORM_PARTS_MAX } from '../../core/limits.ts'
import { boundaryOf, multipart, type Part } from './multipart.ts'

/** The file of a form: its bytes are read from the request as they are asked for. */
export type FormFile = {
  readonly field: string
  readonly contentType: string | null
  readonly stream: ReadableStream<Uint8Array>
}
/** `boundary`: the request is no form. `malformed`: it is not what a form looks like, or broke off, or is too long. */
export type FormFault = 'boundary' | 'malformed'
type Fields = readonly (readonly [name: string, value: string])[]

/** A form (RFC 7578) that is read one step at a time, and never held whole. */
export type Form = {
  /** The text fields before the file, and so far those behind it, in order. */
  readonly fields: Fields
  readonly late: Fields
  /** The fields of the files that have begun, in order. */
  readonly files: () => readonly string[]
  readonly fault: () => FormFault | null
  /** Reads to where the first file begins; null: there is none. */
  readonly file: () => Promise<FormFile | null>
  /** Reads to the end, or to a fault. */
  readonly finish: () => Promise<void>
}

export function openForm(request: Request): Form {
  const boundary = boundaryOf(request.headers.get('content-type') ?? '')
  const reader = request.body?.getReader()
  const fields: [string, string][] = []
  const late: [string, string][] = []
  const files: Part[] = []
  /** Bytes of the first file that nobody has taken yet. */
  const waiting: Uint8Array[] = []
  let parts = 0
  let part: Part | null = null
  let text: Uint8Array[] = []
  let textBytes = 0
  let isFileOver = false
  let isRead = false
  let fault: FormFault | null = boundary === null ? 'boundary' : null

  const parser = multipart(boundary ?? '', {
    begin(begun) {
      part = begun
      text = []
      textBytes = 0
      if (begun.isFile) files.push(begun)
      if (++parts > FORM_PARTS_MAX) fault ??= 'malformed'
    },
    bytes(bytes) {
      if (part?.isFile) {
        if (part === files[0]) waiting.push(bytes)
        return
      }
      textBytes += bytes.length
      if (textBytes > FORM_FIELD_BYTES_MAX) fault ??= 'malformed'
      else text.push(bytes)
    },
    end() {
      if (part === files[0]) isFileOver = true
      if (part && !part.isFile) (files.length > 0 ? late : fields).push([part.name, decoded(text)])
    },
  })

  /** Takes in the next piece of the request. False: there is no more, or no sense in it. */
  const step = async (): Promise<boolean> => {
    if (isRead || fault !== null) return false
    try {
      const piece = await reader?.read()
      if (piece?.value) {
        if (!parser.write(piece.value)) fault ??= 'malformed'
      } else {
        isRead = true
        if (!parser.isOver()) fault ??= 'malformed'
      }
    } catch {
      fault ??= 'malformed'
    }
    return !isRead && fault === null
  }
  const isAwaited = () => waiting.length === 0 && !isFileOver
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (isAwaited() && (await step()));
        const chunk = waiting.shift()
        if (chunk) controller.enqueue(chunk)
        else if (isFileOver) controller.close()
        else controller.error(new Error('the form broke off'))
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return {
    fields,
    late,
    files: () => files.map(({ name }) => name),
    fault: () => fault,
    async file() {
      while (files.length === 0 && (await step()));
      const [first] = files
      return first ? { field: first.name, contentType: first.contentType, stream } : null
    },
    async finish() {
      while (await step());
    },
  }
}

function decoded(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}
