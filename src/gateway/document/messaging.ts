import { closed, flag, maybeMailAddress, maybeText, naturalOr, oneOf, sender, text } from './fields.ts'

/** skygear v2.3 "AppConfiguration", the blocks about mail and SMS: what is sent, and through whom. */

const FORGOT_PASSWORD_LIFETIME_SECONDS = 43_200
const SMTP_PORT = 25

export const forgotPassword = closed({
  app_name: maybeText,
  // The original's default was false, which told everybody who has an account.
  secure_match: flag(true),
  sender,
  reply_to: maybeMailAddress,
  subject: text('Reset password instruction'),
  reset_url_lifetime: naturalOr(FORGOT_PASSWORD_LIFETIME_SECONDS),
  success_redirect: maybeText,
  error_redirect: maybeText,
})

export const welcomeEmail = closed({
  enabled: flag(),
  sender,
  reply_to: maybeMailAddress,
  subject: text('Welcome!'),
  destination: oneOf(['first', 'all'], 'first'),
})

/** Usable if and only if `host` is there. */
export const smtp = closed({
  host: maybeText,
  port: naturalOr(SMTP_PORT),
  mode: oneOf(['normal', 'ssl'], 'normal'),
  login: maybeText,
  password: maybeText,
})

/** Usable if and only if `account_sid` and `auth_token` are there. */
export const twilio = closed({ account_sid: maybeText, auth_token: maybeText, from: maybeText })

/** Usable if and only if `api_key` and `api_secret` are there. */
export const nexmo = closed({ api_key: maybeText, api_secret: maybeText, from: maybeText })
