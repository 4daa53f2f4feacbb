import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, failureBody } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import type { Relation } from '../../core/record/relation.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare } from '../../core/sql.ts'
import { relationNamed, Targets } from './input.ts'
import { Item } from './users.ts'

/** The old server said nothing here but that it is an error. */
const NOT_RELATED = failureBody(fail('ResourceNotFound', 'not related'))

export const remove = action({
  summary: 'Ends what the caller began with users; what they began stays.',
  access: 'user',
  gated: true,
  input: schema(v.object({ name: v.string(), targets: Targets })),
  output: schema(v.array(Item)),
  async run({ name: given, targets }, { tenant, caller, db }) {
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    const name = relationNamed(given)
    if (!name.ok) return name
    const answer = await db.transact([
      statements[name.value](tenant.schema, { caller: caller.user.id, targets }),
    ])
    if (!answer.ok) return err(failureOf(answer.error))
    const removed = new Set((answer.value[0]?.[0]?.['removed'] ?? []) as readonly string[])
    return ok({
      result: targets.map((id) => (removed.has(id) ? { id } : { id, type: 'error', data: NOT_RELATED })),
    })
  },
})

const from = (table: Relation['name']) =>
  prepare(sql`
    with _removed as (delete from ${inTenant(table)} where left_id = ${sql.placeholder('caller')}
      and right_id = any(${sql.placeholder('targets')}::text[]) returning right_id)
    select coalesce(json_agg(right_id), '[]') as removed from _removed`)

const statements = { _friend: from('_friend'), _follow: from('_follow') }
