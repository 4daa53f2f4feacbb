import type { Relation } from '../../../core/record/relation.ts'
import type { FieldValue } from '../../../core/record/value.ts'

/** A field of the record, or of a record that references lead to (`cat.name`), by its wire name. */
export type KeyPath = { readonly kind: 'keypath'; readonly name: string }
export type Literal = { readonly kind: 'literal'; readonly value: FieldValue }
/** Metres between the place in a field and a given one. */
export type Distance = { readonly kind: 'distance'; readonly of: KeyPath; readonly to: FieldValue }
/** A list on the right of `in`. */
export type ListLiteral = { readonly kind: 'list'; readonly values: readonly FieldValue[] }
export type Expression = KeyPath | Literal | Distance

export const COMPARISONS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** A predicate as it was sent (v1 protocol, section 5.7); whether its fields exist is the plan's to judge. */
export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }
  | { readonly kind: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly left: Expression; readonly right: ListLiteral | KeyPath }
  | { readonly kind: 'related'; readonly user: KeyPath; readonly by: Relation }

export type Sort = { readonly by: KeyPath | Distance; readonly order: 'asc' | 'desc' }
/** What `_transient` holds under `name`: the record that a key path leads to, or a number. */
export type Include = { readonly name: string; readonly of: KeyPath | Distance }

export type Query = {
  readonly type: string
  readonly predicate: Predicate | null
  readonly sorts: readonly Sort[]
  readonly includes: readonly Include[]
  /** The fields that records are to have beside the reserved ones; null: all. */
  readonly desiredKeys: ReadonlySet<string> | null
  /** Null: all. */
  readonly limit: number | null
  readonly offset: number
  readonly counts: boolean
}
