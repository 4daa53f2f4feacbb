import { createHash } from 'node:crypto'
import type {
  FileBody,
  FilePutFault,
  FileRange,
  Files,
  FileToPut,
  FoundFile,
  StoredFile,
} from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { partsOf } from './stream-parts.ts'

/** Bytes of a part of an upload whose size is not known: R2 wants 5 MiB at least, and all but the last alike. */
const PART_BYTES = 8 * 1024 * 1024

/** Files in an R2 bucket. */
export function r2Files(bucket: R2Bucket): Files {
  return {
    put: (key, body, file) =>
      'size' in body ? putSized(bucket, key, body, file) : putParts(bucket, key, body, file),
    get: (key, { range, conditions } = {}) => get(bucket, key, range ?? null, conditions),
    async head(key) {
      const object = await bucket.head(key)
      return object && fileOf(object)
    },
    delete: (keys) => (keys.length === 0 ? Promise.resolve() : bucket.delete([...keys])),
    list: (prefix, { after, limit }) => list(bucket, prefix, after, limit),
  }
}

type Sized = Extract<FileBody, { readonly size: number }>
type Bounded = Extract<FileBody, { readonly sizeMax: number }>

/** Passed through as it comes. R2 stores nothing of a body that is longer or shorter than was said. */
async function putSized(
  bucket: R2Bucket,
  key: string,
  { stream, size }: Sized,
  file: FileToPut,
): Promise<Result<StoredFile, FilePutFault>> {
  const exact = new FixedLengthStream(size)
  let isBroken = false
  const piped = stream.pipeTo(exact.writable).catch(() => {
    isBroken = true
  })
  try {
    const object: R2Object | null = await bucket.put(key, exact.readable, {
      ...optionsOf(file),
      ...checksOf(file),
    })
    return object ? ok(fileOf(object)) : err('taken')
  } catch (cause) {
    await piped
    if (codeOf(cause) === BAD_DIGEST) return err('corrupt')
    // A body of another length breaks off on the store's side of the stream, as a TypeError.
    if (isBroken || cause instanceof TypeError) return err('interrupted')
    throw cause
  }
}

/**
 * Part by part: an upload that is not completed is nothing, and R2 forgets what cannot be aborted after a week. R2 knows no
 * digest of what came in parts, nor a condition: both are judged here, right before.
 */
async function putParts(
  bucket: R2Bucket,
  key: string,
  { stream, sizeMax }: Bounded,
  file: FileToPut,
): Promise<Result<StoredFile, FilePutFault>> {
  const parts = partsOf(stream, PART_BYTES)
  const digest = createHash('md5')
  const uploaded: R2UploadedPart[] = []
  let upload: R2MultipartUpload | undefined
  let size = 0
  const abandon = async (fault: FilePutFault): Promise<Result<never, FilePutFault>> => {
    await upload?.abort()
    return err(fault)
  }
  for (;;) {
    const part = await parts.next().catch(() => 'broken' as const)
    if (part === 'broken') return abandon('interrupted')
    if (part.done) break
    size += part.value.length
    if (size > sizeMax) {
      await parts.return(undefined).catch(() => undefined)
      return abandon('large')
    }
    if (!upload && part.value.length < PART_BYTES) return putWhole(bucket, key, part.value, file)
    upload ??= await bucket.createMultipartUpload(key, optionsOf(file))
    if (file.md5 !== undefined) digest.update(part.value)
    uploaded.push(await upload.uploadPart(uploaded.length + 1, part.value))
  }
  if (!upload) return putWhole(bucket, key, new Uint8Array(), file)
  if (file.md5 !== undefined && digest.digest('base64') !== file.md5) return abandon('corrupt')
  if (file.isNew && (await bucket.head(key))) return abandon('taken')
  return ok(fileOf(await upload.complete(uploaded)))
}

async function putWhole(
  bucket: R2Bucket,
  key: string,
  bytes: Uint8Array,
  file: FileToPut,
): Promise<Result<StoredFile, FilePutFault>> {
  try {
    const object: R2Object | null = await bucket.put(key, bytes, { ...optionsOf(file), ...checksOf(file) })
    return object ? ok(fileOf(object)) : err('taken')
  } catch (cause) {
    if (codeOf(cause) === BAD_DIGEST) return err('corrupt')
    throw cause
  }
}

const optionsOf = ({ headers, metadata }: FileToPut) => ({
  httpMetadata: { ...headers },
  customMetadata: { ...metadata },
})

/** What else a single put may ask of R2. */
const checksOf = ({ md5, isNew }: FileToPut) => ({
  ...(md5 !== undefined && { md5: new Uint8Array(Buffer.from(md5, 'base64')) }),
  ...(isNew && { onlyIf: new Headers({ 'if-none-match': '*' }) }),
})

async function get(
  bucket: R2Bucket,
  key: string,
  range: FileRange | null,
  conditions: Headers | undefined,
): Promise<FoundFile | null> {
  const options = { ...(range && { range }), ...(conditions && { onlyIf: conditions }) }
  try {
    const object = await bucket.get(key, options)
    if (!object) return null
    if (!('body' in object)) return { kind: 'held', file: fileOf(object) }
    return {
      kind: 'bytes',
      file: fileOf(object),
      body: object.body,
      bytes: async () => new Uint8Array(await object.arrayBuffer()),
      range: rangeOf(object),
    }
  } catch (cause) {
    const object = codeOf(cause) === OUTSIDE ? await bucket.head(key) : null
    if (!object) throw cause
    return { kind: 'outside', file: fileOf(object) }
  }
}

/** R2 lists fewer at once than were asked for where metadata is listed with them. */
async function list(bucket: R2Bucket, prefix: string, after: string | undefined, limit: number) {
  const files: StoredFile[] = []
  let last = after
  for (;;) {
    const page = await bucket.list({
      prefix,
      limit: limit - files.length,
      ...(last !== undefined && { startAfter: last }),
      include: ['customMetadata', 'httpMetadata'],
    })
    files.push(...page.objects.map(fileOf))
    const isOver = !page.truncated || files.length >= limit || page.objects.length === 0
    if (isOver) return { files, more: page.truncated }
    last = files.at(-1)?.key
  }
}

/** What was given of it. All members are there, whichever the range was asked by. */
function rangeOf({ range, size }: R2Object): { offset: number; length: number } {
  const given = (range ?? {}) as { offset?: number; length?: number; suffix?: number }
  const { offset = 0, length = size, suffix } = given
  if (suffix !== undefined) return { offset: Math.max(0, size - suffix), length: Math.min(size, suffix) }
  return { offset, length: Math.min(length, size - offset) }
}

/** R2's error codes stand at the end of its messages: Cloudflare documentation, R2, "Error codes". */
const BAD_DIGEST = 10037
const OUTSIDE = 10039
const codeOf = (cause: unknown): number =>
  Number(/\((\d{5})\)$/.exec(cause instanceof Error ? cause.message : '')?.[1] ?? NaN)

const fileOf = (object: R2Object): StoredFile => {
  const { contentType, contentDisposition, contentEncoding, cacheControl } = object.httpMetadata ?? {}
  return {
    key: object.key,
    size: object.size,
    etag: object.httpEtag,
    storedAt: object.uploaded,
    headers: {
      ...(contentType !== undefined && { contentType }),
      ...(contentDisposition !== undefined && { contentDisposition }),
      ...(contentEncoding !== undefined && { contentEncoding }),
      ...(cacheControl !== undefined && { cacheControl }),
    },
    metadata: object.customMetadata ?? {},
  }
}
