import { cleanName, isAssetRef, keyOf, withId } from '../../core/asset/name.ts'
import { assetUrls } from '../../core/asset/url.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import type { Route, Scope } from '../../core/gear.ts'
import type { FileBody, FilePutFault, StoredFile } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { assetSection } from './config.ts'
import { isContentType } from './content-type.ts'
import { openForm } from './form.ts'
import { dropVariants } from './kept-variants.ts'
import { fileToPut, isWrittenOnce } from './metadata.ts'
import { nameIn } from './paths.ts'
import { wireAsset } from './put.ts'
import { arrived, find, foundIn } from './rows.ts'

/** Bytes on their way in, with the type that whoever sends them says they have. */
type Sent = { readonly body: FileBody; readonly contentType: string }

/**
 * The bytes of an asset, as a body or as the field `file` of a form (v1 protocol, section 8.3). Those of one that was
 * announced come once: its name is in every URL of it, and a key of the app's is in everybody's hands. They may be there
 * before the row says so, sent to the store itself. A name that nobody announced is put behind an id.
 * Two round trips, since the bytes are between them: which asset it is, and that it is there.
 */
const upload: Route['open'] = async (request, scope) => {
  const { tenant, db, files, later } = scope
  const given = nameIn(request, '/files/')
  const sent = await (request.method === 'PUT' ? bodyOf(request, scope) : fileOf(request, scope))
  if (!sent.ok) return sent
  const { contentType, body } = sent.value

  const looked = await db.transact([find(tenant.schema, { name: given ?? '' })], { readOnly: true })
  if (!looked.ok) return err(failureOf(looked.error))
  const row = foundIn(looked.value[0])
  const there = row && (await files.head(keyOf(tenant.appId, given ?? '')))
  const isThere = row !== null && (!row.pending || there !== null)
  if (isThere && !mayReplace(scope, there)) return err(TAKEN)
  const cleaned = cleanName(given ?? '')
  const name = row && given !== null ? given : withId(cleaned, scope.newId())
  if (!row && (cleaned === '' || !isAssetRef(name)))
    return err(invalid('is no name, or too long', 'filename'))
  const type = row?.content_type ?? contentType
  const access = row?.access ?? (assetSection.of(tenant).public ? 'public' : 'private')

  const key = keyOf(tenant.appId, name)
  const put = await files.put(key, body, { ...fileToPut(type, access), isNew: !isThere })
  if (!put.ok) return err(faultOf(put.error, scope))
  const { size } = put.value
  const noted =
    size > 0 && (await db.transact([arrived(tenant.schema, { name, contentType: type, size, access })]))
  // An empty file is none; and bytes that no row knows of would be nobody's.
  if (!noted || (!noted.ok && !row)) await files.delete([key])
  if (!noted) return err(EMPTY)
  if (!noted.ok) return err(failureOf(noted.error))
  // Nobody is answered with them any more; where they cannot be taken away, the sweep does it.
  if (isThere) later(dropVariants(files, tenant.appId, name))
  return ok({ result: wireAsset(name, type, assetUrls(scope)({ $name: name, access })) })
}

/** The master key may, but for what has been promised to be written once. Null: its bytes are lost. */
const mayReplace = ({ caller }: Scope, there: StoredFile | null): boolean =>
  caller.key === 'master' && (there === null || !isWrittenOnce(there))

const TAKEN = fail('Duplicated', 'this asset has its bytes already')
const EMPTY = invalid('a file has one byte at least', 'content-size')
const NO_TYPE = invalid('Content-Type is a media type', 'content-type')

function faultOf(fault: FilePutFault, { tenant }: Scope): Failure {
  if (fault === 'taken') return TAKEN
  return fault === 'large'
    ? fail('AssetSizeTooLarge', `a file has at most ${assetSection.of(tenant).size_max} bytes`)
    : fail('BadRequest', 'the upload broke off')
}

async function bodyOf(request: Request, scope: Scope): Promise<Result<Sent, Failure>> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!isContentType(contentType)) return err(NO_TYPE)
  if (!request.body) return err(EMPTY)
  const sizeMax = assetSection.of(scope.tenant).size_max
  const announced = request.headers.get('content-length')
  if (announced !== null && !/^\d+$/.test(announced)) return err(faultOf('interrupted', scope))
  const size = announced === null ? null : Number(announced)
  if (size === 0) return err(EMPTY)
  if (size !== null && size > sizeMax) return err(faultOf('large', scope))
  const stream = request.body
  return ok({ contentType, body: size === null ? { stream, sizeMax } : { stream, size } })
}

async function fileOf(request: Request, { tenant }: Scope): Promise<Result<Sent, Failure>> {
  const form = openForm(request)
  const file = await form.file()
  if (file?.field !== 'file') return err(fail('BadRequest', 'a form with a field `file` is expected here'))
  const { contentType, stream } = file
  if (contentType === null || !isContentType(contentType)) return err(NO_TYPE)
  return ok({ contentType, body: { stream, sizeMax: assetSection.of(tenant).size_max } })
}

export const uploads: readonly Route[] = ['PUT', 'POST'].map((method) => ({
  method,
  path: '/files/*',
  access: 'key',
  open: upload,
}))
