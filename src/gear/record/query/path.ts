import { sql } from 'drizzle-orm'
import { fail, type Failure } from '../../../core/failure.ts'
import { KEY_PATH_HOPS_MAX, QUERY_JOINS_MAX } from '../../../core/limits.ts'
import type { FieldAccess, FieldMode } from '../../../core/record/field-access.ts'
import type { KnownTypes, RecordType } from '../../../core/record/types.ts'
import type { FieldType } from '../../../core/record/value.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { targetOf } from './reach.ts'
import type { KeyPath, Predicate, Query } from './ast.ts'

/** A field that exists, of the row that is called `row` in the statement. */
export type Column = {
  readonly kind: 'column'
  readonly row: string
  readonly of: string
  readonly name: string
  readonly type: FieldType
  /** What the row must grant its reader before the field says anything; null: it always does. */
  readonly mode: FieldMode | null
}
/** The record that a reference leads to, as a further row of the statement. */
export type Join = { readonly row: string; readonly by: Column; readonly type: string }

/** What planning a query knows and gathers. */
export type Planning = {
  readonly type: string
  readonly types: KnownTypes
  readonly access: FieldAccess
  readonly joins: Join[]
  readonly values: Record<string, unknown>
}

type Planned<T> = Result<T, Failure>

/** Where only whether a grant depends on the row is asked, it does not matter on which. */
export const ANY_ROW = sql``

/** The row of the queried type itself. No field can be called so. */
export const ROW = '_row'

/** Keeps a literal for the statement's values and says what it is called there. */
export function keep({ values }: Pick<Planning, 'values'>, value: unknown): string {
  const name = `v${Object.keys(values).length}`
  values[name] = value
  return name
}

/** The column that a key path ends at, with a join for each reference on its way. */
export function planPath({ name }: KeyPath, mode: FieldMode, planning: Planning): Planned<Column> {
  const [first = '', ...rest] = hopsIn(name, planning.types.get(planning.type))
  if (rest.length > KEY_PATH_HOPS_MAX)
    return refused(name, `a key path follows at most ${KEY_PATH_HOPS_MAX} references`)
  let column = columnOf({ row: ROW, type: planning.type }, first, mode, planning)
  for (const field of rest) {
    if (!column.ok) return column
    const join = joinOf(column.value, planning)
    if (!join.ok) return join
    column = columnOf(join.value, field, mode, planning)
  }
  return column
}

/** A way to what is included: the references on it, and the field that it ends at. */
export type Way = { readonly hops: readonly Column[]; readonly end: Column }

/** What the row is called that so many references of a way lead to. */
export const rowAfter = (hops: number): string => (hops === 0 ? ROW : `_i${hops}`)

/** As `planPath`, for what is read row by row and not joined. */
export function planWay({ name }: KeyPath, planning: Planning): Planned<Way> {
  const fields = hopsIn(name, planning.types.get(planning.type))
  if (fields.length > KEY_PATH_HOPS_MAX)
    return refused(name, `a way to what is included follows at most ${KEY_PATH_HOPS_MAX} references`)
  const hops: Column[] = []
  let type = planning.type
  for (const field of fields.slice(0, -1)) {
    const column = columnOf({ row: rowAfter(hops.length), type }, field, 'read', planning)
    if (!column.ok) return column
    const target = targetOf(field, column.value.type)
    if (target === null) return refused(name, `${field} is no reference`)
    hops.push(column.value)
    type = target
  }
  const end = columnOf({ row: rowAfter(hops.length), type }, fields.at(-1) ?? '', 'read', planning)
  return end.ok ? ok({ hops, end: end.value }) : end
}

function columnOf(
  { row, type: of }: { readonly row: string; readonly type: string },
  name: string,
  mode: FieldMode,
  { types, access }: Planning,
): Planned<Column> {
  const columns = types.get(of)?.columns ?? {}
  const type = Object.hasOwn(columns, name) ? columns[name] : undefined
  if (type === undefined) return refused(name, 'no such field')
  const grant = access.grant(ANY_ROW, of, name, mode)
  return grant === 'never'
    ? err(fail('RecordQueryDenied', `${name} may not be asked about`))
    : ok({ kind: 'column', row, of, name, type, mode: grant === 'always' ? null : mode })
}

function joinOf(by: Column, { joins }: Planning): Planned<Join> {
  const known = joins.find(
    (join) => join.by.row === by.row && join.by.name === by.name && join.by.mode === by.mode,
  )
  if (known) return ok(known)
  const type = targetOf(by.name, by.type)
  if (type === null) return refused(by.name, 'no reference')
  if (joins.length === QUERY_JOINS_MAX)
    return err(fail('RecordQueryInvalid', `a query follows at most ${QUERY_JOINS_MAX} references`))
  const join = { row: `_j${joins.length}`, by, type }
  joins.push(join)
  return ok(join)
}

const refused = (name: string, why: string) =>
  err(fail('RecordQueryInvalid', `key path ${name.slice(0, 64)}: ${why}`))

/** A field may have dots in its own name: such a field comes first. */
const hopsIn = (name: string, type: RecordType | null | undefined): readonly string[] =>
  type && Object.hasOwn(type.columns, name) ? [name] : name.split('.')

/** The references that a query follows from its type: the fields of each way, in order. */
export function waysOf({ predicate, sorts, includes }: Query): readonly (readonly string[])[] {
  const ways = new Map<string, readonly string[]>()
  const add = ({ name }: KeyPath, isInclude: boolean) => {
    if (!isInclude && !name.includes('.')) return
    const hops = name.split('.').slice(0, KEY_PATH_HOPS_MAX + 1)
    ways.set(name, isInclude ? hops : hops.slice(0, -1))
  }
  if (predicate) for (const path of pathsIn(predicate)) add(path, false)
  for (const { by } of sorts) add(by.kind === 'keypath' ? by : by.of, false)
  for (const { of } of includes) add(of.kind === 'keypath' ? of : of.of, of.kind === 'keypath')
  return [...ways.values()]
}

function pathsIn(predicate: Predicate): readonly KeyPath[] {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.of.flatMap(pathsIn)
    case 'not':
      return pathsIn(predicate.of)
    case 'related':
      return [predicate.user]
    default:
      return [predicate.left, predicate.right].flatMap((side) =>
        side.kind === 'keypath' ? [side] : side.kind === 'distance' ? [side.of] : [],
      )
  }
}
