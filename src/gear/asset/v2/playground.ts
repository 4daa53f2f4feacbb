import { failV2 } from '../../../core/failure-v2.ts'
import type { RouteV2 } from '../../../core/gear.ts'
import { err, ok } from '../../../core/result.ts'
import { playgroundPage } from './playground-page.ts'

/** A page on which to try pipelines, of apps in development mode. It knows nothing: its reader's key opens what it shows. */
export const playground: RouteV2 = {
  method: 'GET',
  path: '/_asset/playground',
  access: 'anyone',
  async open(_, { tenant, newId }) {
    if (!tenant.developmentMode) return err(failV2('NotFound', 'no such page'))
    const nonce = newId()
    return ok(
      new Response(playgroundPage(nonce), {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'content-security-policy': [
            `default-src 'none'`,
            `script-src 'nonce-${nonce}'`,
            `style-src 'nonce-${nonce}'`,
            `img-src blob:`,
            `connect-src 'self'`,
            `form-action 'none'`,
            `base-uri 'none'`,
            `frame-ancestors 'none'`,
          ].join('; '),
        },
      }),
    )
  },
}
