import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import { CODE_ATTEMPTS_MAX } from '../../core/limits.ts'
import { isStorable } from '../../core/record/name.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare } from '../../core/sql.ts'
import { readCode } from './code.ts'
import { limited } from './limits.ts'

/** One answer for whatever is wrong with a code. */
const WRONG_CODE: Failure = invalid('the code is wrong or has expired', 'code')

export const verifyCode = action({
  summary: 'Verifies, by a code that was sent, that the user who calls holds an address.',
  access: 'user',
  input: schema(v.object({ args: v.object({ code: v.pipe(v.string(), v.minLength(1)) }) })),
  output: schema(v.null()),
  async run({ args }, scope) {
    const { user } = scope.caller
    if (!user) return err(fail('NotAuthenticated', 'login required'))
    const verified = await verifyBy(user.id, args.code, scope)
    return verified.ok ? ok({ result: null }) : verified
  },
})

/** Uses the code up, and answers the field that it verified. A wrong one counts against the user's codes. */
export async function verifyBy(userId: string, code: string, scope: Scope): Promise<Result<string, Failure>> {
  if (!isStorable(userId) || !isStorable(code)) return err(WRONG_CODE)
  const attempt = await limited(scope, 'code', userId)
  if (!attempt.ok) return attempt
  const values = { user: userId, code: readCode(code) }
  const answer = await scope.db.transact([redeem(scope.tenant.schema, values)])
  if (!answer.ok) return err(failureOf(answer.error))
  const key = (answer.value[0]?.[0]?.['key'] ?? null) as string | null
  if (key === null) return err(WRONG_CODE)
  attempt.value.passed()
  return ok(key)
}

const redeem = prepare(
  sql`select ${inTenant('_auth_redeem_verification')}(${sql.placeholder('user')}, ${sql.placeholder('code')},
    ${sql.raw(String(CODE_ATTEMPTS_MAX))}) as key`,
  'key',
)
