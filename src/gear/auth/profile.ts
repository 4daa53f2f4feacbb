import { invalid } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import { loginIdFault, STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import { decodeFields, type Fields } from '../../core/record/fields.ts'
import { givenFields, type RecordHooks } from '../../core/record/hooks.ts'
import type { RecordDraft } from '../../core/record/upsert.ts'
import { ok } from '../../core/result.ts'
import { limited, type Attempt } from './limits.ts'
import { keptFlags } from './verified-fields.ts'

/**
 * The login ids in a user record obey their rules, whoever saves it, and nobody tries many to learn which are taken. What
 * is verified only codes say.
 */
export const profileHooks: RecordHooks = {
  keeps: (type, scope) => (type === 'user' ? keptFlags(scope) : []),
  before({ type, fields }) {
    if (type !== 'user') return null
    for (const field of STANDARD_LOGIN_ID_KEYS) {
      const given = fields[field]
      const fault = given?.writes && given.type !== null ? loginIdFault(given.column) : null
      if (fault) return invalid(`${field} ${fault}`, field)
    }
    return null
  },
  async admit(drafts, scope) {
    const names = [...STANDARD_LOGIN_ID_KEYS, ...scope.tenant.userKeys.flat()]
    const naming = drafts.filter(
      ({ type, fields }) =>
        type === 'user' && names.some((name) => fields[name]?.writes && fields[name].type !== null),
    )
    const attempts = new Map<RecordDraft, Attempt>()
    // One by one: who may try no more is refused before the rest of a long list is counted.
    for (const draft of naming) {
      const attempt = await limited(scope, 'discovery', scope.caller.user?.id ?? null)
      if (!attempt.ok) {
        attempts.forEach(({ forgiven }) => forgiven())
        return attempt
      }
      attempts.set(draft, attempt.value)
    }
    return ok((stored) => stored.forEach((draft) => attempts.get(draft)?.forgiven()))
  },
}

/** What is given for a profile; a failure where it is not valid. */
export function decodeProfile(
  wire: Readonly<Record<string, unknown>>,
  scope: Scope,
): ReturnType<typeof decodeFields> {
  const fields = decodeFields(wire)
  return fields.ok ? ok(givenFields('user', fields.value, scope)) : fields
}

/** A user's profile as a record to save, for those who have to do with records. */
export const profileDraft = (userId: string, fields: Fields): RecordDraft => ({
  type: 'user',
  key: userId,
  access: null,
  fields,
})
