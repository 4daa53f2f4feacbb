import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { fail, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { cachedTypes, describedTypes, describeStatement } from '../../core/record/types.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  AuthResponse,
  sessionValues,
  startSession,
  sweepSessions,
} from './account.ts'
import { noProfileOr, withProfile } from './missing-profile.ts'

/** Only the master key can be in the place of nobody, and that is its holder's doing: the catalogue's 500 is not. */
export const NO_USER: Failure = {
  ...fail('UnexpectedAuthInfoNotFound', 'there is no such user'),
  status: 404,
}

/** Why a session of a user is not there. */
export const notEntered = noProfileOr((fault) => (fault.code === '23503' ? NO_USER : failureOf(fault)))

export const me = action({
  summary:
    'The user who calls, with a fresh token. Two round trips more where the user record is missing: it is made.',
  access: 'user',
  gated: true,
  input: schema(v.object({})),
  output: AuthResponse,
  async run(_, scope) {
    const { tenant, caller, db } = scope
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    // The new token is one more of the same session, so that logging out ends them all and calling `me` leaves no
    // rows behind. The master key in a user's place has no session yet.
    const sessionId = caller.user.sessionId ?? scope.newId()
    const ids = { user: caller.user.id, identity: null, ...sessionValues(scope, sessionId) }
    const known = cachedTypes(tenant, ['user'])
    const isStandIn = caller.user.sessionId === null
    const read = await withProfile(scope, async () => {
      const answer = await db.transact([
        describeStatement(tenant.schema, known),
        accountStatement(tenant.schema, ids),
        // The user before the sessions, as a change of the password locks them.
        noteSeen(tenant.schema, ids),
        ...(isStandIn
          ? [startSession(tenant.schema, ids), sweepSessions(tenant.schema, ids)]
          : [prolongSession(tenant.schema, ids)]),
      ])
      return answer.ok ? answer : err(notEntered(answer.error))
    })
    if (!read.ok) return read
    const account = accountOf(read.value[1])
    if (!account) return err(NO_USER)
    const types = describedTypes(tenant, known, read.value[0] ?? [])
    return ok({ result: await authResponse(scope, account, sessionId, types) })
  },
})

const { user, session } = tenantTables(coreTables)

const prolongSession = prepare(sql`
  update ${session} set expires_at = ${sql.placeholder('expiresAt')}::timestamp,
    access_token_created_at = timezone('utc', now()), accessed_at = timezone('utc', now()),
    last_access = ${sql.placeholder('access')}::jsonb
  where id = ${sql.placeholder('session')}`)

const noteSeen = prepare(
  sql`update ${user} set last_seen_at = timezone('utc', now()) where id = ${sql.placeholder('user')}`,
)
