import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, failureBody } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import type { Relation } from '../../core/record/relation.ts'
import { cachedTypes, describedTypes, describeStatement } from '../../core/record/types.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, type Prepared } from '../../core/sql.ts'
import { relationNamed, Targets } from './input.ts'
import { caller as callerId, callersRoles, foundIn, Item, readableProfiles, shownUsers } from './users.ts'

/** Also of a user whom the caller may not read: that there is one is not the caller's to learn. */
const NOBODY = failureBody(fail('UnexpectedError', 'no such user'))

export const add = action({
  summary: 'Makes users friends of the caller, or follows them: one way, whatever the direction says.',
  access: 'user',
  gated: true,
  input: schema(v.object({ name: v.string(), targets: Targets })),
  output: schema(v.array(Item)),
  async run({ name: given, targets }, scope) {
    const { tenant, caller, db } = scope
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    const name = relationNamed(given)
    if (!name.ok) return name
    const known = cachedTypes(tenant, ['user'])
    const statement = statements[caller.key][name.value]
    const answer = await db.transact([
      describeStatement(tenant.schema, known),
      statement(tenant.schema, { caller: caller.user.id, targets }),
    ])
    if (!answer.ok) return err(failureOf(answer.error))
    const types = describedTypes(tenant, known, answer.value[0] ?? [])
    const added = new Map(
      shownUsers(foundIn(answer.value[1]), types.get('user'), scope).map((item) => [item.id, item]),
    )
    return ok({ result: targets.map((id) => added.get(id) ?? { id, type: 'error', data: NOBODY }) })
  },
})

/** In order of ids, so that two of these do not wait for each other. */
function statementsFor(isMaster: boolean): Readonly<Record<Relation['name'], Prepared>> {
  const into = (table: Relation['name']) =>
    prepare(sql`
      with _target as (select _profile.* from ${readableProfiles(isMaster)}
        and _profile._id = any(${sql.placeholder('targets')}::text[])),
      _added as (insert into ${inTenant(table)} (left_id, right_id)
        select ${callerId}, _target._id from _target order by _target._id on conflict do nothing)
      select json_build_object(
        'users', (select coalesce(json_agg(row_to_json(_target)), '[]') from _target), 'roles', ${callersRoles}) as found`)
  return { _friend: into('_friend'), _follow: into('_follow') }
}

const client = statementsFor(false)
const statements = { none: client, client, master: statementsFor(true) }
