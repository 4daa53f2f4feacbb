import type { FieldValue } from '../../../core/record/value.ts'

/** A field of the record, or a reserved column by its key path name. */
export type KeyPath = { readonly kind: 'keypath'; readonly name: string }
export type Literal = { readonly kind: 'literal'; readonly value: FieldValue }
/** A list on the right of `in`. */
export type ListLiteral = { readonly kind: 'list'; readonly values: readonly FieldValue[] }
export type Expression = KeyPath | Literal

export const COMPARISONS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** A predicate as it was sent (v1 protocol, section 5.7); whether its fields exist is the plan's to judge. */
export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }
  | { readonly kind: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly left: Expression; readonly right: ListLiteral }

export type Sort = { readonly by: KeyPath; readonly order: 'asc' | 'desc' }

export type Query = {
  readonly type: string
  readonly predicate: Predicate | null
  readonly sorts: readonly Sort[]
  /** Null: all. */
  readonly limit: number | null
  readonly offset: number
  readonly counts: boolean
}
