import { foldLoginId, loginIdFault } from '../core/login-id.ts'

/** A login id as a v1 profile has it; the oldest profiles come first. */
export type OldLoginId = { readonly user_id: string; readonly key: string; readonly value: string }
export type GrantedLoginId = OldLoginId & { readonly folded: string }
export type RefusedLoginId = OldLoginId & { readonly why: string }

const placeOf = (key: string, folded: string): string => `${key}\n${folded}`

/**
 * Who gets which login id. v1 told two users apart that are one here (before citext by case, always by Unicode
 * compatibility forms): the older profile keeps it.
 */
export function assignLoginIds(
  old: readonly OldLoginId[],
  held: readonly { readonly key: string; readonly folded: string }[],
): { readonly granted: readonly GrantedLoginId[]; readonly refused: readonly RefusedLoginId[] } {
  const taken = new Set(held.map(({ key, folded }) => placeOf(key, folded)))
  const granted: GrantedLoginId[] = []
  const refused: RefusedLoginId[] = []
  for (const each of old) {
    const fault = loginIdFault(each.value)
    const folded = foldLoginId(each.key, each.value)
    if (fault) refused.push({ ...each, why: fault })
    else if (taken.has(placeOf(each.key, folded))) refused.push({ ...each, why: 'is an older user’s too' })
    else {
      taken.add(placeOf(each.key, folded))
      granted.push({ ...each, folded })
    }
  }
  return { granted, refused }
}
