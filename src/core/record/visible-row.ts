import { parseRole, rulesFor, type Ruled } from './field-access.ts'
import type { RecordRow } from './render.ts'

/** Whom a row is shown to: a user with the roles they hold, or whoever has the master key, who sees all. */
export type Onlooker = {
  readonly isMaster: boolean
  readonly userId: string
  readonly roles: readonly string[]
}

/**
 * A row without what its type's rules keep from the user (v1 protocol, section 5.9), and without columns that are not
 * known: what `fieldAccess` says in SQL, for rows that are read in the round trip that also tells the rules.
 */
export function visibleRow(row: RecordRow, type: string, ruled: Ruled, onlooker: Onlooker): RecordRow {
  if (onlooker.isMaster) return row
  const isShown = (name: string): boolean =>
    name.startsWith('_') || (Object.hasOwn(ruled.columns, name) && mayRead(row, type, name, ruled, onlooker))
  return Object.fromEntries(Object.entries(row).filter(([name]) => isShown(name))) as RecordRow
}

function mayRead(row: RecordRow, type: string, field: string, ruled: Ruled, onlooker: Onlooker): boolean {
  const rules = rulesFor(ruled.access?.fields ?? [], type, field)
  return (
    rules.length === 0 || rules.find((rule) => isFor(rule.user_role, row, ruled, onlooker))?.readable === true
  )
}

function isFor(role: string, row: RecordRow, { columns }: Ruled, { userId, roles }: Onlooker): boolean {
  const parsed = parseRole(role)
  switch (parsed?.kind) {
    case undefined:
      return false
    case '_owner':
      return row['_owner_id'] === userId
    case '_user_id:':
      return parsed.name === userId
    case '_role:':
      return roles.includes(parsed.name)
    case '_field:':
      return Object.hasOwn(columns, parsed.name) && holds(row[parsed.name], columns[parsed.name], userId)
    default:
      return true
  }
}

/** A field names a user as text, as a reference, or as an element of a list. */
function holds(value: unknown, type: string | undefined, userId: string): boolean {
  if (type === 'string' || type === 'ref(user)') return value === userId
  return type === 'json' && Array.isArray(value) && value.includes(userId)
}
