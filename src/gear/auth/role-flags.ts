import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { developing } from '../../core/privilege.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables, type Prepared } from '../../core/sql.ts'
import { auditing } from './audit.ts'
import { RoleNames } from './role-names.ts'

const { role } = tenantTables(coreTables)

/** `role:default` and `role:admin` replace the whole set of roles that carry a flag (v1 protocol, section 4.14). */
const flagging = (flag: 'by_default' | 'is_admin', summary: string) => {
  const replace = replacing(flag)
  return action({
    summary,
    access: 'key',
    input: schema(v.object({ roles: RoleNames })),
    output: schema(v.array(v.string())),
    async run({ roles }, scope) {
      const allowed = developing(scope)
      if (!allowed.ok) return allowed
      const type = flag === 'is_admin' ? 'admin' : 'default'
      const audit = auditing(scope, 'change_roles', null, { type, roles })
      const replaced = await scope.db.transact([
        replace(scope.tenant.schema, { roles: JSON.stringify(roles) }),
        audit.note,
      ])
      return audit.settle(replaced.ok ? ok({ result: roles }) : err(failureOf(replaced.error)))
    },
  })
}

function replacing(name: 'by_default' | 'is_admin'): Prepared {
  const flag = sql.identifier(name)
  return prepare(sql`
    with given as (select distinct jsonb_array_elements_text(${sql.placeholder('roles')}::jsonb) as id order by id),
    flagged as (
      insert into ${role} (id, ${flag}) select id, true from given on conflict (id) do update set ${flag} = true
    )
    update ${role} as r set ${flag} = false where r.${flag} and r.id not in (select id from given)`)
}

export const defaultRoles = flagging('by_default', 'Sets which roles every new user gets.')
export const adminRoles = flagging('is_admin', 'Sets which roles make their holders administrators.')
