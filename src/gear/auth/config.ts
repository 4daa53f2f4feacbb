import * as v from 'valibot'
import { section } from '../../core/gear.ts'
import { IDENTIFIER_BYTES_MAX } from '../../core/limits.ts'
import { STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import { isRecordName, utf8Bytes } from '../../core/record/name.ts'

/** Lists of an app, and fields of a list: every login reads the first, every sign-up is judged by all. */
const LISTS_MAX = 8
const FIELDS_MAX = 8

const fieldName = v.pipe(v.string(), v.check(isRecordName, 'must be a field name'))
const isStandard = (field: string): boolean => STANDARD_LOGIN_ID_KEYS.some((key) => key === field)
/** What Skygear v1 calls the constraint that makes these fields unique; Postgres would cut a longer name short. */
const constraintOf = (fields: readonly string[]): string =>
  `auth_record_keys_user_${fields.toSorted().join('_')}_key`

const recordKeys = v.pipe(
  v.array(fieldName),
  v.minLength(1),
  v.maxLength(FIELDS_MAX),
  v.check((fields) => new Set(fields).size === fields.length, 'must not name a field twice'),
  v.check(
    (fields) => fields.length === 1 || !fields.some(isStandard),
    'username and email are unique by themselves and stand alone',
  ),
  v.check(
    (fields) => utf8Bytes(constraintOf(fields)) <= IDENTIFIER_BYTES_MAX,
    `must have a constraint name of at most ${IDENTIFIER_BYTES_MAX} bytes`,
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
      v.pipe(v.array(recordKeys), v.minLength(1), v.maxLength(LISTS_MAX)),
      STANDARD_LOGIN_ID_KEYS.map((key) => [key]),
    ),
    /** What custom tokens are signed with: Skygear's CUSTOM_TOKEN_SECRET. Without it there are none. */
    custom_token_secret: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** Fields of the user record that a password must not contain: Skygear's USER_AUDIT_PW_EXCLUDED_FIELDS. */
    password_excluded_fields: v.optional(v.array(fieldName), []),
  }),
)

/** The lists of `auth_record_keys` that are an app's own: fields of the user record and nothing else. */
export const ownKeys = (lists: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  lists.filter((fields) => !fields.some(isStandard))
