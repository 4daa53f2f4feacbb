import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../core/caller.ts'
import type { Failure } from '../../core/failure.ts'
import { STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import { mayAccess } from '../../core/record/access.ts'
import { ok, type Result } from '../../core/result.ts'
import { selectDatabase } from './database.ts'

/** Who reads, and from which record database (null: from all). */
export type Reader = {
  readonly userId: string | null
  readonly isMaster: boolean
  readonly databaseId: string | null
}

export function readerOf(caller: Caller, databaseId: unknown): Result<Reader, Failure> {
  const database = selectDatabase(databaseId, caller)
  if (!database.ok) return database
  return ok({
    userId: caller.user?.id ?? null,
    isMaster: caller.key === 'master',
    databaseId: database.value.id,
  })
}

/**
 * Whether the row is in the reader's database and the reader may read it, as SQL with the placeholders of
 * `readerValues`. A private database is its user's whole (v1 protocol, section 5.6): only the public one has record
 * ACLs. The same for all readers of one `readerShape`.
 */
export function mayRead(row: SQL, type: string, { userId, isMaster, databaseId }: Reader): SQL {
  if (databaseId === null) return sql`true`
  const inDatabase = sql`${row}."_database_id" = ${sql.placeholder('database')}`
  if (isMaster || databaseId !== '') return inDatabase
  const user = userId === null ? null : sql`${sql.placeholder('reader')}`
  return sql`${inDatabase} and ${mayAccess(row, 'read', user, type)}`
}

export const readerValues = ({ userId, databaseId }: Reader) => ({ database: databaseId, reader: userId })

export const readerShape = ({ userId, isMaster, databaseId }: Reader): string =>
  databaseId === null
    ? 'union'
    : isMaster || databaseId !== ''
      ? 'whole'
      : userId === null
        ? 'nobody'
        : 'user'

/**
 * Fields that the reader may neither see nor ask about: a user's login ids, for whoever is not logged in (the field
 * access entries that every Skygear database starts with, v1 protocol, section 5.9).
 */
export const hiddenFields = (type: string, { userId, isMaster }: Reader): ReadonlySet<string> =>
  type === 'user' && userId === null && !isMaster ? LOGIN_ID_FIELDS : NOTHING

const LOGIN_ID_FIELDS: ReadonlySet<string> = new Set(STANDARD_LOGIN_ID_KEYS)
const NOTHING: ReadonlySet<string> = new Set()
