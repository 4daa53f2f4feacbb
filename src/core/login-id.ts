import { LOGIN_ID_CHARS_MAX } from './limits.ts'
import { isStorable } from './record/name.ts'

/** The login ids that a user record carries as fields; others are an app's own (v1 protocol, section 4.2). */
export const STANDARD_LOGIN_ID_KEYS = ['username', 'email'] as const

const isAlone = (lists: readonly (readonly string[])[], field: string): boolean =>
  lists.some((fields) => fields.length === 1 && fields[0] === field)

/**
 * The lists of an app's `auth_record_keys` that are its own: fields of the user record and nothing else. A list with a
 * username or email that is one user's by itself says no more than that.
 */
export const ownKeys = (lists: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  lists.filter((fields) => !fields.some((field) => isStandard(field) && isAlone(lists, field)))
const isStandard = (field: string): boolean => STANDARD_LOGIN_ID_KEYS.some((key) => key === field)

/** Whether the field is a login id: a username or email that the app's own lists do not have together with other fields. */
export const isLoginId = (userKeys: readonly (readonly string[])[], field: string): boolean =>
  isStandard(field) && !userKeys.some((fields) => fields.includes(field))

/**
 * The form by which a login id is looked up and unique: usernames and emails ignore case and compatibility forms
 * (v1's citext, v2's NFKC and case folding); an app's own keys are taken as they are. Lower case can decompose, so the
 * form is taken again.
 */
export const foldLoginId = (key: string, value: string): string =>
  key === 'username' || key === 'email' ? value.normalize('NFKC').toLowerCase().normalize('NFKC') : value

/** What is wrong with a value as a login id; null: nothing. */
export function loginIdFault(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return 'is not a text'
  return value.length > LOGIN_ID_CHARS_MAX || !isStorable(value)
    ? `is longer than ${LOGIN_ID_CHARS_MAX} characters or not valid text`
    : null
}
