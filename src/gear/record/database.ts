import type { Caller } from '../../core/caller.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** Which rows an action deals with: `id` is their `_database_id`; null for all of them (the union). */
export type RecordDatabase = { readonly id: string | null }

/** `database_id` → the record database, as v1 protocol, section 2.5 has it. */
export function selectDatabase(databaseId: unknown, caller: Caller): Result<RecordDatabase, Failure> {
  if (typeof databaseId !== 'string' || databaseId === '' || databaseId === '_public') return ok({ id: '' })
  const isMaster = caller.key === 'master'
  if (databaseId === '_private')
    return caller.user
      ? ok({ id: caller.user.id })
      : err(fail('NotAuthenticated', 'the private database is a user’s'))
  if (databaseId === '_union')
    return isMaster
      ? ok({ id: null })
      : err(fail('NotAuthenticated', 'the union database needs the master key'))
  if (databaseId.startsWith('_')) return err(invalid('no such database', 'database_id'))
  return isMaster || caller.user?.id === databaseId
    ? ok({ id: databaseId })
    : err(fail('PermissionDenied', 'not the caller’s database'))
}
