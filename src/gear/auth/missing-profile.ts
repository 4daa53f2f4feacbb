import { sql } from 'drizzle-orm'
import { authTables } from '../../../drizzle/auth.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { fail, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import type { Scope } from '../../core/gear.ts'
import { STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import type { SqlFault, Statement } from '../../core/ports.ts'
import { addedStatements, refusedBefore, tellSaved } from '../../core/record/hooks.ts'
import type { RecordType } from '../../core/record/types.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { compile, tenantTables } from '../../core/sql.ts'
import { lockUser, NO_PROFILE } from './account.ts'
import { createProfile } from './new-user.ts'
import { profileDraft } from './profile.ts'

/** A user without a user record: what `accountStatement` refuses. */
type NoProfile = { readonly userWithout: string }

/** What a refusal means where the transaction has an `accountStatement`. */
export const noProfileOr =
  (explain: (fault: SqlFault) => Failure) =>
  (fault: SqlFault): Failure | NoProfile =>
    fault.code === NO_PROFILE ? { userWithout: fault.message } : explain(fault)

/**
 * What `run`, one transaction, comes to once its user has a user record: where it refuses as there is none, one is made,
 * and it is run again. Two round trips more, and nothing of the user's is changed where none can be made.
 */
export async function withProfile<T>(
  scope: Scope,
  run: () => Promise<Result<T, Failure | NoProfile>>,
): Promise<Result<T, Failure>> {
  for (let isMade = false; ; isMade = true) {
    const done = await run()
    if (done.ok) return done
    if (!('userWithout' in done.error)) return err(done.error)
    if (isMade) return err(NOT_MADE)
    const made = await makeMissingProfile(done.error.userWithout, scope)
    if (!made.ok) return made
  }
}

const NOT_MADE: Failure = fail('UnexpectedUserNotFound', 'the user has no user record, and none can be made')

/**
 * Makes the record of a user who has none, empty but for the copies of the user's login ids, as any other is saved, hooks
 * included (v1 protocol, section 2.3: require_user).
 */
export async function makeMissingProfile(userId: string, scope: Scope): Promise<Result<void, Failure>> {
  const { schema } = scope.tenant
  const draft = profileDraft(userId, {})
  if (refusedBefore(draft, scope)) return err(NOT_MADE)
  const made = await writeTyped(
    scope,
    new Map([[draft.type, {}]]),
    (columns, access) => [
      lockUser(schema, { user: userId }),
      createProfile(
        schema,
        { userId, loginIds: [], granted: [], profile: {}, access: access(draft.type) },
        columns(draft.type),
        scope.caller,
      ),
      ...copyLoginIds(schema, userId, columns(draft.type)),
      ...addedStatements([draft], scope),
    ],
    notMadeOr,
  )
  if (made.ok) tellSaved([{ type: draft.type, key: draft.key, change: 'created' }], scope)
  // Another call of the same user may have been sooner, or another user has what the record must have: the next look tells.
  else if (made.error !== SOONER) return err(made.error)
  return ok(undefined)
}

const SOONER = 'made by another'
const notMadeOr = (fault: SqlFault): Failure | typeof SOONER => {
  if (fault.code === '23505') return SOONER
  return fault.code.startsWith('23') ? NOT_MADE : failureOf(fault)
}

const { identity, loginId } = tenantTables(authTables)
const { profile } = tenantTables(recordTables)

/** Into the fields that the type has. */
function copyLoginIds(
  schemaName: string,
  userId: string,
  columns: RecordType['columns'],
): readonly Statement[] {
  const copies = STANDARD_LOGIN_ID_KEYS.filter((key) => Object.hasOwn(columns, key)).map(
    (key) => sql`${sql.identifier(key)} = (select l.login_id from ${identity} as i
      join ${loginId} as l on l.identity_id = i.id where i.user_id = ${userId} and l.login_id_key = ${key})`,
  )
  return copies.length === 0
    ? []
    : [compile(schemaName, sql`update ${profile} set ${sql.join(copies, sql`, `)} where _id = ${userId}`)]
}
