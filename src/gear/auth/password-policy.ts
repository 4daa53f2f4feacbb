import { fail, type Failure } from '../../core/failure.ts'
import { utf8Bytes } from '../../core/record/name.ts'
import type { PasswordPolicy } from '../../core/tenant.ts'

/** The user record's fields, or what they are about to be. */
export type UserData = Readonly<Record<string, unknown>>

const violation = (reason: string, message: string, extra: Failure['info'] = {}): Failure =>
  fail('PasswordPolicyViolated', message, { reason, ...extra })

/** ASCII only, whatever the language; a symbol is everything else (v1 protocol, section 4.3). */
const CLASSES = [
  ['uppercase_required', /[A-Z]/, 'PasswordUppercaseRequired', 'an upper-case letter'],
  ['lowercase_required', /[a-z]/, 'PasswordLowercaseRequired', 'a lower-case letter'],
  ['digit_required', /[0-9]/, 'PasswordDigitRequired', 'a digit'],
  ['symbol_required', /[^A-Za-z0-9]/, 'PasswordSymbolRequired', 'a symbol'],
] as const

/** The first rule that a new password breaks, of those that need nothing but the password and its user. */
export function brokenRule(
  password: string,
  policy: PasswordPolicy,
  excludedFields: readonly string[],
  user: UserData,
): Failure | null {
  const { min_length, excluded_keywords } = policy
  const pw_length = utf8Bytes(password)
  if (pw_length < min_length)
    return violation('PasswordTooShort', `a password has at least ${min_length} bytes`, {
      min_length,
      pw_length,
    })
  const lacking = CLASSES.find(([rule, pattern]) => policy[rule] && !pattern.test(password))
  if (lacking) return violation(lacking[2], `a password has ${lacking[3]}`)
  const excluded = [...excluded_keywords, ...excludedFields.map((field) => user[field])]
  return excluded.some((word) => contains(password, word))
    ? violation('PasswordContainingExcludedKeywords', 'the password contains a word that it must not')
    : null
}

/** The empty text is in every password: v1 refused all of them then. */
const contains = (password: string, word: unknown): boolean =>
  typeof word === 'string' && word !== '' && password.toLowerCase().includes(word.toLowerCase())

/** What a guesser tries first: what is known of the user, whole and by its parts, and what the app excludes. */
export function knownWords(user: UserData, { excluded_keywords }: PasswordPolicy): readonly string[] {
  const own = Object.entries(user).flatMap(([name, value]) =>
    typeof value === 'string' && !name.startsWith('_') ? [value] : [],
  )
  const parts = own.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)).filter((part) => part.length >= 3)
  return [...new Set([...own, ...excluded_keywords, ...parts])].filter((word) => word !== '')
}

/** Levels are 1 to 5, of scores that are 0 to 4 (v1 protocol, section 4.3). */
export function guessable(
  score: number,
  { minimum_guessable_level: min_level }: PasswordPolicy,
): Failure | null {
  const pw_level = score + 1
  return pw_level < min_level
    ? violation('PasswordBelowGuessableLevel', 'the password is too easy to guess', { min_level, pw_level })
    : null
}

export const reused = ({ history_size, history_days }: PasswordPolicy): Failure =>
  violation('PasswordReused', 'the password was used before', { history_size, history_days })
