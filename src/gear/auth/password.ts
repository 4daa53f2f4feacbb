import * as v from 'valibot'
import { fail } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { err } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { AuthResponse } from './account.ts'
import { auditing } from './audit.ts'
import { enter } from './enter.ts'
import { limited } from './limits.ts'
import { makeMissingProfile } from './missing-profile.ts'
import {
  checkedPassword,
  newPassword,
  setPasswordStatements,
  storedPassword,
  storedPasswordOf,
} from './new-password.ts'

const Text = v.pipe(v.string(), v.minLength(1))

/** Every session of the user ends, the one that asks included: the answer starts the only one there is. */
export const changePassword = action({
  summary: 'Changes the password of the user who calls. Two round trips: the stored hash is needed first.',
  access: 'expired user',
  gated: true,
  input: schema(
    v.object({
      old_password: Text,
      password: Text,
      /** Accepted as v1 did: other sessions end in any case. */
      invalidate: v.nullish(v.boolean()),
    }),
  ),
  output: AuthResponse,
  async run({ old_password, password }, scope) {
    const { caller, db, passwords } = scope
    if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
    // Who took a session shall not find the password out by it.
    const [attempt, read] = await Promise.all([
      limited(scope, 'login', JSON.stringify({ user: caller.user.id })),
      db.transact([storedPassword(scope, caller.user.id)], { readOnly: true }),
    ])
    if (!attempt.ok) return attempt
    const audit = auditing(scope, 'change_password', caller.user.id)
    if (!read.ok) {
      attempt.value.forgiven()
      return err(failureOf(read.error))
    }
    const stored = storedPasswordOf(read.value[0])
    if (stored && !stored.profile) {
      const made = await makeMissingProfile(caller.user.id, scope)
      if (!made.ok) {
        attempt.value.forgiven()
        return made
      }
    }
    const hash = stored?.hash ?? null
    const old = checkedPassword(old_password)
    const proved = await passwords.verify(old.ok ? old.value : '', hash)
    if (!proved.ok) {
      attempt.value.forgiven()
      return proved
    }
    if (!stored || hash === null || !old.ok || !proved.value)
      return audit.settle(err(fail('InvalidCredentials', 'the old password is not this')))
    attempt.value.passed()
    const fresh = await newPassword(password, stored.profile ?? {}, stored, scope)
    if (!fresh.ok) return audit.settle(err(fresh.error))
    const entered = await enter(scope, { user: caller.user.id }, [
      ...setPasswordStatements(scope, caller.user.id, stored.set_at, fresh.value),
      audit.note,
    ])
    return audit.settle(entered)
  },
})
