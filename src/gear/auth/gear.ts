import { gear, type Route } from '../../core/gear.ts'
import { ok } from '../../core/result.ts'
import { listAudit } from './audit-list.ts'
import { authSection } from './config.ts'
import { customTokenLogin } from './custom-token.ts'
import { setDisabled } from './disable.ts'
import { dueCodeHooks } from './due-codes.ts'
import { forgotPassword } from './forgot-password.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { me } from './me.ts'
import { oauthLink, oauthUnlink } from './oauth-link.ts'
import { oauthLogin } from './oauth-login.ts'
import { oauthSignup } from './oauth-signup.ts'
import { changePassword } from './password.ts'
import { profileHooks } from './profile.ts'
import { resetPasswordByCode } from './reset-by-code.ts'
import { resetForms } from './reset-form.ts'
import { resetPassword } from './reset-password.ts'
import { adminRoles, defaultRoles } from './role-flags.ts'
import { getRoles } from './role-get.ts'
import { assignRoles, revokeRoles } from './role-holders.ts'
import { listSessions, revokeSessions } from './sessions.ts'
import { signup } from './signup.ts'
import { tryForgotPassword, tryVerification, tryWelcome } from './trial-messages.ts'
import { requestVerification } from './verification.ts'
import { verifyCode } from './verify-code.ts'
import { verifyForms } from './verify-form.ts'

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
    'auth:password': changePassword,
    'auth:reset_password': resetPassword,
    'user:forgot-password': forgotPassword,
    'user:reset-password': resetPasswordByCode,
    'user:verify_request': requestVerification,
    'user:verify_code': verifyCode,
    'user:forgot-password:test': tryForgotPassword,
    'user:welcome-email:test': tryWelcome,
    'user:verify_request:test': tryVerification,
    'auth:disable:set': setDisabled,
    'auth:session:list': listSessions,
    'auth:audit:list': listAudit,
    'auth:session:revoke': revokeSessions,
    'sso:custom_token:login': customTokenLogin,
    'sso:oauth:login': oauthLogin,
    'sso:oauth:signup': oauthSignup,
    'sso:oauth:link': oauthLink,
    'sso:oauth:unlink': oauthUnlink,
    me,
    'role:default': defaultRoles,
    'role:admin': adminRoles,
    'role:assign': assignRoles,
    'role:revoke': revokeRoles,
    'role:get': getRoles,
  },
  recordHooks: { ...profileHooks, ...dueCodeHooks },
  routes: [jwks('/.well-known/jwks.json'), jwks('/oauth2/jwks'), ...resetForms, ...verifyForms],
})
