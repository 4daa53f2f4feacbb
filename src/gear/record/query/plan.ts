import { fail, type Failure } from '../../../core/failure.ts'
import type { RecordType } from '../../../core/record/types.ts'
import type { FieldType, FieldValue } from '../../../core/record/value.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import type { Comparison, Expression, Predicate, Query } from './ast.ts'

/** A side of a comparison whose column exists and whose literal fits it. */
export type Operand =
  | { readonly kind: 'column'; readonly name: string; readonly type: FieldType }
  | { readonly kind: 'value'; readonly type: FieldType; readonly value: unknown }
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'null'; readonly of: Operand; readonly negated: boolean }
  /** Known without a row; null is SQL's unknown. */
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: Comparison; readonly left: Operand; readonly right: Operand }
  | {
      readonly kind: 'in'
      readonly left: Operand
      readonly values: readonly unknown[]
      readonly type: FieldType
    }

/** A query that a table can answer: every name in it is a column. */
export type QueryPlan = Omit<Query, 'predicate' | 'sorts'> & {
  readonly condition: Condition | null
  readonly sorts: readonly { readonly column: string; readonly order: 'asc' | 'desc' }[]
}

type Planned<T> = Result<T, Failure>
type Readable = { readonly columns: RecordType['columns']; readonly hidden: ReadonlySet<string> }

/** Judges a query against the columns of its type: unknown names and unfit literals are refused, none ignored. */
export function planQuery(
  query: Query,
  { columns }: RecordType,
  hidden: ReadonlySet<string>,
): Planned<QueryPlan> {
  const fields: Readable = { columns, hidden }
  const condition = query.predicate && planCondition(query.predicate, fields)
  if (condition && !condition.ok) return condition
  const sorts: { column: string; order: 'asc' | 'desc' }[] = []
  for (const { by, order } of query.sorts) {
    const column = columnOf(by.name, fields)
    if (!column.ok) return column
    if (!isOrdered(column.value.type))
      return err(fail('RecordQueryInvalid', `${by.name} is ${column.value.type}, which has no order`))
    sorts.push({ column: by.name, order })
  }
  return ok({ ...query, condition: condition?.value ?? null, sorts })
}

function planCondition(predicate: Predicate, fields: Readable): Planned<Condition> {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      const of: Condition[] = []
      for (const operand of predicate.of) {
        const planned = planCondition(operand, fields)
        if (!planned.ok) return planned
        of.push(planned.value)
      }
      return ok({ kind: predicate.kind, of })
    }
    case 'not': {
      const of = planCondition(predicate.of, fields)
      return of.ok ? ok({ kind: 'not', of: of.value }) : of
    }
    case 'in':
      return planMembership(predicate.left, predicate.right.values, fields)
    default:
      return planComparison(predicate.kind, predicate.left, predicate.right, fields)
  }
}

function planComparison(
  kind: Comparison,
  left: Expression,
  right: Expression,
  fields: Readable,
): Planned<Condition> {
  const [l, r] = [planOperand(left, fields), planOperand(right, fields)]
  if (!l.ok) return l
  if (!r.ok) return r
  // eq and neq with null are IS NULL and IS NOT NULL (v1 protocol, section 5.7).
  const other = isNull(l.value) ? r.value : isNull(r.value) ? l.value : null
  const tests = kind === 'eq' || kind === 'neq'
  if (other && !tests) return ok({ kind: 'constant', value: null })
  if (other?.kind === 'value') return ok({ kind: 'constant', value: isNull(other) === (kind === 'eq') })
  if (other) return ok({ kind: 'null', of: other, negated: kind === 'neq' })
  if (l.value.type === 'json' || r.value.type === 'json')
    return err(fail('NotSupported', `${kind} does not compare arrays and objects`))
  const fits =
    fit(l.value, r.value) &&
    (!(kind === 'like' || kind === 'ilike') || isText(l.value.type)) &&
    (tests || isOrdered(l.value.type))
  return fits
    ? ok({ kind, left: l.value, right: r.value })
    : err(fail('RecordQueryInvalid', `${kind} cannot compare ${l.value.type} with ${r.value.type}`))
}

function planMembership(left: Expression, list: readonly FieldValue[], fields: Readable): Planned<Condition> {
  const operand = planOperand(left, fields)
  if (!operand.ok) return operand
  if (operand.value.type === 'location') return err(fail('NotSupported', 'in does not compare places yet'))
  for (const { type } of list)
    if (type !== null && !fit(operand.value, { kind: 'value', type, value: null }))
      return err(fail('RecordQueryInvalid', `in cannot compare ${operand.value.type} with ${type}`))
  const values = list.filter(({ type }) => type !== null).map(({ column }) => column)
  return ok({ kind: 'in', left: operand.value, values, type: operand.value.type })
}

function planOperand(expression: Expression, fields: Readable): Planned<Operand> {
  if (expression.kind === 'keypath') return columnOf(expression.name, fields)
  const { type, column } = expression.value
  return ok({ kind: 'value', type: type ?? 'null', value: column })
}

function columnOf(name: string, { columns, hidden }: Readable): Planned<Operand & { kind: 'column' }> {
  if (hidden.has(name)) return err(fail('RecordQueryDenied', `${name} may not be asked about`))
  if (name.includes('.') && !Object.hasOwn(columns, name))
    return err(fail('RecordQueryInvalid', `key path ${name}: paths through references are not supported yet`))
  const type = Object.hasOwn(columns, name) ? columns[name] : undefined
  return type === undefined
    ? err(fail('RecordQueryInvalid', `no such field: ${name}`))
    : ok({ kind: 'column', name, type })
}

const isNull = (operand: Operand): boolean => operand.kind === 'value' && operand.type === 'null'
/** Types that Postgres sorts. */
const isOrdered = (type: FieldType): boolean => type !== 'location' && !type.startsWith('unknown(')
const isText = (type: FieldType): boolean => type === 'string' || type.startsWith('ref(')

/** Types that Postgres compares: numbers with numbers, a reference with its like or with a bare key. */
function fit(a: Operand, b: Operand): boolean {
  const kinds = [a.type, b.type].map((type) =>
    type === 'integer' || type === 'sequence' || type === 'number' ? 'number' : type,
  )
  if (kinds[0] === kinds[1]) return !a.type.startsWith('unknown(')
  return isText(a.type) && isText(b.type) && (a.type === 'string' || b.type === 'string')
}
