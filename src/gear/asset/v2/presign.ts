import * as v from 'valibot'
import { escapedName, keyOf } from '../../../core/asset/name.ts'
import { judged } from '../../../core/causes.ts'
import { failV2, inV2, type FailureV2 } from '../../../core/failure-v2.ts'
import { failureOf } from '../../../core/fault.ts'
import type { RouteV2, Scope } from '../../../core/gear.ts'
import { parsePipeline } from '../../../core/image/pipeline.ts'
import {
  ASSET_URLS_MAX,
  ASSET_URL_SECONDS,
  ASSET_URL_SECONDS_MAX,
  REQUEST_BYTES_MAX,
} from '../../../core/limits.ts'
import type { DirectUploads } from '../../../core/ports.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { fileToPut, writtenOnce } from '../metadata.ts'
import { announce } from '../rows.ts'
import { signedUrl } from './signed-url.ts'
import { acceptedUpload, type AcceptedUpload } from './upload-request.ts'

/** Nothing but the guard: the session of who asks is alive, and its user enabled. */
async function mayUpload({ db }: Scope): Promise<Result<void, FailureV2>> {
  const asked = await db.transact([])
  return asked.ok ? ok(undefined) : err(inV2(failureOf(asked.error)))
}

/**
 * v2 reference, section 4.4. What was accepted travels in the URL, signed, and the row waits for the bytes. A file that no
 * request to us can hold goes to the store itself where there is a way, and the sweep notes that it has come.
 */
export const presignUpload: RouteV2 = {
  method: 'POST',
  path: '/_asset/presign_upload',
  access: 'valid user',
  reads: 'json',
  async open(_, scope, body) {
    const { tenant, db, directUploads } = scope
    const asked = acceptedUpload(body, 'invalid request body', scope)
    const isLarge = asked.ok && asked.value.size > REQUEST_BYTES_MAX
    const accepted = isLarge && !directUploads ? err(NO_WAY) : asked
    const allowed = await db.transact(accepted.ok ? [announce(tenant.schema, accepted.value)] : [])
    if (!allowed.ok) return err(inV2(failureOf(allowed.error)))
    if (!accepted.ok) return accepted
    const { name } = accepted.value
    const { url, headers } =
      isLarge && directUploads
        ? await toStore(directUploads, accepted.value, scope)
        : throughUs(accepted.value, scope)
    return ok({
      result: {
        asset_name: name,
        url,
        method: 'PUT',
        headers: Object.entries(headers).map(([header, value]) => ({ name: titled(header), value })),
      },
    })
  },
}

const NO_WAY = failV2(
  'AssetTooLarge',
  `more than ${REQUEST_BYTES_MAX} bytes can be taken only where S3_UPLOADS is set`,
)

function throughUs({ name, size, contentType, access, headers }: AcceptedUpload, scope: Scope) {
  const sent = { 'content-type': contentType, 'content-length': String(size), ...headers }
  const path = `/_asset/upload/${escapedName(name)}`
  const url = signedUrl(scope, 'PUT', path, ASSET_URL_SECONDS, Object.entries({ ...sent, access }))
  return { url, headers: sent }
}

/** As `receiveUpload` stores it: once, and with the same words beside it. */
function toStore(
  direct: DirectUploads,
  { name, size, contentType, access, headers }: AcceptedUpload,
  { tenant }: Scope,
) {
  const file = { ...writtenOnce(fileToPut(contentType, access, headers)), isNew: true }
  return direct.presign(keyOf(tenant.appId, name), size, file, ASSET_URL_SECONDS)
}

const titled = (header: string): string => header.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())

/** v2 reference, section 4.5. */
export const presignUploadForm: RouteV2 = {
  method: 'POST',
  path: '/_asset/presign_upload_form',
  access: 'valid user',
  reads: 'json',
  async open(_, scope) {
    const allowed = await mayUpload(scope)
    if (!allowed.ok) return allowed
    return ok({ result: { url: signedUrl(scope, 'POST', '/_asset/upload_form', ASSET_URL_SECONDS) } })
  },
}

const URL_SECONDS = 3600
const Asked = v.strictObject({
  assets: v.pipe(
    v.array(
      v.strictObject({
        asset_name: v.pipe(v.string(), v.minLength(1)),
        expire: v.optional(
          v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ASSET_URL_SECONDS_MAX)),
          0,
        ),
        pipeline: v.optional(
          v.pipe(
            v.string(),
            v.check((text) => parsePipeline(text).ok),
          ),
        ),
      }),
    ),
    v.maxLength(ASSET_URLS_MAX),
  ),
})

/**
 * v2 reference, section 4.6. Whether there are such assets is not looked up. `pipeline` is ours: the URL is then good with
 * that one only, and its watermarks may be private.
 */
export const getSignedUrl: RouteV2 = {
  method: 'POST',
  path: '/_asset/get_signed_url',
  access: 'master key',
  reads: 'json',
  async open(_, scope, body) {
    const asked = judged(Asked, body, 'invalid request body')
    if (!asked.ok) return asked
    const assets = asked.value.assets.map(({ asset_name, expire, pipeline }) => {
      const path = `/_asset/get/${escapedName(asset_name.toWellFormed())}`
      const parameters = pipeline === undefined ? [] : [['pipeline', pipeline] as const]
      return { asset_name, url: signedUrl(scope, 'GET', path, expire || URL_SECONDS, parameters) }
    })
    return ok({ result: { assets } })
  },
}
