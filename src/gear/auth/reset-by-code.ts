import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import { isStorable } from '../../core/record/name.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare } from '../../core/sql.ts'
import { auditing } from './audit.ts'
import { limited } from './limits.ts'
import { newPassword, setPasswordStatements, storedPassword, storedPasswordOf } from './new-password.ts'

const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.check(isStorable, 'is not valid text'))

/** Who sets a password by which link. */
export const ResetLink = {
  user_id: Text,
  code: Text,
  /** Unix time, as the link has it: a number to the SDK, a text to a form. */
  expire_at: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,12}$/), v.transform(Number))]),
    v.safeInteger(),
    v.minValue(1),
  ),
}
type Reset = {
  readonly user_id: string
  readonly code: string
  readonly expire_at: number
  readonly new_password: string
}

/** One answer for whatever is wrong with a link, and for a user who is not there. */
const WRONG_CODE: Failure = fail('ResourceNotFound', 'the code is wrong or has expired')

export const resetPasswordByCode = action({
  summary: 'Sets a new password by a code that was sent. Two round trips, as a change.',
  access: 'key',
  input: schema(
    v.object({ args: v.object({ ...ResetLink, new_password: v.pipe(v.string(), v.minLength(1)) }) }),
  ),
  output: schema(v.object({ status: v.literal('OK') })),
  async run({ args }, scope) {
    const reset = await resetBy(args, scope)
    return reset.ok ? ok({ result: { status: 'OK' as const } }) : reset
  },
})

/**
 * Sets the password and ends all of the user's sessions; the code and others like it are worth nothing then. A code
 * that is none costs no hash; one that is used twice at once counts once.
 */
export async function resetBy(
  { user_id, code, expire_at, new_password }: Reset,
  scope: Scope,
): Promise<Result<void, Failure>> {
  const { db, tenant } = scope
  // Nobody guesses such a code; counted by account, anybody could use up the account's attempts.
  const attempt = await limited(scope, 'code', null)
  if (!attempt.ok) return attempt
  const values = { user: user_id, code, expireAt: expire_at }
  const read = await db.transact([find(tenant.schema, values), storedPassword(scope, user_id)])
  if (!read.ok) return err(failureOf(read.error))
  const stored = storedPasswordOf(read.value[1])
  if (read.value[0]?.[0]?.['found'] !== true || !stored) return err(WRONG_CODE)
  attempt.value.passed()
  const audit = auditing(scope, 'reset_password', user_id, { by: 'code' })
  const fresh = await newPassword(new_password, stored.profile ?? {}, stored, scope)
  if (!fresh.ok) return audit.settle(fresh)
  const set = await db.transact([
    redeem(tenant.schema, values),
    ...setPasswordStatements(scope, user_id, null, fresh.value),
    audit.note,
  ])
  return audit.settle(set.ok ? ok(undefined) : err(failureOf(set.error)))
}

const call = (name: string) =>
  sql`${inTenant(name)}(${sql.placeholder('user')}, ${sql.placeholder('code')}, ${sql.placeholder('expireAt')}::bigint)`
const find = prepare(sql`select ${call('_auth_find_reset')} is not null as found`, 'found')
const redeem = prepare(sql`select ${call('_auth_redeem_reset')}`)
