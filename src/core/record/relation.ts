import { sql, type SQL } from 'drizzle-orm'
import { inTenant } from '../sql.ts'

/** Relations between users (v1 protocol, section 11), by the tables that hold them: left is who acts, right whom it is to. */
export const RELATIONS = ['_friend', '_follow'] as const
export const DIRECTIONS = ['outward', 'inward', 'mutual'] as const
export type Relation = {
  readonly name: (typeof RELATIONS)[number]
  readonly direction: (typeof DIRECTIONS)[number]
}

/** The ids of those who stand in the relation to the user, as a query. */
export function relatedUsers({ name, direction }: Relation, user: SQL): SQL {
  const table = inTenant(name)
  const outward = sql`select _to.right_id from ${table} as _to where _to.left_id = ${user}`
  const inward = sql`select _from.left_id from ${table} as _from where _from.right_id = ${user}`
  switch (direction) {
    case 'outward':
      return outward
    case 'inward':
      return inward
    default:
      return sql`${outward} intersect ${inward}`
  }
}
