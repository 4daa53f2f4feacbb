import { filesOf, isAssetRef, keyOf } from '../../../core/asset/name.ts'
import { failV2, inV2 } from '../../../core/failure-v2.ts'
import { failureOf } from '../../../core/fault.ts'
import type { RouteV2 } from '../../../core/gear.ts'
import { err, ok } from '../../../core/result.ts'
import { nameIn } from '../paths.ts'
import { forget } from '../rows.ts'
import { dropVariants } from '../kept-variants.ts'

/** Assets of a page (v2 reference, section 4.6). */
const PAGE = 1000

/** By the store's own list, in its order, and of the app's own assets only: the original listed everybody's. */
export const list: RouteV2 = {
  method: 'GET',
  path: '/_asset/assets',
  access: 'master key',
  async open(request, { tenant, files }) {
    const query = new URL(request.url).searchParams
    const [prefix, token] = [query.get('prefix') ?? '', query.get('pagination_token') ?? '']
    if (![prefix, token].every((given) => given === '' || isAssetRef(given)))
      return err(failV2('Invalid', 'invalid prefix or pagination_token'))
    const start = filesOf(tenant.appId)
    const after = token === '' ? {} : { after: start + token }
    const page = await files.list(start + prefix, { ...after, limit: PAGE })
    const assets = page.files.map(({ key, size }) => ({ asset_name: key.slice(start.length), size }))
    const last = assets.at(-1)
    return ok({
      result: { ...(page.more && last && { pagination_token: last.asset_name }), assets },
    })
  },
}

const START = '/_asset/delete/'

/**
 * Idempotent. The row first: it is kept, and so are the bytes, where a record refers to it. Where the bytes cannot be
 * taken away then, the caller hears of it, and the sweep takes them.
 */
export const remove: RouteV2 = {
  method: 'DELETE',
  path: `${START}*`,
  access: 'master key',
  async open(request, { tenant, db, files }) {
    const name = nameIn(request, START)
    if (name === null) return ok({ result: {} })
    const gone = await db.transact([forget(tenant.schema, { name })])
    if (!gone.ok && gone.error.code === '23503')
      return err(failV2('AssetInUse', 'a record refers to this asset'))
    if (!gone.ok) return err(inV2(failureOf(gone.error)))
    await files.delete([keyOf(tenant.appId, name)])
    await dropVariants(files, tenant.appId, name)
    return ok({ result: {} })
  },
}
