import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { action } from '../../../core/gear.ts'
import { developing } from '../../../core/privilege.ts'
import { schema } from '../../../core/schema.ts'
import { compile, inTenant } from '../../../core/sql.ts'
import { changeFailure, mayChange } from './changed-field.ts'
import { EveryType, withEveryType } from './every-type.ts'
import { named } from './named.ts'

const Name = v.nullish(v.string())

export const deleteField = action({
  summary: 'Drops a field with all its values.',
  access: 'key',
  input: schema(v.object({ record_type: Name, item_name: Name })),
  output: EveryType,
  async run(input, scope) {
    const allowed = developing(scope)
    if (!allowed.ok) return allowed
    const names = named(input, 'record_type', 'item_name')
    if (!names.ok) return names
    const { record_type: type, item_name: field } = names.value
    const changeable = mayChange(type, field)
    if (!changeable.ok) return changeable
    const drop = sql`alter table ${inTenant(type)} drop column ${sql.identifier(field)}`
    return withEveryType(scope, [compile(scope.tenant.schema, drop)], changeFailure)
  },
})
