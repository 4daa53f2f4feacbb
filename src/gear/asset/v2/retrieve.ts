import { keyOf } from '../../../core/asset/name.ts'
import { failV2 } from '../../../core/failure-v2.ts'
import type { RouteV2 } from '../../../core/gear.ts'
import { err, ok } from '../../../core/result.ts'
import { accessOf } from '../metadata.ts'
import { nameIn } from '../paths.ts'
import { serveFile } from '../serve-file.ts'
import { verified } from './signed-url.ts'

const START = '/_asset/get/'

/**
 * v2 reference, section 4.7. What is private is 401 without a signature, whatever was asked of it; a signature that is
 * not good is refused before anything is looked up. `pipeline` is not heeded: the answer is the original, which the
 * contract gives where an image cannot be processed.
 */
const open: RouteV2['open'] = async (request, scope) => {
  const signed = verified(request, scope)
  if (!signed.ok) return signed
  const name = nameIn(request, START)
  // A name is one step of the path, and none is escaped into it.
  if (name === null || name.includes('/')) return err(NOT_FOUND)
  const served = await serveFile(
    request,
    scope,
    keyOf(scope.tenant.appId, name),
    (file) => signed.value || accessOf(file) === 'public',
  )
  if (served instanceof Response) return ok(served)
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
