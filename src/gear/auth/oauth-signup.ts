import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, invalid } from '../../core/failure.ts'
import { action } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { wantedBy } from '../../core/record/extend.ts'
import { decodeFields } from '../../core/record/fields.ts'
import { refusedLoginId } from '../../core/record/upsert.ts'
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
import { createProfile, createUser, noteLogin, noteLoginInProfile, setLoginIds, takenOr } from './new-user.ts'
import { Account, accountData, accountValues, linking, orRefuse } from './oauth-account.ts'

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
    const profile = decodeFields(input.profile ?? {})
    if (!profile.ok) return profile
    const refused = refusedLoginId(profile.value)
    if (refused) return err(invalid(`${refused.field} ${refused.fault}`, refused.field))
    const wanted = wantedBy([{ type: 'user', fields: profile.value }])
    if (!wanted.ok) return wanted

    const ids = { user: scope.newId(), session: scope.newId() }
    const audit = auditing(scope, 'signup', ids.user, accountData(input))
    // Everything in one transaction: a user is whole or not there.
    const written = await writeTyped(
      scope,
      wanted.value,
      (columns) => [
        // First, so that of many at once all but one wait here, and have made nothing when they are refused.
        linkNew(tenant.schema, { ...ids, ...accountValues(input) }),
        createUser(tenant.schema, ids),
        ...setLoginIds(tenant.schema, ids.user, [], profile.value),
        startSession(tenant.schema, {
          ...ids,
          client: caller.clientId,
          expiresAt: timestampOf(expiryOf(scope)),
        }),
        createProfile(tenant.schema, ids.user, [], profile.value, columns('user'), caller),
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
