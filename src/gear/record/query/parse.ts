import { fail, invalid, type Failure } from '../../../core/failure.ts'
import { PREDICATE_NODES_MAX, QUERY_INCLUDES_MAX, QUERY_SORTS_MAX } from '../../../core/limits.ts'
import { DIRECTIONS, RELATIONS, type Relation } from '../../../core/record/relation.ts'
import { decodeValue, type FieldValue } from '../../../core/record/value.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import {
  COMPARISONS,
  type Comparison,
  type Distance,
  type Expression,
  type Include,
  type KeyPath,
  type Predicate,
  type Sort,
} from './ast.ts'

type Parsed<T> = Result<T, Failure>

/** The predicate array of v1 protocol, section 5.7, → Predicate. */
export function parsePredicate(wire: readonly unknown[]): Parsed<Predicate> {
  const budget = { left: PREDICATE_NODES_MAX }
  return predicate(wire, budget)
}

function predicate(wire: unknown, budget: { left: number }): Parsed<Predicate> {
  if (--budget.left < 0)
    return err(invalid(`a predicate has at most ${PREDICATE_NODES_MAX} operators`, 'predicate'))
  if (!Array.isArray(wire)) return err(invalid('a predicate is an array', 'predicate'))
  const [operator, ...operands] = wire as readonly unknown[]
  if (operands.length === 0) return err(invalid('a predicate is an operator and its operands', 'predicate'))
  switch (operator) {
    case 'and':
    case 'or': {
      const of: Predicate[] = []
      for (const operand of operands) {
        const parsed = predicate(operand, budget)
        if (!parsed.ok) return parsed
        of.push(parsed.value)
      }
      return ok({ kind: operator, of })
    }
    case 'not': {
      if (operands.length > 1) return err(invalid('not takes one predicate', 'predicate'))
      const of = predicate(operands[0], budget)
      return of.ok ? ok({ kind: 'not', of: of.value }) : of
    }
    case 'in':
      return membership(operands)
    case 'func':
      return predicateFunction(operands)
    default:
      return isComparison(operator)
        ? comparison(operator, operands)
        : err(invalid('unknown operator in the predicate', 'predicate'))
  }
}

/** A function as a predicate (v1 protocol, section 5.7): one that is unknown or lacks arguments is 120. */
function predicateFunction([name, ...args]: readonly unknown[]): Parsed<Predicate> {
  if (name === 'distance') return err(fail('NotSupported', 'distance is no predicate by itself'))
  const user = keyPath(args[0])
  if (name !== 'userRelation' || args.length !== 2 || !user || !isObject(args[1]))
    return err(fail('RecordQueryInvalid', 'unknown function in the predicate, or not its arguments'))
  const by = relation(args[1])
  return by.ok ? ok({ kind: 'related', user, by: by.value }) : by
}

/** `{"$type":"relation",…}` (v1 protocol, section 11): without a direction, a relation is mutual. */
function relation(wire: Readonly<Record<string, unknown>>): Parsed<Relation> {
  const { $type, $name, $direction } = wire
  const name = RELATIONS.find((known) => known === $name)
  const direction = DIRECTIONS.find((known) => known === ($direction || 'mutual'))
  if ($type !== 'relation' || typeof $name !== 'string' || !direction)
    return err(fail('RecordQueryInvalid', 'userRelation takes a field and a relation'))
  return name
    ? ok({ name, direction })
    : err(fail('NotSupported', 'the relations between users are _friend and _follow'))
}

const isObject = (wire: unknown): wire is Readonly<Record<string, unknown>> =>
  typeof wire === 'object' && wire !== null

const isComparison = (operator: unknown): operator is Comparison =>
  COMPARISONS.some((name) => name === operator)

function comparison(kind: Comparison, operands: readonly unknown[]): Parsed<Predicate> {
  if (operands.length !== 2) return err(invalid(`${kind} takes two operands`, 'predicate'))
  const left = expression(operands[0])
  if (!left.ok) return left
  const right = expression(operands[1])
  return right.ok ? ok({ kind, left: left.value, right: right.value }) : right
}

function membership(operands: readonly unknown[]): Parsed<Predicate> {
  if (operands.length !== 2) return err(invalid('in takes two operands', 'predicate'))
  const left = expression(operands[0])
  if (!left.ok) return left
  const list = operands[1]
  const path = keyPath(list)
  if (path) return ok({ kind: 'in', left: left.value, right: path })
  if (!Array.isArray(list)) return err(fail('NotSupported', 'in takes a list or a field on its right'))
  const values: FieldValue[] = []
  for (const member of list as readonly unknown[]) {
    const value = decodeValue(member)
    if (!value.ok) return err(invalid(`a member of in ${value.error}`, 'predicate'))
    values.push(value.value)
  }
  return ok({ kind: 'in', left: left.value, right: { kind: 'list', values } })
}

function expression(wire: unknown): Parsed<Expression> {
  const named = keyPath(wire) ?? distance(wire)
  if (named) return ok(named)
  const value = decodeValue(wire)
  return value.ok
    ? ok({ kind: 'literal', value: value.value })
    : err(invalid(`an operand ${value.error}`, 'predicate'))
}

/** `["func", "distance", field, place]`; any other array is a list of values (v1 protocol, section 5.7). */
function distance(wire: unknown): Distance | null {
  if (!Array.isArray(wire) || wire.length !== 4 || wire[0] !== 'func' || wire[1] !== 'distance') return null
  const of = keyPath(wire[2])
  const to = decodeValue(wire[3])
  return of && to.ok && to.value.type === 'location' ? { kind: 'distance', of, to: to.value } : null
}

function keyPath(wire: unknown): KeyPath | null {
  if (!isObject(wire) || wire['$type'] !== 'keypath') return null
  const name = wire['$val']
  // `_owner` is another name of `_owner_id`, wherever it stands in the path.
  return typeof name === 'string' && name !== ''
    ? { kind: 'keypath', name: name.replaceAll(/(?<=^|\.)_owner(?=$|\.)/g, '_owner_id') }
    : null
}

/** `sort`: an array of `[key path or distance, "asc" | "desc"]`. */
export function parseSorts(wire: readonly unknown[]): Parsed<readonly Sort[]> {
  if (wire.length > QUERY_SORTS_MAX)
    return err(invalid(`a query has at most ${QUERY_SORTS_MAX} sort keys`, 'sort'))
  const sorts: Sort[] = []
  for (const entry of wire) {
    const [given, order] = Array.isArray(entry) ? (entry as readonly unknown[]) : []
    const by = keyPath(given) ?? distance(given)
    if (!by || (order !== 'asc' && order !== 'desc'))
      return err(invalid('a sort is [key path or distance, "asc" or "desc"]', 'sort'))
    sorts.push({ by, order })
  }
  return ok(sorts)
}

/** `include`: an object of key paths and distances by the name that `_transient` gives them (v1 protocol, section 5.6). */
export function parseIncludes(wire: Readonly<Record<string, unknown>>): Parsed<readonly Include[]> {
  const includes: Include[] = []
  for (const [name, given] of Object.entries(wire)) {
    const of = keyPath(given) ?? distance(given)
    if (!of) return err(invalid('include takes key paths and distances', 'include'))
    includes.push({ name, of })
  }
  return includes.length > QUERY_INCLUDES_MAX
    ? err(invalid(`a query includes at most ${QUERY_INCLUDES_MAX} things`, 'include'))
    : ok(includes)
}
