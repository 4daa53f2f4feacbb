import { invalid, type Failure } from '../../core/failure.ts'
import { foldLoginId, isLoginId, loginIdFault, ownKeys, STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** One thing a user logs in with: `key` is what it is (username, email), `folded` how it is looked up. */
export type LoginId = { readonly key: string; readonly value: string; readonly folded: string }

/** `auth_data` of a user: login ids, and fields of the user record that only this app identifies users by. */
export type AuthData = {
  readonly loginIds: readonly LoginId[]
  readonly fields: Readonly<Record<string, string>>
  /** By what the user is looked up: the first of the app's lists that is given whole. */
  readonly lookup: { readonly loginId: LoginId } | { readonly fields: Readonly<Record<string, string>> }
}

const refused = (why: string): Result<never, Failure> => err(invalid(`auth_data ${why}`, 'auth_data'))

/**
 * `auth_data` by the app's `auth_record_keys`; null where it has no value (v1 protocol, section 4.2: every key is in
 * one of the lists, and one list at least is given whole).
 */
export function parseAuthData(
  wire: Readonly<Record<string, unknown>> | null | undefined,
  lists: readonly (readonly string[])[],
): Result<AuthData | null, Failure> {
  const given = new Map<string, string>()
  for (const [key, value] of Object.entries(wire ?? {})) {
    if (value === null || value === undefined) continue
    if (!lists.some((fields) => fields.includes(key))) return refused('has a key this app does not log in by')
    const fault = loginIdFault(value)
    if (fault || typeof value !== 'string') return refused(`${key} ${fault}`)
    given.set(key, value)
  }
  if (given.size === 0) return ok(null)
  const first = lists.find((fields) => fields.every((field) => given.has(field)))
  if (!first) return refused('has no complete set of keys this app logs in by')

  const userKeys = ownKeys(lists)
  const loginIds = STANDARD_LOGIN_ID_KEYS.flatMap((key) => {
    const value = isLoginId(userKeys, key) ? given.get(key) : undefined
    return value === undefined ? [] : [{ key, value, folded: foldLoginId(key, value) }]
  })
  const isOwn = ([key]: readonly [string, string]) => !loginIds.some((loginId) => loginId.key === key)
  const [alone] = first.length === 1 ? loginIds.filter(({ key }) => first.includes(key)) : []
  return ok({
    loginIds,
    fields: Object.fromEntries([...given].filter(isOwn)),
    lookup: alone
      ? { loginId: alone }
      : { fields: Object.fromEntries([...given].filter(([key]) => first.includes(key))) },
  })
}

/** One text for whom a login aims at, however it is written: what attempts at the account are counted by. */
export const accountKey = ({ lookup }: AuthData): string =>
  JSON.stringify(
    'loginId' in lookup
      ? [lookup.loginId.key, lookup.loginId.folded]
      : Object.entries(lookup.fields)
          .map(([key, value]) => [key, foldLoginId(key, value)] as const)
          .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
