import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { lockUser } from './account.ts'
import { auditing } from './audit.ts'
import { masterOnly } from './master-only.ts'
import { Account, accountData, accountValues, link, Name, orRefuse, Provider } from './oauth-account.ts'

export const oauthLink = action({
  summary: 'Makes an account at a provider a user’s, who can be logged in by it from then on. Master key.',
  access: 'key',
  input: schema(v.object({ ...Account.entries, user_id: Name })),
  output: schema(v.literal('OK')),
  async run(input, scope) {
    const allowed = masterOnly(scope.caller)
    if (!allowed.ok) return allowed
    const audit = auditing(scope, 'link_oauth', input.user_id, accountData(input))
    const values = { ...accountValues(input), user: input.user_id }
    const linked = await scope.db.transact([link(scope.tenant.schema, values), audit.note])
    return audit.settle(linked.ok ? ok({ result: 'OK' as const }) : err(failureOf(linked.error)))
  },
})

/** Sessions stay, as in v1: who was logged in by the account goes on. */
export const oauthUnlink = action({
  summary: 'Takes a user’s account at a provider from them. Master key.',
  access: 'key',
  input: schema(v.object({ provider: Provider, user_id: Name })),
  output: schema(v.literal('OK')),
  async run({ provider, user_id }, scope) {
    const allowed = masterOnly(scope.caller)
    if (!allowed.ok) return allowed
    const audit = auditing(scope, 'unlink_oauth', user_id, { by: 'oauth', provider })
    const values = { provider, user: user_id }
    const unlinked = await scope.db.transact([
      lockUser(scope.tenant.schema, values),
      unlink(scope.tenant.schema, values),
      audit.note,
    ])
    return audit.settle(unlinked.ok ? ok({ result: 'OK' as const }) : err(failureOf(unlinked.error)))
  },
})

const { identity, oauth } = tenantTables(authTables)

const unlink = prepare(
  orRefuse(
    sql`_done as (delete from ${identity} as i using ${oauth} as o where o.identity_id = i.id
        and i.user_id = ${sql.placeholder('user')} and o.provider_type = ${sql.placeholder('provider')}
        and o.provider_keys = '{}' returning i.id)`,
    'SG110',
    'the user has no account at this provider',
  ),
)
