import * as v from 'valibot'
import { client } from './client.ts'
import { closed, filled, flag, maybeText, natural, naturalOr, open, text } from './fields.ts'
import { auth, mfa, passwordPolicy, userVerification } from './login.ts'
import { forgotPassword, nexmo, smtp, twilio, welcomeEmail } from './messaging.ts'
import { sso } from './sso.ts'

export const API_VERSIONS = ['v2.0', 'v2.1', 'v2.2', 'v2.3'] as const

const SESSION_LIFETIME_SECONDS = 86_400
const SESSION_IDLE_TIMEOUT_SECONDS = 300

/**
 * `app_config`: the part of the document that an app's developers edit (skygear v2.3 "AppConfiguration").
 * Every object is closed except the items of `clients` and `oidc.keys`.
 */
export const appConfig = closed({
  api_version: v.picklist(API_VERSIONS),
  display_app_name: maybeText,
  master_key: filled,
  clients: v.optional(v.array(client), []),
  session: v.optional(
    closed({
      lifetime: naturalOr(SESSION_LIFETIME_SECONDS),
      idle_timeout_enabled: flag(),
      idle_timeout: naturalOr(SESSION_IDLE_TIMEOUT_SECONDS),
      cookie_domain: maybeText,
      cookie_non_persistent: flag(),
    }),
    {},
  ),
  cors: v.optional(closed({ origin: text('') }), {}),
  oidc: v.optional(
    closed({
      keys: v.optional(
        v.pipe(
          v.array(
            open({
              kid: v.string(),
              public_key: v.string(),
              private_key: v.string(),
              /** Ours: Unix time in seconds, until which the key only verifies. */
              signs_from: v.optional(natural),
            }),
          ),
          v.minLength(1),
        ),
      ),
    }),
    {},
  ),
  auth,
  auth_ui: v.optional(closed({ css: text('') }), {}),
  mfa: v.optional(mfa, {}),
  password_policy: v.optional(passwordPolicy, {}),
  forgot_password: v.optional(forgotPassword, {}),
  welcome_email: v.optional(welcomeEmail, {}),
  sso: v.optional(sso, {}),
  user_verification: v.optional(userVerification, {}),
  hook: closed({ secret: filled }),
  asset: closed({ secret: filled }),
  smtp: v.optional(smtp, {}),
  twilio: v.optional(twilio, {}),
  nexmo: v.optional(nexmo, {}),
})
