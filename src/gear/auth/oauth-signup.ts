import * as v from 'valibot'
import { action } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { refusedBefore } from '../../core/record/hooks.ts'
import { err } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { AuthResponse } from './account.ts'
import { auditing } from './audit.ts'
import { makeUser } from './make-user.ts'
import { masterOnly } from './master-only.ts'
import { Account, accountData, accountValues, link } from './oauth-account.ts'
import { decodeProfile, profileDraft } from './profile.ts'

export const oauthSignup = action({
  summary:
    'Makes a user of an account at a provider that is nobody’s, with a profile, and logs it in. Master key.',
  access: 'key',
  input: schema(v.object({ ...Account.entries, profile: v.nullish(AnyObject) })),
  output: AuthResponse,
  async run(input, scope) {
    const { tenant, caller } = scope
    const allowed = masterOnly(caller)
    if (!allowed.ok) return allowed
    const profile = decodeProfile(input.profile ?? {}, scope)
    if (!profile.ok) return profile
    const draft = profileDraft(scope.newId(), profile.value)
    const refused = refusedBefore(draft, scope)
    if (refused) return err(refused)
    return makeUser(
      {
        draft,
        loginIds: [],
        profile: profile.value,
        granted: [],
        credentials: [link(tenant.schema, { user: draft.key, ...accountValues(input) })],
      },
      auditing(scope, 'signup', draft.key, accountData(input)),
      scope,
    )
  },
})
