import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { fail } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { adminChecks } from '../../core/privilege.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { UserIds } from './role-names.ts'

const RolesByUser = v.record(v.string(), v.array(v.string()))

export const getRoles = action({
  summary: 'The roles of users, by user. Who is no administrator may ask for their own only.',
  access: 'optional user',
  input: schema(v.object({ users: v.pipe(UserIds, v.minLength(1)) })),
  output: schema(RolesByUser),
  async run({ users }, scope) {
    const { tenant, caller, db } = scope
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    const isOwn = users.length === 1 && users[0] === caller.user.id
    const got = await db.transact([rolesOf(tenant.schema, { users: JSON.stringify(users) })], {
      readOnly: true,
      checks: isOwn ? [] : adminChecks(scope),
    })
    if (!got.ok) return err(failureOf(got.error))
    const roles = (got.value[0]?.[0]?.['roles'] ?? {}) as v.InferOutput<typeof RolesByUser>
    // In the order that was asked: any of Postgres' own tells something of the ids.
    return ok({
      result: Object.fromEntries(users.map((id) => [id, (Object.hasOwn(roles, id) && roles[id]) || []])),
    })
  },
})

const { userRole } = tenantTables(coreTables)
const rolesOf = prepare(
  sql`select json_object_agg(asked.id, coalesce(
      (select json_agg(h.role_id order by h.role_id) from ${userRole} as h where h.auth_id = asked.id), '[]')) as roles
    from (select distinct jsonb_array_elements_text(${sql.placeholder('users')}::jsonb) as id) as asked`,
  'roles',
)
