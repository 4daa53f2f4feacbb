import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail } from '../../core/failure.ts'
import { action } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { wantedBy } from '../../core/record/extend.ts'
import { addedStatements, refusedBefore, tellSaved } from '../../core/record/hooks.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare } from '../../core/sql.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  AuthResponse,
  expiryOf,
  startSession,
  timestampOf,
} from './account.ts'
import { auditing } from './audit.ts'
import { greet } from './greet.ts'
import { masterOnly } from './master-only.ts'
import {
  createProfile,
  createUser,
  noteLogin,
  noteLoginInProfile,
  setProfileLoginIds,
  takenOr,
} from './new-user.ts'
import { Account, accountData, accountValues, linking, orRefuse } from './oauth-account.ts'
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
    const ids = { user: scope.newId(), session: scope.newId() }
    const draft = profileDraft(ids.user, profile.value)
    const refused = refusedBefore(draft, scope)
    if (refused) return err(refused)
    const wanted = wantedBy([{ type: 'user', fields: profile.value }])
    if (!wanted.ok) return wanted

    const audit = auditing(scope, 'signup', ids.user, accountData(input))
    // Everything in one transaction: a user is whole or not there.
    const written = await writeTyped(
      scope,
      wanted.value,
      (columns, access) => [
        // First, so that of many at once all but one wait here, and have made nothing when they are refused.
        linkNew(tenant.schema, { ...ids, ...accountValues(input) }),
        createUser(tenant.schema, ids),
        startSession(tenant.schema, {
          ...ids,
          client: caller.clientId,
          expiresAt: timestampOf(expiryOf(scope)),
        }),
        createProfile(
          tenant.schema,
          { userId: ids.user, loginIds: [], identifying: [], profile: profile.value, access: access('user') },
          columns('user'),
          caller,
        ),
        ...setProfileLoginIds(tenant.schema, ids.user, profile.value),
        ...addedStatements([draft], scope),
        audit.note,
        accountStatement(tenant.schema, ids),
        // Last, so that the answer has the times of before: a new user never logged in and was never seen.
        noteLogin(tenant.schema, ids),
        noteLoginInProfile(tenant.schema, ids),
      ],
      takenOr,
    )
    if (!written.ok) return audit.settle(err(written.error))
    const account = accountOf(written.value.rows.at(-3))
    if (!account) return err(fail('UnexpectedAuthInfoNotFound', 'the new user is not there'))
    tellSaved([{ type: draft.type, key: draft.key, change: 'created' }], scope)
    greet(ids.user, account.profile?.['email'], scope)
    return audit.settle(ok({ result: await authResponse(scope, account, ids.session, written.value.types) }))
  },
})

const linkNew = prepare(
  orRefuse(
    linking(sql`(select ${sql.placeholder('user')}::text as id) as _new`),
    'SG108',
    'this is a user’s account already',
  ),
)
