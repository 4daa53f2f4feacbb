import { sql } from 'drizzle-orm'
import { BoundedMap } from '../bounded-map.ts'
import { RECORD_COLUMNS_CACHED_MAX, UNKNOWN_TYPES_CACHED_MAX } from '../limits.ts'
import type { Database, Row, SqlFault, Statement, TableShapes } from '../ports.ts'
import { ok, type Result } from '../result.ts'
import { inTenant, prepare } from '../sql.ts'
import type { Tenant } from '../tenant.ts'
import type { AccessEntry } from './access.ts'
import type { FieldType } from './value.ts'

/** A row of `_record_field_access` (v1 protocol, section 5.9). */
export type FieldRule = {
  readonly record_type: string
  readonly record_field: string
  readonly user_role: string
  readonly writable: boolean
  readonly readable: boolean
  readonly comparable: boolean
  readonly discoverable: boolean
}

/** The rules that stand on a record type (v1 protocol, section 5.9). */
export type TypeAccess = {
  /** Those of the type and those of all types. */
  readonly fields: readonly FieldRule[]
  /** Roles of which one is needed to create a record; none: whoever is logged in may. */
  readonly creators: readonly string[]
  /** `_access` of a new record that comes without. */
  readonly default: readonly AccessEntry[] | null
}

/** What a record type's table looks like, reserved columns included. */
export type RecordType = {
  /** Changes with the columns and with the rules. */
  readonly fingerprint: string
  readonly columns: Readonly<Record<string, FieldType>>
  /** Absent where no rule stands on the type. */
  readonly access?: TypeAccess
}
/** The record types that one request deals with; null: there is no such table. */
export type KnownTypes = ReadonlyMap<string, RecordType | null>

/** What this isolate knows of record types. Never trusted alone: each transaction describes the types it touches. */
const cache = new BoundedMap<string, RecordType>(
  RECORD_COLUMNS_CACHED_MAX,
  (_, { columns, access }) => Object.keys(columns).length + (access?.fields.length ?? 0),
)
/** Those of which it was told that there is no table. */
const absent = new BoundedMap<string, true>(UNKNOWN_TYPES_CACHED_MAX)
const cacheKey = (tenant: Tenant, type: string): string => `${tenant.databaseUrl}\n${tenant.schema}\n${type}`

/** What is known without asking; null where the isolate does not know. */
export const cachedTypes = (tenant: Tenant, types: Iterable<string>): KnownTypes =>
  new Map([...types].map((type) => [type, cache.get(cacheKey(tenant, type)) ?? null]))

/** Whether each is known, be it as one without a table: a transaction can then require all of them to be as assumed. */
export const areKnown = (tenant: Tenant, types: KnownTypes): boolean =>
  [...types].every(([type, known]) => known !== null || absent.get(cacheKey(tenant, type)) === true)

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

/** What a transaction requires of the types' tables, rules included. */
export const tableShapes = (known: KnownTypes): TableShapes =>
  new Map([...known].map(([type, k]) => [type, k?.fingerprint ?? null]))

/** What `_record_describe` answers. */
type Described = {
  readonly fingerprint: string | null
  readonly columns?: RecordType['columns'] | null
  readonly access?: TypeAccess
}
const describedIn = (row: Row | undefined) => row?.['described'] as Described | undefined

/** Reads the rows of `describeStatement` and remembers them. */
export function describedTypes(tenant: Tenant, known: KnownTypes, rows: readonly Row[]): KnownTypes {
  return new Map(
    [...known].map(([type, before], i) => {
      const now = typeOf(before, describedIn(rows[i]))
      const key = cacheKey(tenant, type)
      if (now && now !== before) cache.set(key, now)
      if (now) absent.delete(key)
      else {
        cache.delete(key)
        absent.set(key, true)
      }
      return [type, now]
    }),
  )
}

function typeOf(before: RecordType | null, now: Described | undefined): RecordType | null {
  if (!now || now.fingerprint === null) return null
  const { fingerprint, columns, access } = now
  return columns ? { fingerprint, columns, ...(hasRules(access) && { access }) } : before
}

const hasRules = (access: TypeAccess | undefined): access is TypeAccess =>
  access !== undefined && (access.fields.length > 0 || access.creators.length > 0 || access.default !== null)

/** The rules in the same rows of types that have no table yet: a rule can be older than what it is for. */
export function rulesAhead(known: KnownTypes, rows: readonly Row[]): ReadonlyMap<string, TypeAccess> {
  return new Map(
    [...known.keys()].flatMap((type, i) => {
      const now = describedIn(rows[i])
      return now?.fingerprint === null && hasRules(now.access) ? [[type, now.access] as const] : []
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

/** SQLSTATE of the guard where a statement was made for another table than there is. Nothing was read or written. */
export const TYPE_CHANGED = 'SG002'

/**
 * Said of a type that has changed: by the check (SG002), or before the check is made, where Postgres reads a statement
 * or its values by columns that are not as they were (PostgreSQL manual, appendix A, classes 22 and 42).
 */
export const mayBeStale = ({ code }: SqlFault): boolean => code === TYPE_CHANGED || /^(22|42)/.test(code)

/** Whether nothing has changed since. */
export const areSame = (before: KnownTypes, now: KnownTypes): boolean =>
  [...before].every(([type, known]) => known?.fingerprint === now.get(type)?.fingerprint)
