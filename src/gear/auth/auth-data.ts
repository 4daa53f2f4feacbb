import { invalid, type Failure } from '../../core/failure.ts'
import { foldLoginId, loginIdFault, STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** One thing a user logs in with: `key` is what it is (username, email), `folded` how it is looked up. */
export type LoginId = { readonly key: string; readonly value: string; readonly folded: string }

const refused = (why: string): Result<never, Failure> => err(invalid(`auth_data ${why}`, 'auth_data'))

/**
 * `auth_data` → login ids, in the order in which they are looked up; null where it names none (v1 protocol, section
 * 4.2: every key is a configured one, and one of them at least has a value).
 */
export function parseAuthData(
  wire: Readonly<Record<string, unknown>> | null | undefined,
): Result<readonly LoginId[] | null, Failure> {
  const given = Object.entries(wire ?? {}).filter(([, value]) => value !== null && value !== undefined)
  if (given.length === 0) return ok(null)
  for (const [key, value] of given) {
    if (!STANDARD_LOGIN_ID_KEYS.some((known) => known === key))
      return refused('has a key this app does not log in by')
    const fault = loginIdFault(value)
    if (fault) return refused(`${key} ${fault}`)
  }
  return ok(
    STANDARD_LOGIN_ID_KEYS.flatMap((key) => {
      const value = wire?.[key]
      return typeof value === 'string' ? [{ key, value, folded: foldLoginId(key, value) }] : []
    }),
  )
}
