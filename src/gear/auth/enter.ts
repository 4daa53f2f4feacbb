import type { Failure } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import type { Statement } from '../../core/ports.ts'
import { cachedTypes, describedTypes, describeStatement } from '../../core/record/types.ts'
import { err, ok, type Result } from '../../core/result.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  sessionValues,
  startSession,
  type statementsAbout,
} from './account.ts'
import { notEntered, NO_USER } from './me.ts'
import { withProfile } from './missing-profile.ts'

type Answer = Awaited<ReturnType<typeof authResponse>>

/** Statements about whom a way of entering finds. */
type Entrance = Pick<ReturnType<typeof statementsAbout>, 'accountStatement' | 'startSession'>

/** By the user's id, which is known, and the identity that was found, if one was. */
export const enter = (
  scope: Scope,
  { user, identity = null }: { readonly user: string; readonly identity?: string | null | undefined },
  before: readonly Statement[],
  after: readonly Statement[] = [],
): Promise<Result<{ result: Answer }, Failure>> =>
  enterBy(scope, { accountStatement, startSession }, { user, identity }, before, after)

/**
 * Starts a session for a user in one transaction, after `before` and with `after` on what is answered: the auth
 * response has the user as between the two. `values` are those by which the entrance finds the user.
 */
export async function enterBy(
  scope: Scope,
  entrance: Entrance,
  values: Readonly<Record<string, unknown>>,
  before: readonly Statement[],
  after: readonly Statement[],
): Promise<Result<{ result: Answer }, Failure>> {
  const { tenant, db } = scope
  const session = scope.newId()
  const known = cachedTypes(tenant, ['user'])
  const entered = await withProfile(scope, async () => {
    const answer = await db.transact([
      describeStatement(tenant.schema, known),
      ...before,
      entrance.accountStatement(tenant.schema, values),
      entrance.startSession(tenant.schema, { ...values, ...sessionValues(scope, session) }),
      ...after,
    ])
    return answer.ok ? answer : err(notEntered(answer.error))
  })
  if (!entered.ok) return entered
  const account = accountOf(entered.value[1 + before.length])
  if (!account) return err(NO_USER)
  const types = describedTypes(tenant, known, entered.value[0] ?? [])
  return ok({ result: await authResponse(scope, account, session, types) })
}
