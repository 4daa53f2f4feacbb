import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { recordTables } from '../../../../drizzle/record.ts'
import { invalid } from '../../../core/failure.ts'
import { action } from '../../../core/gear.ts'
import { developing } from '../../../core/privilege.ts'
import { fieldNameFault } from '../../../core/record/fields.ts'
import { err } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { compile, inTenant, prepare, tenantTables } from '../../../core/sql.ts'
import { changeFailure, mayChange } from './changed-field.ts'
import { EveryType, withEveryType } from './every-type.ts'
import { named } from './named.ts'

const Name = v.nullish(v.string())

export const renameField = action({
  summary: 'Renames a field. The rules of access to it go with it.',
  access: 'key',
  input: schema(v.object({ record_type: Name, item_name: Name, new_name: Name })),
  output: EveryType,
  async run(input, scope) {
    const allowed = developing(scope)
    if (!allowed.ok) return allowed
    const names = named(input, 'record_type', 'item_name', 'new_name')
    if (!names.ok) return names
    const { record_type: type, item_name: from, new_name: to } = names.value
    if (fieldNameFault(to)) return err(invalid(`new_name ${fieldNameFault(to)}`, 'new_name'))
    const changeable = mayChange(type, from)
    if (!changeable.ok) return changeable
    const rename = sql`alter table ${inTenant(type)} rename column ${sql.identifier(from)} to ${sql.identifier(to)}`
    const { schema: schemaName } = scope.tenant
    return withEveryType(
      scope,
      [
        compile(schemaName, rename),
        dropRulesAhead(schemaName, { type, from, to }),
        renameInRules(schemaName, { type, from, to }),
      ],
      changeFailure,
    )
  },
})

const { fieldAccess } = tenantTables(recordTables)
const { type, from, to } = {
  type: sql.placeholder('type'),
  from: sql.placeholder('from'),
  to: sql.placeholder('to'),
}

/** A hidden field is as hidden under its new name, whatever rules were waiting for that. */
const dropRulesAhead = prepare(sql`
  delete from ${fieldAccess} as f where f.record_type = ${type} and f.record_field = ${to}
    and exists (select from ${fieldAccess} as o where o.record_type = ${type} and o.record_field = ${from})`)

const renameInRules = prepare(sql`
  update ${fieldAccess} as f set
    record_field = case f.record_field when ${from} then ${to} else f.record_field end,
    user_role = case f.user_role when '_field:' || ${from} then '_field:' || ${to} else f.user_role end
  where f.record_type = ${type} and (f.record_field = ${from} or f.user_role = '_field:' || ${from})`)
