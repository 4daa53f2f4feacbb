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
  expiryOf,
  startSession,
  sweepSessions,
  timestampOf,
} from './account.ts'
import { ensureUser } from './new-user.ts'

/** Only the master key can be in the place of nobody, and that is its holder's doing: the catalogue's 500 is not. */
export const NO_USER: Failure = {
  ...fail('UnexpectedAuthInfoNotFound', 'there is no such user'),
  status: 404,
}

export const me = action({
  summary: 'The user who calls, with a fresh token.',
  access: 'user',
  gated: true,
  input: schema(v.object({})),
  output: AuthResponse,
  async run(_, scope) {
    const { tenant, caller, db } = scope
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    // The new token is one more of the same session, so that logging out ends them all and calling `me` leaves no
    // rows behind. The master key in a user's place has no session yet.
    const ids = { user: caller.user.id, session: caller.user.sessionId ?? scope.newId() }
    const expiresAt = timestampOf(expiryOf(scope))
    const known = cachedTypes(tenant, ['user'])
    const isStandIn = caller.user.sessionId === null
    const answer = await db.transact([
      describeStatement(tenant.schema, known),
      // Whom the master key stands in for is there from then on (v1 protocol, section 2.1).
      ...(isStandIn ? [ensureUser(tenant.schema, ids)] : []),
      accountStatement(tenant.schema, ids),
      // The user before the sessions, as a change of the password locks them.
      noteSeen(tenant.schema, ids),
      ...(isStandIn
        ? [
            startSession(tenant.schema, { ...ids, client: null, expiresAt }),
            sweepSessions(tenant.schema, ids),
          ]
        : [prolongSession(tenant.schema, { ...ids, expiresAt })]),
    ])
    if (!answer.ok) return err(answer.error.code === '23503' ? NO_USER : failureOf(answer.error))
    const account = accountOf(answer.value[isStandIn ? 2 : 1])
    if (!account) return err(NO_USER)
    const types = describedTypes(tenant, known, answer.value[0] ?? [])
    return ok({ result: await authResponse(scope, account, ids.session, types) })
  },
})

const { user, session } = tenantTables(coreTables)

const prolongSession = prepare(sql`
  update ${session} set expires_at = ${sql.placeholder('expiresAt')}::timestamp
  where id = ${sql.placeholder('session')}`)

const noteSeen = prepare(
  sql`update ${user} set last_seen_at = timezone('utc', now()) where id = ${sql.placeholder('user')}`,
)
