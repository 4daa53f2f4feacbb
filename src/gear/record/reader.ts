import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../core/caller.ts'
import type { Failure } from '../../core/failure.ts'
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

/**
 * Whether a reference in the reader's database leads to the row: to one of the same database or, out of a private one,
 * to what its user may read in the public one. As SQL, like `mayRead`.
 */
export function mayReach(row: SQL, type: string, reader: Reader): SQL {
  const here = mayRead(row, type, reader)
  if (reader.databaseId === null || reader.databaseId === '') return here
  const inPublic = sql`${row}."_database_id" = ''`
  const { userId, isMaster } = reader
  if (isMaster || userId === null) return isMaster ? sql`(${here} or ${inPublic})` : here
  return sql`(${here} or ${inPublic} and ${mayAccess(row, 'read', sql`${sql.placeholder('reader')}`, type)})`
}

export const readerValues = ({ userId, databaseId }: Reader) => ({ database: databaseId, reader: userId })

export const readerShape = ({ userId, isMaster, databaseId }: Reader): string => {
  if (databaseId === null) return 'union'
  const who = isMaster ? 'master' : userId === null ? 'nobody' : 'user'
  return databaseId === '' ? who : `${who} in private`
}
