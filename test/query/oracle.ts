import type { FieldRule } from '../../src/core/record/types.ts'
import { both, comparable, compare, distance, inOrder, negated, type Truth } from './oracle-values.ts'
import {
  targetOf,
  type ModelQuery,
  type ModelRow,
  type ModelType,
  type Viewer,
  type Wire,
  type World,
} from './world.ts'

/** What a query is to answer, by the specification read plainly (v1 protocol, sections 5.6 to 5.9). */
export type Expected =
  | { readonly denied: true }
  | { readonly records: readonly Readonly<Record<string, unknown>>[]; readonly count: number }

type Mode = 'read' | 'compare' | 'discover'
type Found = { readonly isHidden: boolean; readonly value: Wire }

export function expected(world: World, viewer: Viewer, query: ModelQuery): Expected {
  const model = new Model(world, viewer)
  const type = model.type(query.record_type)
  const asked = [
    ...(query.predicate ? model.asked(query.predicate, true) : []),
    ...query.sort.map(([by]) => [pathOf(by), 'compare'] as const),
    ...Object.values(query.include).map((of) => [pathOf(of), 'read'] as const),
  ]
  if (asked.some(([path, mode]) => model.isDenied(type, path, mode))) return { denied: true }
  const { predicate, sort, limit = Infinity, offset = 0 } = query
  const matching = type.rows.filter(
    (row) => model.isReadable(row) && (!predicate || model.holds(predicate, type, row, true) === true),
  )
  const sorted = matching
    .map((row) => ({ row, keys: sort.map(([by]) => model.number(by, type, row, 'compare')) }))
    .toSorted((a, b) => {
      for (const [i, [, order]] of sort.entries()) {
        const by = inOrder(a.keys[i] ?? null, b.keys[i] ?? null)
        if (by !== 0) return order === 'asc' ? by : -by
      }
      return 0
    })
  const page = sorted.slice(offset, offset + limit).map(({ row }) => {
    const included = Object.entries(query.include).flatMap(([name, of]) =>
      model.included(name, of, type, row),
    )
    return {
      ...model.record(type, row, query.desired_keys),
      ...(included.length > 0 && { _transient: Object.fromEntries(included) }),
    }
  })
  return { records: page, count: matching.length }
}

/** Whether nothing may be learned of a field: of a record out of reach, or one whose every use is denied. */
export const isSecret = (
  world: World,
  viewer: Viewer,
  type: ModelType,
  row: ModelRow,
  field: string,
): boolean => new Model(world, viewer).isSecret(type, row, field)

class Model {
  readonly #world: World
  readonly #viewer: Viewer
  constructor(world: World, viewer: Viewer) {
    this.#world = world
    this.#viewer = viewer
  }

  type(name: string): ModelType {
    const type = this.#world.types.get(name)
    if (!type) throw new Error(`no type ${name}`)
    return type
  }

  /** Section 5.8. */
  #isPublicReadable({ access, owner }: ModelRow): boolean {
    const { user } = this.#viewer
    const roles = user === null ? [] : (this.#world.roles[user] ?? [])
    return (
      access === null ||
      (user !== null && owner === user) ||
      access.some(
        (entry) =>
          entry['public'] === true ||
          (user !== null && entry['user_id'] === user) ||
          roles.includes(String(entry['role'])),
      )
    )
  }

  isReadable(row: ModelRow): boolean {
    const { database, isMaster } = this.#viewer
    if (database === null) return true
    return row.database === database && (isMaster || database !== '' || this.#isPublicReadable(row))
  }

  #isReachable(row: ModelRow): boolean {
    return (
      this.isReadable(row) ||
      (this.#viewer.database !== null &&
        row.database === '' &&
        (this.#viewer.isMaster || this.#isPublicReadable(row)))
    )
  }

  isSecret(type: ModelType, row: ModelRow, field: string): boolean {
    const modes = ['read', 'compare', 'discover'] as const
    // Who is in a field shows by what that lets them see.
    const isAsked = [...type.rules, ...this.#world.rules].some(
      ({ user_role }) => user_role === `_field:${field}`,
    )
    return (
      !this.#isReachable(row) || (!isAsked && !modes.some((mode) => this.#grants(type, row, field, mode)))
    )
  }

  /** Section 5.9; without a row, whether there can be one that grants it. */
  #grants(type: ModelType, row: ModelRow | null, field: string, mode: Mode): boolean {
    if (this.#viewer.isMaster || field.startsWith('_')) return true
    const group = [type.rules, this.#world.rules]
      .flatMap((rules) => [field, '*'].map((name) => rules.filter((rule) => rule.record_field === name)))
      .find((rules) => rules.length > 0)
    if (!group) return true
    const kinds = ['_owner', '_user_id', '_field', '_role', '_any_user', '_public']
    const rank = ({ user_role }: FieldRule) => kinds.findIndex((kind) => user_role.startsWith(kind))
    for (const rule of group.toSorted((a, b) => rank(a) - rank(b) || (a.user_role < b.user_role ? -1 : 1))) {
      const allows =
        mode === 'read' ? rule.readable : rule.comparable || (mode === 'discover' && rule.discoverable)
      const isFor = this.#isFor(rule.user_role, type, row)
      if (isFor === true) return allows
      if (isFor === 'perhaps' && allows) return true
    }
    return false
  }

  #isFor(role: string, type: ModelType, row: ModelRow | null): boolean | 'perhaps' {
    const { user } = this.#viewer
    if (role === '_public') return true
    if (user === null) return false
    if (role === '_any_user') return true
    const [kind, name = ''] = role.split(':')
    // Fields that can hold a user: as text, among texts, or as a reference.
    if (kind === '_field' && !['string', 'json', 'ref(user)'].includes(type.fields[name] ?? '')) return false
    if (!row) return 'perhaps'
    if (kind === '_owner') return row.owner === user
    if (kind === '_field') {
      const held = fieldOf(row, name)
      return Array.isArray(held) ? held.includes(user) : held !== null && comparable(held) === user
    }
    return kind === '_user_id' ? name === user : (this.#world.roles[user] ?? []).includes(name)
  }

  /** The key paths of a predicate and what is needed to ask about them. */
  asked(
    [operator, ...operands]: readonly unknown[],
    isSimple: boolean,
  ): readonly (readonly [string, Mode])[] {
    if (operator === 'and' || operator === 'or' || operator === 'not')
      return operands.flatMap((inner) =>
        this.asked(inner as readonly unknown[], isSimple && operator === 'and'),
      )
    const mode = modeOf(operator, isSimple)
    return operands.map(pathOf).flatMap((path) => (path === '' ? [] : [[path, mode] as const]))
  }

  isDenied(type: ModelType, path: string, mode: Mode): boolean {
    const [field = '', ...rest] = path.split('.')
    if (!this.#grants(type, null, field, mode)) return true
    const target = leadsTo(type, field)
    return rest.length > 0 && target !== null && this.isDenied(this.type(target), rest.join('.'), mode)
  }

  /** The value at the end of a path; a record that the viewer may not read, or not be led to, is none. */
  value(path: string, type: ModelType, row: ModelRow, mode: Mode): Found {
    const [field = '', ...rest] = path.split('.')
    const isHidden = !this.#grants(type, row, field, mode)
    if (rest.length === 0) return { isHidden, value: fieldOf(row, field) }
    const next = isHidden ? null : this.#target(type, row, field)
    return next ? this.value(rest.join('.'), next.type, next.row, mode) : { isHidden: false, value: null }
  }

  #target(type: ModelType, row: ModelRow, field: string): { type: ModelType; row: ModelRow } | null {
    const target = leadsTo(type, field)
    const id = fieldOf(row, field)
    if (target === null || id === null) return null
    const found = this.type(target).rows.find((other) => other.id === comparable(id))
    return found && this.#isReachable(found) ? { type: this.type(target), row: found } : null
  }

  /** What an expression says as something that has an order; null where it is hidden. */
  number(of: unknown, type: ModelType, row: ModelRow, mode: Mode): string | number | boolean | null {
    const { isHidden, value } = this.value(pathOf(of), type, row, mode)
    if (isHidden || value === null) return null
    return Array.isArray(of) ? distance(value, of[3]) : comparable(value)
  }

  holds(
    [operator, ...operands]: readonly unknown[],
    type: ModelType,
    row: ModelRow,
    isSimple: boolean,
  ): Truth {
    const inner = (of: unknown) =>
      this.holds(of as readonly unknown[], type, row, isSimple && operator === 'and')
    if (operator === 'not') return negated(inner(operands[0]))
    if (operator === 'and') return operands.map(inner).reduce(both)
    if (operator === 'or') return negated(operands.map((of) => negated(inner(of))).reduce(both))
    const mode = modeOf(operator, isSimple)
    if (operator === 'func') return this.#isRelated(row, operands[2] as { $direction: string })
    const sides = operands.map((of) =>
      pathOf(of) === '' ? { isHidden: false, value: of } : this.value(pathOf(of), type, row, mode),
    )
    if (sides.some(({ isHidden }) => isHidden)) return null
    const [left, right] = operands.map((of, i) => {
      const value = sides[i]?.value ?? null
      return Array.isArray(of) && of[0] === 'func' && value !== null ? distance(value, of[3]) : value
    })
    return compare(String(operator), left, right, operands)
  }

  #isRelated({ owner }: ModelRow, { $direction }: { readonly $direction: string }): boolean {
    const { user } = this.#viewer
    const follows = (a: string | null, b: string | null) =>
      this.#world.follows.some(([left, right]) => left === a && right === b)
    const [outward, inward] = [follows(user, owner), follows(owner, user)]
    return $direction === 'outward' ? outward : $direction === 'inward' ? inward : outward && inward
  }

  included(
    name: string,
    of: unknown,
    type: ModelType,
    row: ModelRow,
  ): readonly (readonly [string, unknown])[] {
    if (Array.isArray(of)) {
      const metres = this.number(of, type, row, 'read')
      return metres === null ? [] : [[name, metres]]
    }
    let at: { type: ModelType; row: ModelRow } | null = { type, row }
    for (const field of pathOf(of).split('.'))
      at = at && this.#grants(at.type, at.row, field, 'read') ? this.#target(at.type, at.row, field) : null
    return [[name, at && this.record(at.type, at.row)]]
  }

  record(type: ModelType, row: ModelRow, desired?: readonly string[]): Readonly<Record<string, unknown>> {
    const seen = Object.entries(row.fields).filter(
      ([field, value]) =>
        value !== null && desired?.includes(field) !== false && this.#grants(type, row, field, 'read'),
    )
    return { _id: `${type.name}/${row.id}`, ...Object.fromEntries(seen) }
  }
}

const modeOf = (operator: unknown, isSimple: boolean): Mode =>
  isSimple && (operator === 'eq' || operator === 'in') ? 'discover' : 'compare'

/** The key path of an expression; empty for a literal. */
function pathOf(of: unknown): string {
  if (Array.isArray(of)) return of[0] === 'func' ? pathOf(of[2]) : ''
  const { $type, $val } = Object(of) as { $type?: string; $val?: string }
  return $type === 'keypath' && $val !== undefined ? $val : ''
}

const leadsTo = (type: ModelType, field: string): string | null =>
  field === '_owner' ? 'user' : targetOf(type.fields[field] ?? '')
const fieldOf = (row: ModelRow, field: string): Wire =>
  field === '_id' ? row.id : field === '_owner' ? row.owner : (row.fields[field] ?? null)
