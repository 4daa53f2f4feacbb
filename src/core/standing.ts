import type { Caller } from './caller.ts'
import type { Failure } from './failure.ts'
import type { Check } from './ports.ts'
import { checkIn } from './sql.ts'
import type { Tenant } from './tenant.ts'

/**
 * What the transactions of a caller begin with after the guard, in the same statement: whom the master key stands in for
 * is there from then on (v1 protocol, section 2.1), and the password behind a session is not older than the app lets it
 * be (SG126; section 4.3). `mayBeExpired`: the action is how such a password is changed.
 */
export function standingChecks(
  { schema, passwordPolicy }: Tenant,
  { user }: Caller,
  mayBeExpired: boolean,
): readonly Check[] {
  if (!user) return []
  if (user.sessionId === null) return [{ ...checkIn(schema, '_auth_stand_in', [user.id]), writes: true }]
  const { expiry_days: days } = passwordPolicy
  return days > 0 && !mayBeExpired ? [checkIn(schema, '_auth_require_fresh_password', [user.id, days])] : []
}

/** That the user is verified (SG128), where the app asks for it (v1 protocol, section 2.6); the master key may do without. */
export const verificationChecks = (
  { schema, verificationRequired }: Tenant,
  { user }: Caller,
): readonly Check[] =>
  verificationRequired && user && user.sessionId !== null
    ? [checkIn(schema, '_auth_require_verified', [user.id])]
    : []

/** Whether it is the caller's standing that refuses: where a user is optional, such a one is nobody (section 2.3). */
export const isOfStanding = ({ name }: Failure): boolean =>
  name === 'UserDisabled' || name === 'PasswordPolicyViolated'
