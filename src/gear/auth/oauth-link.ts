import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import { auditing } from './audit.ts'
import { masterOnly } from './master-only.ts'
import {
  Account,
  accountData,
  accountValues,
  linking,
  Name,
  oauth,
  ofAccount,
  orRefuse,
} from './oauth-account.ts'

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
  input: schema(v.object({ provider: Name, user_id: Name })),
  output: schema(v.literal('OK')),
  async run({ provider, user_id }, scope) {
    const allowed = masterOnly(scope.caller)
    if (!allowed.ok) return allowed
    const audit = auditing(scope, 'unlink_oauth', user_id, { by: 'oauth', provider })
    const unlinked = await scope.db.transact([
      unlink(scope.tenant.schema, { provider, user: user_id }),
      audit.note,
    ])
    return audit.settle(unlinked.ok ? ok({ result: 'OK' as const }) : err(failureOf(unlinked.error)))
  },
})

const { user } = tenantTables(coreTables)
const refuse = inTenant('_core_refuse')

// In v1's order: whose the account is, what the user has, whether there is such a user. A link that came to be meanwhile
// is not seen here, but has kept this one from being made.
const link = prepare(sql`
  with _user as (select id from ${user} where id = ${sql.placeholder('user')} for key share),
  _link as (${linking(sql`_user`)})
  select case when exists (select from _link) then null
    when exists (select from ${oauth} where ${ofAccount}) then ${refuse}('SG108', 'this is a user’s account already')
    when exists (select from _user) then ${refuse}('SG108', 'the user has an account at this provider already')
    else ${refuse}('SG110', 'user not found') end`)

const unlink = prepare(
  orRefuse(
    sql`delete from ${oauth} where user_id = ${sql.placeholder('user')} and provider = ${sql.placeholder('provider')}
      returning user_id`,
    'SG110',
    'the user has no account at this provider',
  ),
)
