import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, invalid } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { DIRECTIONS, relatedUsers, type Relation } from '../../core/record/relation.ts'
import { cachedTypes, describedTypes, describeStatement } from '../../core/record/types.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, type Prepared } from '../../core/sql.ts'
import { relationNamed } from './input.ts'
import { caller as callerId, callersRoles, foundIn, Item, readableProfiles, shownUsers } from './users.ts'

const Natural = v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0)

export const query = action({
  summary: 'The users who stand in a relation to the caller, by id: a page of them, and how many there are.',
  access: 'user',
  gated: true,
  input: schema(
    v.object({
      name: v.string(),
      direction: v.nullish(v.string(), ''),
      limit: Natural,
      offset: Natural,
      page: Natural,
    }),
  ),
  output: schema(v.array(Item)),
  async run({ name: given, direction: towards, limit, offset, page }, scope) {
    const { tenant, caller, db } = scope
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    const name = relationNamed(given)
    if (!name.ok) return name
    const direction = DIRECTIONS.find((known) => known === (towards || 'mutual'))
    if (!direction) return err(invalid('direction is outward, inward or mutual', 'direction'))
    // As in a query of records: page counts only where offset says nothing.
    const first = offset || limit * Math.max(page - 1, 0)
    if (!Number.isSafeInteger(first)) return err(invalid('page is out of range', 'page'))

    const known = cachedTypes(tenant, ['user'])
    const statement = statements[caller.key][name.value][direction]
    const answer = await db.transact(
      [
        describeStatement(tenant.schema, known),
        statement(tenant.schema, { caller: caller.user.id, limit: limit || null, offset: first }),
      ],
      { readOnly: true },
    )
    if (!answer.ok) return err(failureOf(answer.error))
    const types = describedTypes(tenant, known, answer.value[0] ?? [])
    const found = foundIn(answer.value[1])
    return ok({
      result: shownUsers(found, types.get('user'), scope),
      info: { count: found.count ?? 0 },
    })
  },
})

function statementOf(relation: Relation, isMaster: boolean): Prepared {
  const related = sql`from ${readableProfiles(isMaster)} and _profile._id in (${relatedUsers(relation, callerId)})`
  return prepare(sql`
    select json_build_object(
      'users', (select coalesce(json_agg(row_to_json(_page)), '[]') from (select _profile.* ${related} order by _profile._id
        limit ${sql.placeholder('limit')}::bigint offset ${sql.placeholder('offset')}::bigint) as _page),
      'count', (select count(*) ${related}),
      'roles', ${callersRoles}) as found`)
}

const byDirection = (name: Relation['name'], isMaster: boolean) => ({
  outward: statementOf({ name, direction: 'outward' }, isMaster),
  inward: statementOf({ name, direction: 'inward' }, isMaster),
  mutual: statementOf({ name, direction: 'mutual' }, isMaster),
})
const byRelation = (isMaster: boolean) => ({
  _friend: byDirection('_friend', isMaster),
  _follow: byDirection('_follow', isMaster),
})
const client = byRelation(false)
const statements = { none: client, client, master: byRelation(true) }
