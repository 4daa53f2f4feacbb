import { fail, invalid, type Failure } from '../../../core/failure.ts'
import type { FieldAccess } from '../../../core/record/field-access.ts'
import type { KnownTypes } from '../../../core/record/types.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { projection, type Projection } from './projection.ts'
import type { Include, Query, Sort } from './ast.ts'
import { isOrdered, metresTo, planCondition, planDistance, type Condition, type Metres } from './condition.ts'
import { targetOf } from './reach.ts'
import { planPath, planWay, type Column, type Join, type Planning } from './path.ts'

/** A query that tables can answer: every name in it is a column. It holds no value: queries of one shape have one plan. */
export type QueryPlan = {
  readonly type: string
  readonly fields: Projection
  readonly joins: readonly Join[]
  readonly condition: Condition | null
  readonly sorts: readonly { readonly by: Column | Metres; readonly order: 'asc' | 'desc' }[]
  readonly includes: readonly Included[]
  readonly isLimited: boolean
  /** No record is wanted: a number alone. */
  readonly isEmpty: boolean
  readonly isOffset: boolean
  readonly counts: boolean
}
/** A part of `_transient`. */
export type Included =
  | {
      readonly kind: 'record'
      /** The references on the way to the record. */
      readonly hops: readonly Column[]
      readonly type: string
      readonly fields: Projection
    }
  | { readonly kind: 'distance'; readonly hops: readonly Column[]; readonly metres: Metres }
  /** What a path to no record gives. */
  | { readonly kind: 'nothing' }

/** The plan of a query and the values that make it this one, by the names that the plan has for them. */
export type Planned = { readonly plan: QueryPlan; readonly values: Readonly<Record<string, unknown>> }

/** Judges a query against the columns of the types that it reaches, and what its reader may ask about. */
export function planQuery(query: Query, types: KnownTypes, access: FieldAccess): Result<Planned, Failure> {
  const { type, desiredKeys, counts, limit, offset } = query
  const planning: Planning = { type, types, access, joins: [], values: {} }
  const columns = types.get(type)?.columns ?? {}
  if (desiredKeys && [...desiredKeys].some((name) => !Object.hasOwn(columns, name)))
    return err(invalid('desired_keys names a field that there is not', 'desired_keys'))
  const condition = query.predicate && planCondition(query.predicate, planning)
  if (condition && !condition.ok) return condition
  const sorts: QueryPlan['sorts'][number][] = []
  for (const { by, order } of query.sorts) {
    const key = planSortKey(by, planning)
    if (!key.ok) return key
    sorts.push({ by: key.value, order })
  }
  const includes: Included[] = []
  for (const { of } of query.includes) {
    const included = planInclude(of, planning)
    if (!included.ok) return included
    includes.push(included.value)
  }
  return ok({
    plan: {
      type,
      fields: projection(type, columns, access, desiredKeys),
      joins: planning.joins,
      condition: condition?.value ?? null,
      sorts,
      includes,
      isLimited: limit !== null,
      isEmpty: limit === 0,
      isOffset: offset > 0,
      counts,
    },
    values: { ...planning.values, ...(limit !== null && { limit }), ...(offset > 0 && { offset }) },
  })
}

function planSortKey(by: Sort['by'], planning: Planning): Result<Column | Metres, Failure> {
  if (by.kind === 'distance') return planDistance(by, 'compare', planning)
  const column = planPath(by, 'compare', planning)
  return column.ok && !isOrdered(column.value.type)
    ? err(fail('RecordQueryInvalid', `${by.name} is ${column.value.type}, which has no order`))
    : column
}

function planInclude(of: Include['of'], planning: Planning): Result<Included, Failure> {
  const way = planWay(of.kind === 'distance' ? of.of : of, planning)
  if (!way.ok) return way
  const { hops, end } = way.value
  if (of.kind === 'distance') {
    const metres = metresTo(end, of, planning)
    return metres.ok ? ok({ kind: 'distance', hops, metres: metres.value }) : metres
  }
  const type = targetOf(end.name, end.type)
  if (type === null) return ok({ kind: 'nothing' })
  const fields = projection(type, planning.types.get(type)?.columns ?? {}, planning.access, null)
  return ok({ kind: 'record', hops: [...hops, end], type, fields })
}
