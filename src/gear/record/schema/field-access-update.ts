import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { recordTables } from '../../../../drizzle/record.ts'
import { invalid } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import { action } from '../../../core/gear.ts'
import { adminChecks } from '../../../core/privilege.ts'
import { err, ok } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { prepare, tenantTables } from '../../../core/sql.ts'
import { AnsweredRules, parseFieldRules, sorted } from './field-rules.ts'

export const updateFieldAccess = action({
  summary: 'Replaces every rule of field access.',
  access: 'user',
  input: schema(v.object({ access: v.unknown() })),
  output: AnsweredRules,
  async run({ access }, scope) {
    const rules = parseFieldRules(access)
    if (!rules)
      return err(
        invalid('access is a list of {record_type, record_field, user_role} with four booleans', 'access'),
      )
    const { schema: schemaName } = scope.tenant
    const replaced = await scope.db.transact(
      [oneAtATime(schemaName), clear(schemaName), fill(schemaName, { rules: JSON.stringify(rules) })],
      { checks: adminChecks(scope) },
    )
    return replaced.ok ? ok({ result: { access: sorted(rules) } }) : err(failureOf(replaced.error))
  },
})

const { fieldAccess } = tenantTables(recordTables)
/** Two replacements at once would else leave some of each. */
const oneAtATime = prepare(sql`lock table ${fieldAccess} in share row exclusive mode`)
const clear = prepare(sql`delete from ${fieldAccess}`)
const fill = prepare(sql`
  insert into ${fieldAccess}
    (record_type, record_field, user_role, writable, readable, comparable, discoverable)
  select f.record_type, f.record_field, f.user_role, f.writable, f.readable, f.comparable, f.discoverable
  from jsonb_populate_recordset(null::${fieldAccess}, ${sql.placeholder('rules')}::jsonb) as f`)
