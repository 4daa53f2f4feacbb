import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { adminChecks } from '../../core/privilege.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables, type Prepared } from '../../core/sql.ts'
import { auditing } from './audit.ts'
import { RoleNames, UserIds } from './role-names.ts'

/** `role:assign` and `role:revoke`; users that do not exist are passed over (v1 protocol, section 4.14). */
const changing = (type: 'assign' | 'revoke', change: Prepared, summary: string) =>
  action({
    summary,
    access: 'user',
    input: schema(v.object({ roles: RoleNames, users: UserIds })),
    output: schema(v.literal('OK')),
    async run({ roles, users }, scope) {
      const values = { roles: JSON.stringify(roles), users: JSON.stringify(users) }
      const data = { type, user_ids: users, roles }
      const audit = auditing(scope, 'change_roles', scope.caller.user?.id ?? null, data)
      const changed = await scope.db.transact([change(scope.tenant.schema, values), audit.note], {
        checks: adminChecks(scope),
      })
      return audit.settle(changed.ok ? ok({ result: 'OK' as const }) : err(failureOf(changed.error)))
    },
  })

const { user, role, userRole } = tenantTables(coreTables)
const roles = sql`jsonb_array_elements_text(${sql.placeholder('roles')}::jsonb)`
const users = sql`jsonb_array_elements_text(${sql.placeholder('users')}::jsonb)`

// In order, so that two of these do not wait for each other.
const assign = prepare(sql`
  with given as (select distinct ${roles} as id order by id),
  made as (insert into ${role} (id) select id from given on conflict do nothing)
  insert into ${userRole} (auth_id, role_id)
  select u.id, given.id from ${user} as u, given where u.id in (select ${users}) order by u.id, given.id
  on conflict do nothing`)

const revoke = prepare(sql`
  delete from ${userRole} as h where h.auth_id in (select ${users}) and h.role_id in (select ${roles})`)

export const assignRoles = changing('assign', assign, 'Gives users roles, making roles that are new.')
export const revokeRoles = changing('revoke', revoke, 'Takes roles from users.')
