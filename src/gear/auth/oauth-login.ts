import { sql } from 'drizzle-orm'
import { authTables } from '../../../drizzle/auth.ts'
import { action, type Scope } from '../../core/gear.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import { AuthResponse, statementsAbout } from './account.ts'
import { auditing } from './audit.ts'
import { enterBy } from './enter.ts'
import { masterOnly } from './master-only.ts'
import { loginNotes } from './new-user.ts'
import {
  Account,
  accountData,
  accountValues,
  type AccountValues,
  linkedIdentity,
  linkedUser,
  orRefuse,
} from './oauth-account.ts'

export const oauthLogin = action({
  summary:
    'Logs in the user whose account at a provider this is, and keeps what the provider says now. Master key.',
  access: 'key',
  input: schema(Account),
  output: AuthResponse,
  async run(account, scope) {
    const allowed = masterOnly(scope.caller)
    if (!allowed.ok) return allowed
    const { schema: schemaName } = scope.tenant
    const data = accountData(account)
    // Whose account it is, only the transaction learns.
    const audit = auditing(scope, 'login_success', null, data)
    const values = { ...accountValues(account), ...audit.values }
    const entered = await enterBy(
      scope,
      about,
      values,
      [
        about.lockUser(schemaName, values),
        refresh(schemaName, values),
        about.requireEnabled(schemaName, values),
      ],
      [
        about.noteLogin(schemaName, values),
        about.noteLoginInProfile(schemaName, values),
        about.sweepSessions(schemaName, values),
        noteOfLinked(schemaName, values),
      ],
    )
    if (!entered.ok && entered.error.name !== 'UserDisabled') return audit.settle(entered)
    const userId = entered.ok ? entered.value.result.user_id : await linkedTo(values, scope)
    return auditing(scope, 'login_success', userId, data).settle(entered)
  },
})

/** The link stays as it is until the end of the transaction, so that each of these finds the same user. */
const about = { ...statementsAbout(linkedUser, linkedIdentity), ...loginNotes(linkedUser) }

/** Whose account it is, which a refused transaction does not tell. One trip more, for the audit trail. */
async function linkedTo(values: AccountValues, { tenant, db }: Scope): Promise<string | null> {
  const found = await db.transact([findLinked(tenant.schema, values)], { readOnly: true })
  const user = found.ok ? found.value[0]?.[0]?.['user'] : null
  return typeof user === 'string' ? user : null
}

const findLinked = prepare(sql`select ${linkedUser} as user`, 'user')

const { identity, oauth } = tenantTables(authTables)

/** The identity before the account, as where it is taken away. */
const refresh = prepare(
  orRefuse(
    sql`_identity as (
        update ${identity} set updated_at = timezone('utc', now()) where id = ${linkedIdentity} returning id
      ), _done as (
        update ${oauth} as o set token_response = ${sql.placeholder('tokens')}::jsonb,
          profile = _given.profile, claims = ${inTenant('_auth_claims')}(_given.profile)
        from _identity, (select ${sql.placeholder('profile')}::jsonb as profile) as _given
        where o.identity_id = _identity.id returning o.identity_id
      )`,
    'SG105',
    'this is nobody’s account',
  ),
)

const noteOfLinked = prepare(sql`
  select ${inTenant('_auth_note')}(
    jsonb_set(${sql.placeholder('entry')}::jsonb, '{auth_id}', to_jsonb(${linkedUser})), ${sql.placeholder('days')}::int)`)
