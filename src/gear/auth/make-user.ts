import { fail, type Failure } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import type { Statement } from '../../core/ports.ts'
import { wantedBy } from '../../core/record/extend.ts'
import type { Fields } from '../../core/record/fields.ts'
import { addedStatements, tellSaved } from '../../core/record/hooks.ts'
import type { RecordDraft } from '../../core/record/upsert.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { accountOf, accountStatement, authResponse, sessionValues, startSession } from './account.ts'
import type { Audit } from './audit.ts'
import type { LoginId } from './auth-data.ts'
import { greet } from './greet.ts'
import {
  createProfile,
  createUser,
  noteLogin,
  noteLoginInProfile,
  setProfileLoginIds,
  takenOr,
} from './new-user.ts'

/** A user to make. The draft is the user record as hooks are asked about it; its key is the user's id. */
type NewUser = {
  readonly draft: RecordDraft
  readonly loginIds: readonly LoginId[]
  /** What the record is made of beside the login ids. */
  readonly profile: Fields
  /** Those of its fields that are stored whatever the rules of their type say. */
  readonly granted: readonly string[]
  /** Further fields that the type must have. */
  readonly required?: Fields
  /** Before the user is there. */
  readonly before?: readonly Statement[]
  /** What finds the user, and proves it. */
  readonly credentials: readonly Statement[]
}

/** Makes a user and starts a session, everything in one transaction: a user is whole or not there. */
export async function makeUser(
  { draft, loginIds, profile, granted, required = {}, before = [], credentials }: NewUser,
  audit: Audit,
  scope: Scope,
): Promise<Result<{ result: Awaited<ReturnType<typeof authResponse>> }, Failure>> {
  const { schema, userKeys } = scope.tenant
  const { key: userId } = draft
  const sessionId = scope.newId()
  const ids = { user: userId, identity: null, ...sessionValues(scope, sessionId) }
  const wanted = wantedBy([
    { type: 'user', fields: profile },
    { type: 'user', fields: required },
  ])
  if (!wanted.ok) return wanted
  const written = await writeTyped(
    scope,
    wanted.value,
    (columns, access) => [
      ...before,
      createUser(schema, ids),
      ...credentials,
      startSession(schema, ids),
      createProfile(
        schema,
        { userId, loginIds, granted, profile, access: access('user') },
        columns('user'),
        scope.caller,
      ),
      ...setProfileLoginIds(schema, userId, profile, userKeys),
      ...addedStatements([draft], scope),
      audit.note,
      accountStatement(schema, ids),
      // Last, so that the answer has the times of before: a new user never logged in and was never seen.
      noteLogin(schema, ids),
      noteLoginInProfile(schema, ids),
    ],
    takenOr,
  )
  if (!written.ok) return audit.settle(err(written.error))
  const account = accountOf(written.value.rows.at(-3))
  if (!account) return err(fail('UnexpectedAuthInfoNotFound', 'the new user is not there'))
  tellSaved([{ type: draft.type, key: userId, change: 'created' }], scope)
  greet(userId, account.profile, scope)
  return audit.settle(ok({ result: await authResponse(scope, account, sessionId, written.value.types) }))
}
