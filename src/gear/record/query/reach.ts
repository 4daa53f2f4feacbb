import { sql } from 'drizzle-orm'
import type { Database, SqlFault } from '../../../core/ports.ts'
import { isRecordName } from '../../../core/record/name.ts'
import { cachedTypes, describedTypes, type KnownTypes, type RecordType } from '../../../core/record/types.ts'
import type { FieldType } from '../../../core/record/value.ts'
import { ok, type Result } from '../../../core/result.ts'
import { inTenant, prepare } from '../../../core/sql.ts'
import type { Tenant } from '../../../core/tenant.ts'

/** A record type, and the references that a request follows from it: the fields of each way, in order. */
export type Reach = { readonly type: string; readonly ways: readonly (readonly string[])[] }

/** These hold the id of a user without being a reference (v1 protocol, section 5.6). */
const USER_COLUMNS: readonly string[] = ['_owner_id', '_created_by', '_updated_by']

/**
 * The type that a field leads to; null where it leads nowhere: also a reference to a table that is no record type, as an
 * adopted database may have them (to who is logged in, with their passwords).
 */
export function targetOf(name: string, type: FieldType | undefined): string | null {
  if (USER_COLUMNS.includes(name)) return 'user'
  const target = /^ref\((.*)\)$/s.exec(type ?? '')?.[1] ?? ''
  return isRecordName(target) ? target : null
}

/** The types on the ways, as far as this isolate knows them: a way ends where a type is not known, or leads nowhere. */
export function typesReached(tenant: Tenant, { type, ways }: Reach): KnownTypes {
  const known = new Map<string, RecordType | null>(cachedTypes(tenant, [type]))
  for (const way of ways) {
    let at = known.get(type)
    for (const field of way) {
      if (!at) break
      const target = targetOf(field, Object.hasOwn(at.columns, field) ? at.columns[field] : undefined)
      if (target === null) break
      if (!known.has(target)) known.set(target, cachedTypes(tenant, [target]).get(target) ?? null)
      at = known.get(target)
    }
  }
  return known
}

const describeReached = prepare(sql`
  with recursive walk(way, hops, type) as (
    select way, 0, ${sql.placeholder('type')}::text
    from (select '[]'::jsonb union all select jsonb_array_elements(${sql.placeholder('ways')}::jsonb)) as ways(way)
    union all
    select way, hops + 1, case
      when way ->> hops in (select jsonb_array_elements_text(${JSON.stringify(USER_COLUMNS)}::jsonb)) then 'user'
      else substring(${inTenant('_record_columns')}(type) ->> (way ->> hops) from '^ref\\(([^_].*)\\)$') end
    from walk where hops < jsonb_array_length(way) and type is not null
  )
  select type, ${inTenant('_record_describe')}(type, null) as described
  from (select distinct type from walk where type is not null) as reached`)

/** The types on the ways, as the database has them now. One round trip, however long the ways are. */
export async function refreshReached(
  tenant: Tenant,
  db: Database,
  reach: Reach,
): Promise<Result<KnownTypes, SqlFault>> {
  const { type, ways } = reach
  const statement = describeReached(tenant.schema, { type, ways: JSON.stringify(ways) })
  const answer = await db.transact([statement], { readOnly: true })
  if (!answer.ok) return answer
  const rows = answer.value[0] ?? []
  describedTypes(tenant, new Map(rows.map((row) => [String(row['type']), null])), rows)
  return ok(typesReached(tenant, reach))
}
