import { keyOf } from '../../core/asset/name.ts'
import type { Scope } from '../../core/gear.ts'
import type { StoredFile } from '../../core/ports.ts'
import { isPicture } from './content-type.ts'
import { accessOf } from './metadata.ts'
import type { PictureFault } from './picture-fault.ts'
import { serveFile, type Missed } from './serve-file.ts'
import { servePicture } from './serve-picture.ts'
import { variantsOf } from './variant.ts'

/** What the signature of a request's URL is of: nothing, the asset, or the asset with this very pipeline. */
export type Permission = 'none' | 'asset' | 'pipeline'

/**
 * An asset, or what the request's `pipeline` makes of it. What is no picture, or none that is read here, is served as it
 * is whatever the pipeline (v2 reference, section 4.9), but whole. Nothing is said of what may not be read.
 */
export async function serveAsset(
  request: Request,
  scope: Scope,
  name: string,
  permission: Permission,
): Promise<Response | Missed | PictureFault> {
  const { tenant, files } = scope
  const key = keyOf(tenant.appId, name)
  const isAllowed = (file: StoredFile) => permission !== 'none' || accessOf(file) === 'public'
  const pipeline = new URL(request.url).searchParams.get('pipeline')
  if (pipeline === null) return serveFile(request, scope, key, isAllowed)

  const original = await files.head(key)
  if (!original) return 'missing'
  if (!isAllowed(original)) return 'withheld'
  const variants = variantsOf(tenant.appId, name)
  if (variants === null || !isPicture(original)) return serveFile(request, scope, key, isAllowed, 'whole')
  const asked = { pipeline, mayUsePrivateMarks: permission === 'pipeline' }
  return servePicture(request, scope, { original, variants }, asked)
}
