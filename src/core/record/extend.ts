import { sql } from 'drizzle-orm'
import { fail, type Failure } from '../failure.ts'
import { err, ok, type Result } from '../result.ts'
import { inTenant, prepare } from '../sql.ts'
import type { Tenant } from '../tenant.ts'
import type { Fields } from './fields.ts'
import { isGeometry } from './geometry.ts'
import type { KnownTypes } from './types.ts'
import type { FieldType } from './value.ts'

/** Columns that some record types must have. */
export type Wanted = ReadonlyMap<string, Readonly<Record<string, FieldType>>>

const NUMERIC: readonly FieldType[] = ['number', 'integer', 'sequence']
const isCompatible = (a: FieldType, b: FieldType): boolean =>
  a === b || (NUMERIC.includes(a) && NUMERIC.includes(b))

/** PostGIS holds whatever has a place. */
const takes = (column: FieldType, value: FieldType): boolean => isGeometry(column) && value === 'location'

/** What a batch of records wants, merged per type; two records that disagree are refused (v1 protocol, section 5.10). */
export function wantedBy(
  records: Iterable<{ readonly type: string; readonly fields: Fields }>,
): Result<Wanted, Failure> {
  const wanted = new Map<string, Record<string, FieldType>>()
  for (const { type, fields } of records) {
    // Null-prototype: a field may be called `constructor`.
    const columns = wanted.get(type) ?? (Object.create(null) as Record<string, FieldType>)
    wanted.set(type, columns)
    for (const [name, value] of Object.entries(fields)) {
      if (value.type === null) continue
      const before = columns[name]
      if (before !== undefined && !isCompatible(before, value.type))
        return err(conflict(type, name, before, value.type))
      columns[name] = before === 'sequence' ? before : value.type
    }
  }
  return ok(wanted)
}

/**
 * The part of what is wanted that does not exist yet, or null where all of it does. A column of an incompatible type
 * is refused with IncompatibleSchema. A type that is not known is taken for missing: making it is idempotent.
 */
export function missingFrom(known: KnownTypes, wanted: Wanted): Result<Wanted | null, Failure> {
  const missing = new Map<string, Record<string, FieldType>>()
  for (const [type, columns] of wanted) {
    const existing = known.get(type)?.columns
    if (!existing) missing.set(type, { ...columns })
    for (const [name, wantedType] of Object.entries(columns)) {
      const existingType = existing && Object.hasOwn(existing, name) ? existing[name] : undefined
      if (
        existingType !== undefined &&
        !isCompatible(existingType, wantedType) &&
        !takes(existingType, wantedType)
      )
        return err(conflict(type, name, existingType, wantedType))
      if (existing && existingType === undefined)
        missing.set(type, { ...missing.get(type), [name]: wantedType })
    }
  }
  return ok(missing.size > 0 ? missing : null)
}

const conflict = (type: string, field: string, is: FieldType, given: FieldType): Failure =>
  fail('IncompatibleSchema', `${type}.${field} is ${is}, not ${given}`)

const extend = prepare(sql`select ${inTenant('_record_extend')}(${sql.placeholder('wanted')}::jsonb)`)

// A list of columns is worked off in order.
const extendUsers = prepare(sql`select ${inTenant('_record_extend')}(${sql.placeholder('wanted')}::jsonb),
  ${inTenant('_auth_keep_unique')}(${sql.placeholder('keys')}::jsonb)`)

/**
 * Makes what is missing; runs in the transaction that needs it, so that a refusal leaves nothing behind. A field by which
 * users are known is unique from the start.
 */
export function extendStatement({ schema, userKeys }: Pick<Tenant, 'schema' | 'userKeys'>, missing: Wanted) {
  const wanted = JSON.stringify(Object.fromEntries(missing))
  return userKeys.length > 0 && missing.has('user')
    ? extendUsers(schema, { wanted, keys: JSON.stringify(userKeys) })
    : extend(schema, { wanted })
}

/** Why a request may not extend the schema (v1 protocol, section 5.10). */
export const mayNotExtend = (missing: Wanted): Failure =>
  fail(
    'IncompatibleSchema',
    `the schema lacks ${[...missing]
      .map(([type, columns]) => [type, ...Object.keys(columns)].join(': '))
      .join('; ')}, and only development mode or the master key may extend it`,
  )
