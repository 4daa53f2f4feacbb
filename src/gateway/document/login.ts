import * as v from 'valibot'
import { PASSWORDS_COMPARED_MAX } from '../../core/limits.ts'
import {
  atMost,
  between,
  closed,
  filled,
  flag,
  maybeMailAddress,
  maybeText,
  natural,
  naturalOr,
  oneOf,
  sender,
  text,
  texts,
} from './fields.ts'

/** skygear v2.3 "AppConfiguration", the blocks about who a user is: auth, mfa, password policy, verification. */

const LOGIN_ID_TYPES = ['raw', 'email', 'phone', 'username'] as const
const DEFAULT_LOGIN_ID_KEYS = (['username', 'email', 'phone'] as const).map((type) => ({ type }))

const loginIdKey = v.pipe(
  closed({
    key: v.optional(filled),
    type: v.picklist(LOGIN_ID_TYPES),
    maximum: v.optional(natural, 1),
  }),
  // The original accepted an item without a key and named it ''. Its type is the name that it was meant to have.
  v.transform(({ key, ...item }) => ({ key: key ?? item.type, ...item })),
)

export const auth = closed({
  enable_api: flag(),
  authentication_session: closed({ secret: filled }),
  login_id_keys: v.optional(v.pipe(v.array(loginIdKey), v.minLength(1)), DEFAULT_LOGIN_ID_KEYS),
  login_id_types: v.optional(
    closed({
      email: v.optional(
        closed({ case_sensitive: flag(), block_plus_sign: flag(), ignore_dot_sign: flag() }),
        {},
      ),
      username: v.optional(
        closed({
          block_reserved_usernames: flag(true),
          excluded_keywords: texts,
          ascii_only: flag(true),
          case_sensitive: flag(),
        }),
        {},
      ),
    }),
    {},
  ),
  on_user_duplicate_allow_create: flag(),
})

const factors = atMost(999, 99)

export const mfa = closed({
  enabled: flag(),
  enforcement: oneOf(['off', 'optional', 'required'], 'optional'),
  maximum: factors,
  totp: v.optional(closed({ maximum: factors }), {}),
  oob: v.optional(
    closed({
      sms: v.optional(closed({ maximum: factors }), {}),
      email: v.optional(closed({ maximum: factors }), {}),
      sender,
      reply_to: maybeMailAddress,
      subject: text('Two Factor Auth Verification instruction'),
      app_name: maybeText,
    }),
    {},
  ),
  bearer_token: v.optional(closed({ expire_in_days: between(1, 3650, 30) }), {}),
  recovery_code: v.optional(closed({ count: between(8, 24, 16), list_enabled: flag() }), {}),
})

export const passwordPolicy = closed({
  min_length: naturalOr(0),
  uppercase_required: flag(),
  lowercase_required: flag(),
  digit_required: flag(),
  symbol_required: flag(),
  // As v1's: v2 takes 4 at most, so that nobody could ask for the best score.
  minimum_guessable_level: atMost(5, 0),
  excluded_keywords: texts,
  history_size: atMost(PASSWORDS_COMPARED_MAX, 0),
  history_days: naturalOr(0),
  expiry_days: naturalOr(0),
})

const HOUR_SECONDS = 3600

export const userVerification = closed({
  auto_send_on_signup: flag(),
  criteria: oneOf(['any', 'all'], 'any'),
  error_redirect: maybeText,
  login_id_keys: v.optional(
    v.array(
      closed({
        key: filled,
        code_format: oneOf(['numeric', 'complex'], 'complex'),
        expiry: naturalOr(HOUR_SECONDS),
        success_redirect: maybeText,
        error_redirect: maybeText,
        subject: text('Verification instruction'),
        sender,
        reply_to: maybeMailAddress,
      }),
    ),
    [],
  ),
})
