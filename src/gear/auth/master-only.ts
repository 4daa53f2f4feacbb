import type { Caller } from '../../core/caller.ts'
import { fail, type Failure } from '../../core/failure.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** The master key and nothing else (v1 protocol, section 2.3, require_master_key). */
export const masterOnly = ({ key }: Caller): Result<void, Failure> =>
  key === 'master' ? ok(undefined) : err(fail('PermissionDenied', 'master key required'))
