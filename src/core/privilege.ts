import { fail, type Failure } from './failure.ts'
import type { Scope } from './gear.ts'
import type { Check } from './ports.ts'
import { err, ok, type Result } from './result.ts'
import { checkIn } from './sql.ts'

type Asking = Pick<Scope, 'tenant' | 'caller'>

/** Development mode or the master key (v1 protocol, section 2.3, dev_only). */
export const developing = ({ tenant, caller }: Asking): Result<void, Failure> =>
  tenant.developmentMode || caller.key === 'master'
    ? ok(undefined)
    : err(fail('PermissionDenied', 'only in development mode or with the master key'))

/** An admin role or the master key (v1 protocol, section 2.3, require_admin), judged where the work is done. */
export const adminChecks = ({ tenant, caller }: Asking): readonly Check[] =>
  caller.key === 'master' ? [] : [checkIn(tenant.schema, '_core_require_admin', [caller.user?.id ?? null])]
