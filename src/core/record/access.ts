import { sql, type SQL } from 'drizzle-orm'
import { err, ok, type Result } from '../result.ts'
import { inTenant } from '../sql.ts'
import { isStorable } from './name.ts'

/** One entry of a record's `_access` (v1 protocol, section 5.8), stored and echoed as sent. */
export type AccessEntry = {
  readonly level: 'read' | 'write'
  readonly public?: true
  readonly role?: string
  readonly user_id?: string
  readonly relation?: string
}

/** `_access` of a record to save: null where the record keeps what it has. */
export function parseAccess(wire: unknown): Result<readonly AccessEntry[] | null, string> {
  if (wire === undefined || wire === null) return ok(null)
  if (!Array.isArray(wire)) return err('_access is not an array')
  const entries: AccessEntry[] = []
  for (const entry of wire as readonly unknown[]) {
    const parsed = parseEntry(entry)
    if (!parsed) return err('_access has an entry without a level (read, write) or without anybody it is for')
    entries.push(parsed)
  }
  return ok(entries)
}

function parseEntry(wire: unknown): AccessEntry | null {
  if (typeof wire !== 'object' || wire === null) return null
  const { level, public: everyone, role, user_id, relation } = wire as Readonly<Record<string, unknown>>
  if (level !== 'read' && level !== 'write') return null
  const name = (given: unknown): given is string =>
    typeof given === 'string' && given !== '' && isStorable(given)
  const entry: AccessEntry = {
    level,
    ...(everyone === true && { public: true as const }),
    ...(name(role) && { role }),
    ...(name(user_id) && { user_id }),
    ...(name(relation) && { relation }),
  }
  return Object.keys(entry).length > 1 || everyone === false ? entry : null
}

/**
 * Whether `user` (SQL text, or null for anonymous) may read or write the row (v1 protocol, section 5.8), as SQL.
 * Any entry grants reading; only a write entry grants writing.
 * A row without entries is everybody's, but a user record without entries is only its owner's to write: the old
 * server let any user write any other's profile.
 */
export function mayAccess(row: SQL, level: 'read' | 'write', user: SQL | null, recordType: string): SQL {
  const column = (name: string) => sql`${row}.${sql.identifier(name)}`
  const conditions: SQL[] = []
  if (level === 'read' || recordType !== 'user') conditions.push(sql`${column('_access')} is null`)
  if (user) conditions.push(sql`${column('_owner_id')} = ${user}`)
  // In a query of its own, so that it is asked once, and only where a row has entries to compare with.
  const grants = sql`(select ${inTenant('_record_grants')}(${user ?? sql`null`}, ${sql.raw(`'${level}'`)}))::jsonb[]`
  conditions.push(sql`${column('_access')} @> any (${grants})`)
  return sql`(${sql.join(conditions, sql` or `)})`
}
