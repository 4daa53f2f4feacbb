import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { fail, invalid } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { adminChecks } from '../../core/privilege.ts'
import { isStorable } from '../../core/record/name.ts'
import { instantOf } from '../../core/record/instant.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { auditing, noting } from './audit.ts'

const Text = v.pipe(v.string(), v.check(isStorable, 'is not valid text'))

/** Sessions stay: they are refused as long as the user is disabled, and live again afterwards (v1, section 4.10). */
export const setDisabled = action({
  summary: 'Disables a user, for a reason and until a time if given, or enables one.',
  access: 'user',
  input: schema(
    v.object({
      auth_id: v.pipe(Text, v.minLength(1)),
      disabled: v.nullish(v.boolean(), false),
      message: v.nullish(Text, ''),
      expiry: v.nullish(Text, ''),
    }),
  ),
  output: schema(v.object({ status: v.literal('OK') })),
  async run({ auth_id, disabled, message, expiry }, scope) {
    const until = disabled && expiry !== '' ? instantOf(expiry) : null
    if (disabled && expiry !== '' && until === null)
      return err(invalid('expiry is not an RFC 3339 time', 'expiry'))
    const why = { message: (disabled && message) || null, expiry: until }
    const audit = auditing(scope, disabled ? 'disable_user' : 'enable_user', auth_id, why)
    const values = { user: auth_id, disabled, message: why.message, until, ...audit.values }
    const set = await scope.db.transact([update(scope.tenant.schema, values)], {
      checks: adminChecks(scope),
    })
    if (!set.ok) return audit.settle(err(failureOf(set.error)))
    return set.value[0]?.length === 0
      ? err(fail('ResourceNotFound', 'user not found'))
      : audit.settle(ok({ result: { status: 'OK' as const } }))
  },
})

const { user } = tenantTables(coreTables)
const update = prepare(sql`
  with _set as (update ${user} set disabled = ${sql.placeholder('disabled')}, disabled_message = ${sql.placeholder('message')},
    disabled_expiry = ${sql.placeholder('until')}::timestamp
  where id = ${sql.placeholder('user')} returning id)
  select ${noting} from _set`)
