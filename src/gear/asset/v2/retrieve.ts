import { escapedName } from '../../../core/asset/name.ts'
import { failV2 } from '../../../core/failure-v2.ts'
import type { RouteV2 } from '../../../core/gear.ts'
import { err, ok } from '../../../core/result.ts'
import { nameIn } from '../paths.ts'
import { pictureFailureV2 } from '../picture-fault.ts'
import { serveAsset } from '../serve-asset.ts'
import { verified } from './signed-url.ts'

const START = '/_asset/get/'

/**
 * v2 reference, section 4.7. What is private is 401 without a signature, whatever was asked of it; a signature that is
 * not good is refused before anything is looked up. Where no picture can be made the answer says why: v2's was the
 * original. A name may have folders, as v1's do, whose slashes some callers and proxies do not escape.
 */
const open: RouteV2['open'] = async (request, scope) => {
  const name = nameIn(request, START)
  const signed = verified(request, scope, name === null ? undefined : `${START}${escapedName(name)}`)
  if (!signed.ok) return signed
  if (name === null) return err(NOT_FOUND)
  const served = await serveAsset(request, scope, name, signed.value)
  if (served instanceof Response) return ok(served)
  if (typeof served !== 'string') return err(pictureFailureV2(served))
  return served === 'missing' ? err(NOT_FOUND) : ok(new Response(null, WITHHELD))
}

const NOT_FOUND = failV2('NotFound', 'no such asset')
const WITHHELD = { status: 401 }

export const retrievals: readonly RouteV2[] = ['GET', 'HEAD'].map((method) => ({
  method,
  path: `${START}*`,
  access: 'anyone',
  open,
}))
