import { urlFault, type UrlFault } from '../../core/asset/url.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import type { Route } from '../../core/gear.ts'
import { err, ok } from '../../core/result.ts'
import { nameIn } from './paths.ts'
import { pictureFailure } from './picture-fault.ts'
import { serveAsset } from './serve-asset.ts'

/**
 * An asset's bytes, for whoever has a signed URL, or for anybody where the asset is public (v1 protocol, section 8.4). No
 * round trip to the database: what a download needs is kept beside the bytes. Without a good signature, what is not
 * public and what is not there are the same.
 */
const download: Route['open'] = async (request, scope) => {
  const name = nameIn(request, '/files/')
  const fault = urlFault(scope, name ?? '', new URL(request.url).searchParams)
  if (name === null) return err(fault ? FAULTS[fault] : NOT_FOUND)
  const served = await serveAsset(request, scope, name, fault === null ? 'asset' : 'none')
  if (served instanceof Response) return ok(served)
  if (typeof served !== 'string') return err(pictureFailure(served))
  return err(fault ? FAULTS[fault] : NOT_FOUND)
}

const NOT_FOUND = fail('ResourceNotFound', 'no such asset')
const FAULTS: Readonly<Record<UrlFault, Failure>> = {
  malformed: invalid('expiredAt is a time in seconds since 1970', 'expiredAt'),
  expired: fail('PermissionDenied', 'this URL has expired, or is not signed'),
  forged: fail('InvalidSignature', 'the signature is not of this URL'),
}

export const downloads: readonly Route[] = ['GET', 'HEAD'].map((method) => ({
  method,
  path: '/files/*',
  access: 'anyone',
  open: download,
}))
