import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { recordTables } from '../../../../drizzle/record.ts'
import { failureOf } from '../../../core/fault.ts'
import { action } from '../../../core/gear.ts'
import { adminChecks } from '../../../core/privilege.ts'
import type { FieldRule } from '../../../core/record/types.ts'
import { err, ok } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { prepare, tenantTables } from '../../../core/sql.ts'
import { AnsweredRules, sorted } from './field-rules.ts'

export const getFieldAccess = action({
  summary: 'Every rule of field access.',
  access: 'user',
  input: schema(v.object({})),
  output: AnsweredRules,
  async run(_, scope) {
    const got = await scope.db.transact([everyRule(scope.tenant.schema)], {
      readOnly: true,
      checks: adminChecks(scope),
    })
    if (!got.ok) return err(failureOf(got.error))
    return ok({ result: { access: sorted((got.value[0]?.[0]?.['rules'] ?? []) as readonly FieldRule[]) } })
  },
})

const { fieldAccess } = tenantTables(recordTables)
const everyRule = prepare(sql`select json_agg(f) as rules from ${fieldAccess} as f`, 'rules')
