import { fail, invalid, type Failure } from '../../../core/failure.ts'
import { PREDICATE_NODES_MAX } from '../../../core/limits.ts'
import { decodeValue, type FieldValue } from '../../../core/record/value.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import {
  COMPARISONS,
  type Comparison,
  type Expression,
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
      return err(predicateFunction(operands))
    default:
      return isComparison(operator)
        ? comparison(operator, operands)
        : err(invalid('unknown operator in the predicate', 'predicate'))
  }
}

/** A function as a predicate (v1 protocol, section 5.7): one that is unknown or lacks arguments is 120. */
function predicateFunction([name, ...args]: readonly unknown[]): Failure {
  if (name === 'distance') return fail('NotSupported', 'distance is no predicate by itself')
  if (name === 'userRelation' && args.length === 2)
    return fail('NotSupported', 'userRelation is not supported yet')
  return fail('RecordQueryInvalid', 'unknown function in the predicate, or not its arguments')
}

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
  if (!Array.isArray(list))
    return err(fail('NotSupported', 'in takes a list on its right; other forms are not supported yet'))
  const values: FieldValue[] = []
  for (const member of list as readonly unknown[]) {
    const value = decodeValue(member)
    if (!value.ok) return err(invalid(`a member of in ${value.error}`, 'predicate'))
    values.push(value.value)
  }
  return ok({ kind: 'in', left: left.value, right: { kind: 'list', values } })
}

function expression(wire: unknown): Parsed<Expression> {
  const path = keyPath(wire)
  if (path) return ok(path)
  if (Array.isArray(wire) && wire[0] === 'func')
    return err(fail('NotSupported', 'functions as operands are not supported yet'))
  const value = decodeValue(wire)
  return value.ok
    ? ok({ kind: 'literal', value: value.value })
    : err(invalid(`an operand ${value.error}`, 'predicate'))
}

function keyPath(wire: unknown): KeyPath | null {
  if (typeof wire !== 'object' || wire === null || !('$type' in wire) || wire.$type !== 'keypath') return null
  const name = '$val' in wire ? wire.$val : undefined
  return typeof name === 'string' && name !== ''
    ? { kind: 'keypath', name: name === '_owner' ? '_owner_id' : name }
    : null
}

/** `sort`: an array of `[key path, "asc" | "desc"]`. */
export function parseSorts(wire: readonly unknown[]): Parsed<readonly Sort[]> {
  const sorts: Sort[] = []
  for (const entry of wire) {
    const [by, order] = Array.isArray(entry) ? (entry as readonly unknown[]) : []
    const path = keyPath(by)
    if (Array.isArray(by) && by[0] === 'func')
      return err(fail('NotSupported', 'sorting by a function is not supported yet'))
    if (!path || (order !== 'asc' && order !== 'desc'))
      return err(invalid('a sort is [key path, "asc" or "desc"]', 'sort'))
    sorts.push({ by: path, order })
  }
  return ok(sorts)
}
