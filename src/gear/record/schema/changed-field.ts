import { fail, type Failure } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import type { SqlFault } from '../../../core/ports.ts'
import { err, ok, type Result } from '../../../core/result.ts'

/** Fields of the user record that signing up and logging in write. */
const KEPT = ['username', 'email', 'last_login_at']

/** Whether a field is the app's to rename or drop. */
export const mayChange = (type: string, field: string): Result<void, Failure> =>
  type === 'user' && KEPT.includes(field)
    ? err(fail('PermissionDenied', `user.${field} is what users log in by`))
    : ok(undefined)

/** 42P01, 42703: no such table, column. 42701: the new name is taken, which v1 answers with the same 110. */
const NOT_THERE = ['42P01', '42703', '42701']

/** Why a field could not be renamed or dropped (v1 protocol, section 6). */
export function changeFailure(fault: SqlFault): Failure {
  if (NOT_THERE.includes(fault.code))
    return fail('ResourceNotFound', 'there is no such type or field, or one of the new name')
  // 2BP01: dependent objects still exist, as a view of an adopted database.
  if (fault.code === '2BP01')
    return fail('ConstraintViolated', 'something in the database depends on the field')
  return failureOf(fault)
}
