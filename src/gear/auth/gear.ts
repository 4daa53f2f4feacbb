import { gear, type Route } from '../../core/gear.ts'
import { ok } from '../../core/result.ts'
import { authSection } from './config.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { me } from './me.ts'
import { signup } from './signup.ts'

/** Keys change by a deployment of the document, so a verifier may keep them as long as an isolate keeps a tenant. */
const JWKS_CACHE_SECONDS = 60

/** The public half of the app's token keys (RFC 7517), for others who verify its tokens. */
const jwks = (path: string): Route => ({
  method: 'GET',
  path,
  access: 'anyone',
  async open(_, { tenant, tokens }) {
    return ok(
      Response.json(await tokens.publicKeys(tenant), {
        headers: {
          'content-type': 'application/jwk-set+json',
          'cache-control': `public, max-age=${JWKS_CACHE_SECONDS}`,
        },
      }),
    )
  },
})

/** Users: how they sign up, log in and prove who they are. */
export default gear({
  name: 'auth',
  section: authSection,
  actions: {
    'auth:signup': signup,
    'auth:login': login,
    'auth:logout': logout,
    me,
  },
  routes: [jwks('/.well-known/jwks.json'), jwks('/oauth2/jwks')],
})
