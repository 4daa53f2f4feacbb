import * as v from 'valibot'
import type { AssetAccess } from '../../../core/asset/url.ts'
import { judged } from '../../../core/causes.ts'
import { failV2, type FailureV2 } from '../../../core/failure-v2.ts'
import type { Scope } from '../../../core/gear.ts'
import { ASSET_HEADER_CHARS_MAX, ASSET_PREFIX_CHARS_MAX } from '../../../core/limits.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { assetSection } from '../config.ts'
import { isContentType } from '../content-type.ts'
import { CROSS_ORIGIN_HEADERS } from '../metadata.ts'
import { extensionOf } from './extensions.ts'

/** What an upload may say of its asset beside its type and size (v2 reference, section 4.4). */
export const OTHER_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-md5',
  ...CROSS_ORIGIN_HEADERS,
] as const
export const PREFIX = /^[-_.a-zA-Z0-9]*$/

/** What can stand in a header (RFC 9110, section 5.5), in ASCII. */
const value = v.pipe(
  v.string(),
  v.maxLength(ASSET_HEADER_CHARS_MAX),
  v.check((text) => /^[\t\x20-\x7e]*$/.test(text)),
)
const contentType = v.pipe(
  v.string(),
  v.check((text) => text === '' || isContentType(text)),
)
const md5 = v.pipe(v.string(), v.regex(/^(?:[A-Za-z0-9+/]{22}==)?$/))

const UploadRequest = v.strictObject({
  prefix: v.optional(v.pipe(v.string(), v.maxLength(ASSET_PREFIX_CHARS_MAX), v.regex(PREFIX)), ''),
  access: v.optional(v.picklist(['public', 'private']), 'public'),
  headers: v.strictObject({
    ...v.entriesFromList(OTHER_HEADERS, v.optional(value)),
    'content-length': v.string(),
    'content-type': v.optional(contentType),
    'content-md5': v.optional(md5),
  }),
})

/** An asset that may be uploaded. */
export type AcceptedUpload = {
  readonly name: string
  readonly size: number
  readonly contentType: string
  readonly access: AssetAccess
  /** Those of `OTHER_HEADERS` that it has. */
  readonly headers: Readonly<Record<string, string>>
}

/** Judges what is asked for, and names the asset: prefix, a fresh id, and the extension of its type. */
export function acceptedUpload(
  request: unknown,
  message: string,
  { tenant, newId }: Pick<Scope, 'tenant' | 'newId'>,
): Result<AcceptedUpload, FailureV2> {
  const asked = judged(UploadRequest, request, message)
  if (!asked.ok) return asked
  const { prefix, access, headers } = asked.value
  const { 'content-length': length, 'content-type': type, ...others } = headers
  const size = /^\d{1,15}$/.test(length) ? Number(length) : 0
  if (size < 1 || size > assetSection.of(tenant).size_max) return err(TOO_LARGE)
  const kept = Object.entries({ 'cache-control': 'max-age=3600', ...others })
  return ok({
    name: `${prefix}${newId()}${extensionOf(type ?? '')}`,
    size,
    contentType: type || 'application/octet-stream',
    access,
    headers: Object.fromEntries(kept.flatMap(([name, text]) => (text ? [[name, text]] : []))),
  })
}

export const TOO_LARGE = failV2('AssetTooLarge', 'asset too large')
