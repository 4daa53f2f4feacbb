import { keyOf } from '../../../core/asset/name.ts'
import { failV2, inV2, type FailureV2 } from '../../../core/failure-v2.ts'
import { failureOf } from '../../../core/fault.ts'
import type { Reply, RouteV2, Scope } from '../../../core/gear.ts'
import type { FileBody, FilePutFault } from '../../../core/ports.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import type { Prepared } from '../../../core/sql.ts'
import { assetSection } from '../config.ts'
import { openForm, type Form } from '../form.ts'
import { fileToPut, writtenOnce } from '../metadata.ts'
import { nameIn } from '../paths.ts'
import { arrived, fulfilled } from '../rows.ts'
import { verified } from './signed-url.ts'
import { acceptedUpload, OTHER_HEADERS, TOO_LARGE, type AcceptedUpload } from './upload-request.ts'

type Stored = Result<Reply<unknown>, FailureV2>

/**
 * Bytes first, then the row: what is cut off leaves nothing, and where the row cannot be noted the bytes go again.
 * `note`: the row; it answers nothing where there is none to be noted. `isWhole`: whether, the bytes being read, all is
 * well with the request.
 */
async function store(
  scope: Scope,
  { name, contentType, access, headers }: Omit<AcceptedUpload, 'size'>,
  body: FileBody,
  note: Prepared,
  isWhole: () => Promise<Result<void, FailureV2>>,
): Promise<Stored> {
  const { tenant, files, db } = scope
  const key = keyOf(tenant.appId, name)
  // An upload is good for one asset, which nothing overwrites.
  const file = writtenOnce(fileToPut(contentType, access, headers))
  const put = await files.put(key, body, { ...file, isNew: true })
  if (!put.ok) return err(FAULTS[put.error])
  const { size } = put.value
  const whole = size === 0 ? err(TOO_LARGE) : await isWhole()
  const row = whole.ok
    ? await db.transact([note(tenant.schema, { name, contentType, size, access })])
    : ok([])
  const isNoted = row.ok && (row.value[0]?.length ?? 0) > 0
  if (!isNoted) await files.delete([key])
  if (!whole.ok) return whole
  if (!row.ok) return err(inV2(failureOf(row.error)))
  return isNoted ? ok({ result: { asset_name: name } }) : err(GONE)
}

const GONE = failV2('NotFound', 'this asset has been deleted')

const FAULTS: Readonly<Record<FilePutFault, FailureV2>> = {
  large: TOO_LARGE,
  interrupted: failV2('BadRequest', 'the upload broke off, or is not as long as announced'),
  corrupt: failV2('BadRequest', 'the bytes do not have the announced content-md5'),
  taken: failV2('DuplicateAsset', 'duplicated asset'),
}

/**
 * Where `presign_upload` sends bytes: what was accepted then is in the URL. An asset that was deleted since stays so: caches
 * may hold what it was, and another would come under its name.
 */
export const receiveUpload: RouteV2 = {
  method: 'PUT',
  path: '/_asset/upload/*',
  access: 'anyone',
  async open(request, scope) {
    const signed = verified(request, scope)
    if (!signed.ok) return signed
    const name = nameIn(request, '/_asset/upload/')
    if (signed.value === 'none' || name === null) return err(NOT_SIGNED)
    const asked = new URL(request.url).searchParams
    const headers = OTHER_HEADERS.flatMap((header) => {
      const value = asked.get(header)
      return value === null ? [] : [[header, value] as const]
    })
    const upload = {
      name,
      contentType: asked.get('content-type') ?? '',
      access: asked.get('access') === 'public' ? ('public' as const) : ('private' as const),
      headers: Object.fromEntries(headers),
    }
    if (!request.body) return err(FAULTS.interrupted)
    const body = { stream: request.body, size: Number(asked.get('content-length')) }
    return store(scope, upload, body, fulfilled, async () => ok(undefined))
  },
}

const NOT_SIGNED = failV2('InvalidSignatureQueryParam', 'invalid x-skygear-signature')

/** v2 reference, section 4.5. */
export const uploadForm: RouteV2 = {
  method: 'POST',
  path: '/_asset/upload_form',
  access: 'anyone',
  async open(request, scope) {
    const signed = verified(request, scope)
    if (!signed.ok) return signed
    if (signed.value === 'none') return err(NOT_SIGNED)
    if (!/^multipart\/form-data\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
      return err(badForm('invalid content-type'))
    const form = openForm(request)
    const file = await form.file()
    if (!file) return err(formFault(form) ?? badForm(NOT_ONE_FILE))
    if (file.field !== 'file') {
      // What is wrong shows behind it; where the form breaks off, that is what is wrong.
      await file.stream.pipeTo(new WritableStream()).catch(() => undefined)
      await form.finish()
      return err(formFault(form) ?? filesFault(form) ?? badForm(NOT_FILE))
    }
    const asked = askedOf(form, file.contentType)
    if (!asked.ok) return asked
    const accepted = acceptedUpload(asked.value, 'invalid pre-signed request', scope)
    if (!accepted.ok) return accepted
    const sizeMax = assetSection.of(scope.tenant).size_max
    return store(scope, accepted.value, { stream: file.stream, sizeMax }, arrived, async () => {
      await form.finish()
      const fault = formFault(form) ?? filesFault(form)
      if (fault) return err(fault)
      const [late] = form.late
      return late ? err(badForm(`field after the file: ${late[0].slice(0, 100)}`)) : ok(undefined)
    })
  },
}

const NOT_ONE_FILE = 'expected exactly 1 file part'
const NOT_FILE = 'invalid file field'
const badForm = (message: string): FailureV2 => failV2('BadAssetUploadForm', message)
const formFault = (form: Form): FailureV2 | null => {
  const fault = form.fault()
  return fault && badForm(fault === 'boundary' ? 'invalid boundary' : 'invalid form')
}
/** Of a form that has been read: one field has files, which is `file`, and has one. */
const filesFault = (form: Form): FailureV2 | null => {
  const files = form.files()
  if (files.length === 1) return files[0] === 'file' ? null : badForm(NOT_FILE)
  return badForm(new Set(files).size === 1 ? NOT_FILE : NOT_ONE_FILE)
}

/**
 * The fields as the request that they make up. How long the file is shows when it is over: until then it is one byte, as
 * far as the rules go.
 */
function askedOf(form: Form, fileType: string | null): Result<unknown, FailureV2> {
  const fields = new Map<string, string>()
  for (const [name, value] of form.fields) {
    if (fields.has(name)) return err(badForm(`repeated field: ${name.slice(0, 100)}`))
    fields.set(name, value)
  }
  const { prefix, access, ...headers } = Object.fromEntries(fields)
  return ok({
    ...(prefix !== undefined && { prefix }),
    ...(access !== undefined && { access }),
    headers: { ...(fileType !== null && { 'content-type': fileType }), ...headers, 'content-length': '1' },
  })
}
