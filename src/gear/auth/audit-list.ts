import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { AUDIT_LISTED_MAX } from '../../core/limits.ts'
import { isStorable } from '../../core/record/name.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { masterOnly } from './master-only.ts'

const Text = v.pipe(v.string(), v.check(isStorable, 'is not valid text'))
const Number = v.pipe(v.number(), v.integer(), v.minValue(1))

const Entry = v.object({
  /** Rises with time. */
  id: v.number(),
  at: v.string(),
  event: v.string(),
  /** OK, or the name of the failure. */
  result: v.string(),
  /** Whom it is about. */
  auth_id: v.nullable(v.string()),
  /** Who asked for it; null: nobody was logged in. */
  actor_id: v.nullable(v.string()),
  request_id: v.string(),
  address: v.nullable(v.string()),
  user_agent: v.nullable(v.string()),
  /** What proxies said of the address; anybody can say it. */
  claims: AnyObject,
  data: AnyObject,
})

export const listAudit = action({
  summary: 'The audit trail, newest first; `before`: an id, to go on from it. An extension; master key.',
  access: 'key',
  input: schema(
    v.object({
      auth_id: v.nullish(Text),
      event: v.nullish(Text),
      before: v.nullish(Number),
      limit: v.nullish(v.pipe(Number, v.maxValue(AUDIT_LISTED_MAX)), 100),
    }),
  ),
  output: schema(v.array(Entry)),
  async run({ auth_id = null, event = null, before = null, limit }, { tenant, caller, db }) {
    const allowed = masterOnly(caller)
    if (!allowed.ok) return allowed
    const read = await db.transact([list(tenant.schema, { user: auth_id, event, before, limit })])
    if (!read.ok) return err(failureOf(read.error))
    return ok({ result: (read.value[0]?.[0]?.['entries'] ?? []) as v.InferOutput<typeof Entry>[] })
  },
})

const { audit } = tenantTables(authTables)

const list = prepare(
  sql`select coalesce(json_agg(json_build_object('id', a.id,
      'at', to_char(a.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'event', a.event, 'result', a.result,
      'auth_id', a.auth_id, 'actor_id', a.actor_id, 'request_id', a.request_id, 'address', a.address,
      'user_agent', a.user_agent, 'claims', a.claims, 'data', a.data) order by a.id desc), '[]') as entries
    from (select * from ${audit} as one
      where (${sql.placeholder('user')}::text is null or one.auth_id = ${sql.placeholder('user')})
        and (${sql.placeholder('event')}::text is null or one.event = ${sql.placeholder('event')})
        and (${sql.placeholder('before')}::bigint is null or one.id < ${sql.placeholder('before')})
      order by one.id desc limit ${sql.placeholder('limit')}::int) as a`,
  'entries',
)
