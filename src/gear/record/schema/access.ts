import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../../drizzle/core.ts'
import { recordTables } from '../../../../drizzle/record.ts'
import { invalid } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import { action } from '../../../core/gear.ts'
import { BATCH_ITEMS_MAX } from '../../../core/limits.ts'
import { developing } from '../../../core/privilege.ts'
import { isStorable } from '../../../core/record/name.ts'
import { err, ok } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { prepare, tenantTables } from '../../../core/sql.ts'
import { named } from './named.ts'

export const creationAccess = action({
  summary: 'Sets which roles may create records of a type; none: everybody who is logged in.',
  access: 'key',
  input: schema(
    v.object({
      type: v.nullish(v.string()),
      create_roles: v.nullish(v.pipe(v.array(v.string()), v.maxLength(BATCH_ITEMS_MAX)), []),
    }),
  ),
  output: schema(v.object({ type: v.string(), create_roles: v.optional(v.array(v.string())) })),
  async run(input, scope) {
    const allowed = developing(scope)
    if (!allowed.ok) return allowed
    const names = named(input, 'type')
    if (!names.ok) return names
    const { type } = names.value
    const roles = input.create_roles ?? []
    if (roles.some((role) => role === '' || !isStorable(role)))
      return err(invalid('create_roles has what is no name of a role', 'create_roles'))
    const set = await scope.db.transact([
      setCreators(scope.tenant.schema, { type, roles: JSON.stringify(roles) }),
    ])
    if (!set.ok) return err(failureOf(set.error))
    return ok({ result: { type, ...(roles.length > 0 && { create_roles: roles }) } })
  },
})

const { role } = tenantTables(coreTables)
const { creation } = tenantTables(recordTables)

/** Roles that are new are made; those of other types stay as they are (v1's removal leaked to them, section 6). */
const setCreators = prepare(sql`
  with given as (select distinct jsonb_array_elements_text(${sql.placeholder('roles')}::jsonb) as id order by id),
  made as (insert into ${role} (id) select id from given on conflict do nothing),
  gone as (
    delete from ${creation} as c
    where c.record_type = ${sql.placeholder('type')} and c.role_id not in (select id from given)
  )
  insert into ${creation} (record_type, role_id) select ${sql.placeholder('type')}, id from given
  on conflict do nothing`)
