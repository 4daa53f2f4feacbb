import { sql } from 'drizzle-orm'
import { BoundedMap } from '../bounded-map.ts'
import { RECORD_TYPES_CACHED_MAX } from '../limits.ts'
import type { Check, Database, Row, SqlFault, Statement } from '../ports.ts'
import { ok, type Result } from '../result.ts'
import { checkIn, inTenant, prepare } from '../sql.ts'
import type { Tenant } from '../tenant.ts'
import type { FieldType } from './value.ts'

/** What a record type's table looks like, reserved columns included. */
export type RecordType = {
  readonly fingerprint: string
  readonly columns: Readonly<Record<string, FieldType>>
}
/** The record types that one request deals with; null: there is no such table. */
export type KnownTypes = ReadonlyMap<string, RecordType | null>

/** What this isolate knows of record types. Never trusted alone: each transaction describes the types it touches. */
const cache = new BoundedMap<string, RecordType>(RECORD_TYPES_CACHED_MAX)
const cacheKey = (tenant: Tenant, type: string): string => `${tenant.databaseUrl}\n${tenant.schema}\n${type}`

/** What is known without asking; null where the isolate does not know. */
export const cachedTypes = (tenant: Tenant, types: Iterable<string>): KnownTypes =>
  new Map([...types].map((type) => [type, cache.get(cacheKey(tenant, type)) ?? null]))

const describeOne = prepare(sql`
  select ${inTenant('_record_describe')}(${sql.placeholder('type')}, ${sql.placeholder('known')}) as described`)
const describeMany = prepare(sql`
  select ${inTenant('_record_describe')}(t.type, t.known) as described
  from jsonb_to_recordset(${sql.placeholder('types')}::jsonb) as t(type text, known text)`)

/** Asks for the columns of these types, sparing those whose fingerprint is still the known one. One row a type. */
export function describeStatement(schema: string, known: KnownTypes): Statement {
  const types = [...known].map(([type, k]) => ({ type, known: k?.fingerprint ?? null }))
  const [only] = types
  // By far the most requests deal with one type; a function call alone costs half of the same over a row set.
  return types.length === 1 && only
    ? describeOne(schema, only)
    : describeMany(schema, { types: JSON.stringify(types) })
}

/** Refuse (SG002) where a type is not as known any more. */
export const typeChecks = (schema: string, known: KnownTypes): readonly Check[] =>
  [...known].map(([type, k]) => checkIn(schema, '_record_require', [type, k?.fingerprint ?? null]))

/** What `_record_describe` answers. */
type Described = { readonly fingerprint: string | null; readonly columns?: RecordType['columns'] }

/** Reads the rows of `describeStatement` and remembers them. */
export function describedTypes(tenant: Tenant, known: KnownTypes, rows: readonly Row[]): KnownTypes {
  return new Map(
    [...known].map(([type, before], i) => {
      const described = rows[i]?.['described'] as Described | undefined
      const now = !described?.fingerprint
        ? null
        : described.columns
          ? { fingerprint: described.fingerprint, columns: described.columns }
          : before
      if (now && now !== before) cache.set(cacheKey(tenant, type), now)
      if (!now) cache.delete(cacheKey(tenant, type))
      return [type, now]
    }),
  )
}

/** The types as the database has them now. One round trip. */
export async function refreshTypes(
  tenant: Tenant,
  db: Database,
  known: KnownTypes,
): Promise<Result<KnownTypes, SqlFault>> {
  const answer = await db.transact([describeStatement(tenant.schema, known)], { readOnly: true })
  return answer.ok ? ok(describedTypes(tenant, known, answer.value[0] ?? [])) : answer
}

/** SQLSTATE of `_record_require`: the statement was made for another table than there is. Nothing was read or written. */
export const TYPE_CHANGED = 'SG002'
