import { sql, type SQL } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { isStorable } from '../../core/record/name.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { auditing } from './audit.ts'
import { masterOnly } from './master-only.ts'

const Id = v.pipe(v.string(), v.minLength(1), v.check(isStorable, 'is not valid text'))

const Session = v.object({
  id: v.string(),
  created_at: v.string(),
  /** Null: until it is ended. */
  expires_at: v.nullable(v.string()),
  /** How the user was found: `login_id`, `oauth`, `custom_token`, `record_keys` or `anonymous`. */
  identity_type: v.nullable(v.string()),
  /** As Cloudflare's edge saw it. */
  created_by_ip: v.nullable(v.string()),
  user_agent: v.nullable(v.string()),
})

/** An extension to v1, for the server of an app: who is logged in, on how many devices. */
export const listSessions = action({
  summary: 'The sessions of a user that have not run out, newest first. An extension; master key.',
  access: 'key',
  input: schema(v.object({ auth_id: Id })),
  output: schema(v.array(Session)),
  async run({ auth_id }, { tenant, caller, db }) {
    const allowed = masterOnly(caller)
    if (!allowed.ok) return allowed
    const read = await db.transact([list(tenant.schema, { user: auth_id })])
    if (!read.ok) return err(failureOf(read.error))
    return ok({ result: (read.value[0]?.[0]?.['sessions'] ?? []) as v.InferOutput<typeof Session>[] })
  },
})

/** As v2's `session/revoke`: a session that is not there, or somebody else's, is none to end. */
export const revokeSessions = action({
  summary: 'Ends a session of a user, or all of them where none is named. An extension; master key.',
  access: 'key',
  input: schema(v.object({ auth_id: Id, session_id: v.nullish(Id) })),
  output: schema(v.object({ status: v.literal('OK') })),
  async run({ auth_id, session_id = null }, scope) {
    const { tenant, caller, db } = scope
    const allowed = masterOnly(caller)
    if (!allowed.ok) return allowed
    const audit = auditing(scope, 'revoke_sessions', auth_id, { session_id })
    const ended = await db.transact([
      revoke(tenant.schema, { user: auth_id, session: session_id }),
      audit.note,
    ])
    return audit.settle(ended.ok ? ok({ result: { status: 'OK' as const } }) : err(failureOf(ended.error)))
  },
})

const { session } = tenantTables(coreTables)

const inWords = (time: SQL): SQL => sql`to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

const list = prepare(
  sql`select coalesce(json_agg(json_build_object('id', s.id, 'created_at', ${inWords(sql`s.created_at`)},
      'expires_at', ${inWords(sql`s.expires_at`)}, 'identity_type', s.identity_type,
      'created_by_ip', s.initial_access #>> '{remote,remote_addr}',
      'user_agent', s.initial_access ->> 'user_agent') order by s.created_at desc, s.id), '[]') as sessions
    from ${session} as s where s.user_id = ${sql.placeholder('user')}
      and (s.expires_at is null or s.expires_at > timezone('utc', now()))`,
  'sessions',
)

const revoke = prepare(sql`
  delete from ${session} where user_id = ${sql.placeholder('user')}
    and (${sql.placeholder('session')}::text is null or id = ${sql.placeholder('session')})`)
