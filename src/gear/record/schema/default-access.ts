import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { recordTables } from '../../../../drizzle/record.ts'
import { invalid } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import { action } from '../../../core/gear.ts'
import { developing } from '../../../core/privilege.ts'
import { parseAccess } from '../../../core/record/access.ts'
import { err, ok } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { prepare, tenantTables } from '../../../core/sql.ts'
import { named } from './named.ts'

const Entries = v.array(v.looseObject({ level: v.string() }))

export const defaultAccess = action({
  summary: 'Sets the access that new records of a type get where they come without; none: everybody’s.',
  access: 'key',
  input: schema(v.object({ type: v.nullish(v.string()), default_access: v.nullish(v.unknown()) })),
  output: schema(v.object({ type: v.string(), default_access: v.optional(Entries) })),
  async run(input, scope) {
    const allowed = developing(scope)
    if (!allowed.ok) return allowed
    const names = named(input, 'type')
    if (!names.ok) return names
    const { type } = names.value
    const access = parseAccess(input.default_access)
    if (!access.ok) return err(invalid(access.error, 'default_access'))
    const set = await scope.db.transact([
      setDefault(scope.tenant.schema, { type, access: access.value && JSON.stringify(access.value) }),
    ])
    if (!set.ok) return err(failureOf(set.error))
    const entries = access.value ?? []
    return ok({ result: { type, ...(entries.length > 0 && { default_access: [...entries] }) } })
  },
})

const { defaultAccess: table } = tenantTables(recordTables)
const setDefault = prepare(sql`
  insert into ${table} (record_type, default_access)
  values (${sql.placeholder('type')}, ${sql.placeholder('access')}::jsonb)
  on conflict (record_type) do update set default_access = excluded.default_access`)
