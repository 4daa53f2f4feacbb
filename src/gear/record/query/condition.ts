import { fail, invalid, type Failure } from '../../../core/failure.ts'
import type { FieldMode } from '../../../core/record/field-access.ts'
import type { Relation } from '../../../core/record/relation.ts'
import { isGeometry } from '../../../core/record/geometry.ts'
import type { FieldType, FieldValue } from '../../../core/record/value.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import type { Comparison, Distance, Expression, KeyPath, Predicate } from './ast.ts'
import { keep, planPath, type Column, type Planning } from './path.ts'

/** A literal, by its name among the statement's values. */
type Value = { readonly kind: 'value'; readonly type: FieldType; readonly name: string }
/** Metres from a place in a field to one among the values. */
export type Metres = {
  readonly kind: 'distance'
  readonly type: 'number'
  readonly of: Column
  readonly to: string
}
/** A side of a comparison whose column exists and whose literal fits it. */
export type Operand = Column | Value | Metres
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'null'; readonly of: Operand; readonly negated: boolean }
  /** Known without a row; null is SQL's unknown. */
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: Comparison; readonly left: Operand; readonly right: Operand }
  /** Within so many metres, the border included. */
  | { readonly kind: 'within'; readonly left: Metres; readonly right: Value }
  | { readonly kind: 'in'; readonly left: Operand; readonly list: string; readonly type: FieldType }
  /** A list in a field has a text among its elements (or an object among its keys). */
  | { readonly kind: 'has'; readonly list: Column; readonly member: Operand }
  /** A geometry contains a place, or another one. */
  | { readonly kind: 'contains'; readonly area: Column; readonly place: Operand }
  | { readonly kind: 'related'; readonly user: Column; readonly by: Relation }

type Planned<T> = Result<T, Failure>
const refuse = (message: string): Planned<never> => err(fail('RecordQueryInvalid', message))

/**
 * Judges a predicate against the columns it names: unknown names and unfit literals are refused, none ignored.
 * Nulls are SQL's: whatever is compared with a null is unknown, and so is its negation; only `eq` and `neq` with a
 * literal null tell nulls apart. So `neq x` and `not in` leave rows without a value out (v1 protocol, sections 5.7 and
 * 14.18). That is what users of SQL expect, and those of other document stores do not; it stays, as apps were written
 * against it, and since a field that is hidden is unknown likewise: were unknown as good as false, every negation would
 * tell that there is something to hide.
 * @param isSimple nothing but `and`, `eq` and `in` so far: then a field need only be discoverable (section 5.6)
 */
export function planCondition(
  predicate: Predicate,
  planning: Planning,
  isSimple: boolean = true,
): Planned<Condition> {
  const mode: FieldMode =
    isSimple && (predicate.kind === 'eq' || predicate.kind === 'in') ? 'discover' : 'compare'
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      const of: Condition[] = []
      for (const operand of predicate.of) {
        const planned = planCondition(operand, planning, isSimple && predicate.kind === 'and')
        if (!planned.ok) return planned
        of.push(planned.value)
      }
      return ok({ kind: predicate.kind, of })
    }
    case 'not': {
      const of = planCondition(predicate.of, planning, false)
      return of.ok ? ok({ kind: 'not', of: of.value }) : of
    }
    case 'in':
      return predicate.right.kind === 'list'
        ? planMembership(predicate.left, predicate.right.values, mode, planning)
        : planContainment(predicate.left, predicate.right, mode, planning)
    case 'related': {
      const user = planPath(predicate.user, mode, planning)
      if (!user.ok) return user
      return isText(user.value.type)
        ? ok({ kind: 'related', user: user.value, by: predicate.by })
        : refuse('userRelation takes a field that holds a user')
    }
    default:
      return planComparison(predicate.kind, predicate.left, predicate.right, mode, planning)
  }
}

function planComparison(
  kind: Comparison,
  left: Expression,
  right: Expression,
  mode: FieldMode,
  planning: Planning,
): Planned<Condition> {
  const l = planOperand(left, mode, planning)
  if (!l.ok) return l
  const r = planOperand(right, mode, planning)
  if (!r.ok) return r
  // eq and neq with null are IS NULL and IS NOT NULL (v1 protocol, section 5.7).
  const isTest = kind === 'eq' || kind === 'neq'
  if (!l.value || !r.value) {
    const other = l.value ?? r.value
    if (!isTest) return ok({ kind: 'constant', value: null })
    return other && other.kind !== 'value'
      ? ok({ kind: 'null', of: other, negated: kind === 'neq' })
      : ok({ kind: 'constant', value: (other === null) === (kind === 'eq') })
  }
  if (l.value.type === 'json' || r.value.type === 'json')
    return err(fail('NotSupported', `${kind} does not compare arrays and objects`))
  const isPattern = kind === 'like' || kind === 'ilike'
  const fits =
    fit(l.value.type, r.value.type) &&
    (!isPattern || isText(l.value.type)) &&
    (isTest || isOrdered(l.value.type))
  if (!fits) return refuse(`${kind} cannot compare ${l.value.type} with ${r.value.type}`)
  if (isPattern && right.kind === 'literal' && endsInEscape(String(right.value.column)))
    return err(invalid('a pattern does not end in the escape character', 'predicate'))
  if (kind === 'lt' && l.value.kind === 'distance' && r.value.kind === 'value')
    return ok({ kind: 'within', left: l.value, right: r.value })
  if (kind === 'gt' && r.value.kind === 'distance' && l.value.kind === 'value')
    return ok({ kind: 'within', left: r.value, right: l.value })
  return ok({ kind, left: l.value, right: r.value })
}

function planMembership(
  left: Expression,
  list: readonly FieldValue[],
  mode: FieldMode,
  planning: Planning,
): Planned<Condition> {
  const operand = planOperand(left, mode, planning)
  if (!operand.ok) return operand
  if (!operand.value) return refuse('in does not look for null')
  const { type } = operand.value
  const members = list.filter((member) => member.type !== null)
  const unfit = members.find((member) => !fit(type, literalType(member.type ?? '')))
  if (unfit) return refuse(`in cannot compare ${type} with ${unfit.type}`)
  // An empty list matches nothing, and its negation matches nothing either (v1 protocol, section 5.7).
  if (members.length === 0) return ok({ kind: 'constant', value: null })
  const values = members.map(({ column }) => (type === 'json' ? JSON.stringify(column) : column))
  return ok({ kind: 'in', left: operand.value, list: keep(planning, values), type })
}

/** `in` with a field on its right: a list that has the text, or a geometry around the place. */
function planContainment(
  left: Expression,
  right: KeyPath,
  mode: FieldMode,
  planning: Planning,
): Planned<Condition> {
  const container = planPath(right, mode, planning)
  if (!container.ok) return container
  const member = planOperand(left, mode, planning)
  if (!member.ok) return member
  if (!member.value) return refuse('in does not look for null')
  if (container.value.type === 'json' && isText(member.value.type))
    return ok({ kind: 'has', list: container.value, member: member.value })
  const isShape = isGeometry(container.value.type) && member.value.type === 'geojson'
  if (isShape || (isPlace(container.value.type) && isPlace(member.value.type)))
    return ok({ kind: 'contains', area: container.value, place: member.value })
  return refuse(`in cannot look for ${member.value.type} in ${container.value.type}`)
}

/** Null: the literal null. */
function planOperand(expression: Expression, mode: FieldMode, planning: Planning): Planned<Operand | null> {
  switch (expression.kind) {
    case 'keypath':
      return planPath(expression, mode, planning)
    case 'distance':
      return planDistance(expression, mode, planning)
    default: {
      const { type, column } = expression.value
      return ok(
        type === null ? null : { kind: 'value', type: literalType(type), name: keep(planning, column) },
      )
    }
  }
}

export function planDistance(distance: Distance, mode: FieldMode, planning: Planning): Planned<Metres> {
  const of = planPath(distance.of, mode, planning)
  return of.ok ? metresTo(of.value, distance, planning) : of
}

export const metresTo = (of: Column, { to }: Distance, planning: Planning): Planned<Metres> =>
  isPlace(of.type)
    ? ok({ kind: 'distance', type: 'number', of, to: keep(planning, to.column) })
    : refuse(`${of.name} is ${of.type}, which is no place`)

/** A geometry among the values is text, and no place. */
const literalType = (type: FieldType): FieldType => (isGeometry(type) ? 'geojson' : type)
const isPlace = (type: FieldType): boolean => type === 'location' || isGeometry(type)
/** Postgres refuses such a pattern only where a text matches all before it: its refusal would tell of texts unseen. */
const endsInEscape = (pattern: string): boolean => /(^|[^\\])(\\\\)*\\$/s.test(pattern)
const isText = (type: FieldType): boolean => type === 'string' || type.startsWith('ref(')
/** Types that Postgres sorts. */
export const isOrdered = (type: FieldType): boolean => !isPlace(type) && !type.startsWith('unknown(')

/** Types that Postgres compares: numbers with numbers, a reference with its like or with a bare key. */
function fit(a: FieldType, b: FieldType): boolean {
  const kinds = [a, b].map((type) =>
    type === 'integer' || type === 'sequence' ? 'number' : isPlace(type) ? 'location' : type,
  )
  if (kinds[0] === kinds[1]) return kinds[0]?.startsWith('unknown(') === false
  return isText(a) && isText(b) && (a === 'string' || b === 'string')
}
