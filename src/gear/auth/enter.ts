import type { Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import type { Scope } from '../../core/gear.ts'
import type { Statement } from '../../core/ports.ts'
import { cachedTypes, describedTypes, describeStatement } from '../../core/record/types.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { accountOf, accountStatement, authResponse, expiryOf, startSession, timestampOf } from './account.ts'
import { NO_USER } from './me.ts'

type Answer = Awaited<ReturnType<typeof authResponse>>

/**
 * Starts a session for a user in one transaction, after `before` and with `after` on what is answered: the auth
 * response has the user as between the two.
 */
export async function enter(
  scope: Scope,
  userId: string,
  before: readonly Statement[],
  after: readonly Statement[] = [],
): Promise<Result<{ result: Answer }, Failure>> {
  const { tenant, db, caller } = scope
  const ids = { user: userId, session: scope.newId() }
  const known = cachedTypes(tenant, ['user'])
  const entered = await db.transact([
    describeStatement(tenant.schema, known),
    ...before,
    accountStatement(tenant.schema, ids),
    startSession(tenant.schema, {
      ...ids,
      client: caller.clientId,
      expiresAt: timestampOf(expiryOf(scope)),
    }),
    ...after,
  ])
  if (!entered.ok) return err(entered.error.code === '23503' ? NO_USER : failureOf(entered.error))
  const account = accountOf(entered.value[1 + before.length])
  if (!account) return err(NO_USER)
  const types = describedTypes(tenant, known, entered.value[0] ?? [])
  return ok({ result: await authResponse(scope, account, ids.session, types) })
}
