import * as v from 'valibot'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { err } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { AuthResponse } from './account.ts'
import { auditing } from './audit.ts'
import { enter } from './enter.ts'
import { masterOnly } from './master-only.ts'
import { NO_USER } from './me.ts'
import { newPassword, setPasswordStatements, storedPassword, storedPasswordOf } from './new-password.ts'

const Text = v.pipe(v.string(), v.minLength(1))

/** Also gives a password to who has none: with a login id saved in the profile, an anonymous user becomes a full one. */
export const resetPassword = action({
  summary: 'Gives a user a new password and ends all of their sessions. Two round trips, as a change.',
  access: 'key',
  input: schema(v.object({ auth_id: Text, password: Text })),
  output: AuthResponse,
  async run({ auth_id, password }, scope) {
    const allowed = masterOnly(scope.caller)
    if (!allowed.ok) return allowed
    const audit = auditing(scope, 'reset_password', auth_id)
    const read = await scope.db.transact([storedPassword(scope, auth_id)])
    if (!read.ok) return err(failureOf(read.error))
    const stored = storedPasswordOf(read.value[0])
    if (!stored) return err(NO_USER)
    const fresh = await newPassword(password, stored.profile ?? {}, stored, scope)
    if (!fresh.ok) return audit.settle(err(fresh.error))
    const statements = setPasswordStatements(scope, auth_id, null, fresh.value)
    return audit.settle(await enter(scope, { user: auth_id }, [...statements, audit.note]))
  },
})
