import * as v from 'valibot'
import { section } from '../../core/gear.ts'
import {
  AUDIT_DAYS_MAX,
  IDENTIFIER_BYTES_MAX,
  USER_KEY_FIELDS_MAX,
  USER_KEY_LISTS_MAX,
} from '../../core/limits.ts'
import { STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import { isRecordName, utf8Bytes } from '../../core/record/name.ts'
import { Limits } from './limits-config.ts'

/** What is posted is personal: it goes to nobody but the host that the certificate names. */
function isHttps(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'https:' && url.username === '' && url.password === ''
}

const fieldName = v.pipe(v.string(), v.check(isRecordName, 'must be a field name'))
/** What Skygear v1 calls the constraint that makes these fields unique; Postgres would cut a longer name short. */
const constraintOf = (fields: readonly string[]): string =>
  `auth_record_keys_user_${fields.toSorted().join('_')}_key`

const recordKeys = v.pipe(
  v.array(fieldName),
  v.minLength(1),
  v.maxLength(USER_KEY_FIELDS_MAX),
  v.check((fields) => new Set(fields).size === fields.length, 'must not name a field twice'),
  v.check(
    (fields) => utf8Bytes(constraintOf(fields)) <= IDENTIFIER_BYTES_MAX,
    `must have a constraint name of at most ${IDENTIFIER_BYTES_MAX} bytes`,
  ),
)

/** HTTPS, and HTTP on this machine, without what would get lost when a path is added. */
const httpUrl = v.pipe(
  v.string(),
  v.regex(
    /^(?:https:\/\/[^\s?#@]+|http:\/\/(?:localhost|127\.0\.0\.1|[a-z0-9.-]+\.localhost)(?:[:/][^\s?#@]*)?)$/,
    'must be an https: URL without a query',
  ),
)

/** `gear_config.auth`. */
export const authSection = section(
  'auth',
  v.object({
    /** Seconds a v1 access token lives; 0, as Skygear's TOKEN_STORE_EXPIRY: until logout. */
    token_expiry: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    /** Fields of a user record that identify a user, each list together: Skygear's AUTH_RECORD_KEYS. */
    auth_record_keys: v.optional(
      v.pipe(v.array(recordKeys), v.minLength(1), v.maxLength(USER_KEY_LISTS_MAX)),
      STANDARD_LOGIN_ID_KEYS.map((key) => [key]),
    ),
    /** What custom tokens are signed with: Skygear's CUSTOM_TOKEN_SECRET. Without it there are none. */
    custom_token_secret: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** How often logins, sign-ups, recoveries and codes may be tried. */
    limits: v.optional(Limits, {}),
    /** Where links to the app begin, where that is not the host that it is asked at: `https://notes.example`. */
    base_url: v.optional(httpUrl),
    /** An HTTP API that takes the app's mail, in the shape of Resend's, in place of `app_config.smtp`. */
    mail_api: v.optional(v.object({ url: httpUrl, auth_token: v.pipe(v.string(), v.minLength(1)) })),
    /** Users who are not verified may do little: Skygear's VERIFY_REQUIRED. */
    verification_required: v.optional(v.boolean(), false),
    /** Verified fields that a user has to prove, all of them, in place of `user_verification.criteria`: Skygear's VERIFY_CRITERIA as a list. */
    verification_criteria: v.optional(v.pipe(v.array(fieldName), v.minLength(1))),
    /** Whether `is_verified` follows from the criteria, or is the master key's to write: Skygear's VERIFY_AUTO_UPDATE. */
    verification_auto_update: v.optional(v.boolean(), true),
    /** Whether codes are sent when a verified field changes: Skygear's VERIFY_AUTO_SEND_UPDATE. */
    verification_auto_send_on_update: v.optional(v.boolean(), false),
    /** Fields of the user record that a password must not contain: Skygear's USER_AUDIT_PW_EXCLUDED_FIELDS. */
    password_excluded_fields: v.optional(v.array(fieldName), []),
    /** Days that the audit trail keeps; 0: none is kept. */
    audit_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(AUDIT_DAYS_MAX)), 90),
    /** Where each event of the audit trail is posted, signed with `app_config.hook.secret`. */
    audit_url: v.optional(v.pipe(v.string(), v.check(isHttps, 'must be an https URL without credentials'))),
  }),
)
