import { negotiated } from '../../core/image/negotiate.ts'
import { canonical, parsePipeline } from '../../core/image/pipeline.ts'
import type { Scope } from '../../core/gear.ts'
import type { Files, StoredFile } from '../../core/ports.ts'
import { ok, type Result } from '../../core/result.ts'
import { conditionsOf, heldBy } from './conditions.ts'
import { imageLimits } from './config.ts'
import { makeOnce, type Job } from './make-picture.ts'
import { marksFor } from './marks.ts'
import { accessOf, crossOriginHeaders, isWrittenOnce } from './metadata.ts'
import type { PictureFault } from './picture-fault.ts'
import { cacheOf, safetyHeaders } from './serve-file.ts'
import { variantOf } from './variant.ts'

/** `variants`: where those of the original are kept. */
type Source = { readonly original: StoredFile; readonly variants: string }
type Asked = { readonly pipeline: string; readonly mayUsePrivateMarks: boolean }

/** What a pipeline makes of a picture that the caller may read: kept since it was made first, or made now. */
export async function servePicture(
  { method, headers }: Request,
  scope: Scope,
  { original, variants }: Source,
  { pipeline: text, mayUsePrivateMarks }: Asked,
): Promise<Response | PictureFault> {
  const { files, digests, tenant } = scope
  const parsed = parsePipeline(text, imageLimits(tenant).operations)
  if (!parsed.ok) return parsed.error
  const pipeline = parsed.value
  const marks = await marksFor(pipeline, scope, mayUsePrivateMarks)
  if (!marks.ok) return marks.error
  const isNegotiated = pipeline.format === 'auto'
  const accepted = isNegotiated ? negotiated(headers.get('accept')) : []
  const made = [canonical(pipeline), ...accepted].join(' ')
  const variant = variantOf(digests, variants, original, made, marks.value)

  const cacheControl = pictureCacheOf(original, marks.value)
  const said = {
    etag: variant.etag,
    ...(cacheControl !== '' && { 'cache-control': cacheControl }),
    ...(isNegotiated && { vary: 'accept' }),
    ...crossOriginHeaders(original),
  }
  // A variant has no date.
  const held = heldBy(conditionsOf(headers), variant.etag, null)
  if (held !== null) return new Response(null, { status: held, headers: said })
  const job = { original, marks: marks.value, pipeline, accepted, variant, variants }
  const found = (await keptOf(files, variant.key, method)) ?? (await madeOf(job, scope))
  if (!found.ok) return found.error
  const { contentType, size, body } = found.value
  return new Response(method === 'HEAD' ? null : body, {
    headers: { ...safetyHeaders(original, contentType), ...said, 'content-length': String(size) },
  })
}

type Picture = { readonly contentType: string; readonly size: number; readonly body: BodyInit | null }

/** The picture where it was made before; for a HEAD, without a body. */
async function keptOf(files: Files, key: string, method: string): Promise<Result<Picture, never> | null> {
  const found = method === 'HEAD' ? null : await files.get(key)
  const body = found?.kind === 'bytes' ? found.body : null
  const file = method === 'HEAD' ? await files.head(key) : found?.file
  return file ? ok({ contentType: file.headers.contentType ?? '', size: file.size, body }) : null
}

async function madeOf(job: Job, scope: Scope): Promise<Result<Picture, PictureFault>> {
  const made = await makeOnce(job, scope)
  if (!made.ok) return made
  const { contentType, bytes } = made.value
  return ok({ contentType, size: bytes.length, body: bytes })
}

/**
 * For good, where nothing that it is made of can ever be another; else as long as its original. A cache that others share
 * is told of nothing private.
 */
function pictureCacheOf(original: StoredFile, marks: readonly StoredFile[]): string {
  const sources = [original, ...marks]
  const isPublic = sources.every((file) => accessOf(file) === 'public')
  const own = cacheOf(original)
  if (sources.every(isWrittenOnce) && !/\b(no-store|no-cache|must-revalidate|private)\b/i.test(own))
    return `${isPublic ? 'public' : 'private'}, max-age=${YEAR_SECONDS}, immutable`
  if (isPublic || /\b(no-store|private)\b/i.test(own)) return own
  return own === '' ? 'private' : `private, ${own}`
}
const YEAR_SECONDS = 365 * 24 * 60 * 60
