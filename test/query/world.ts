import * as fc from 'fast-check'
import type { FieldRule } from '../../src/core/record/types.ts'

/** Whatever is random comes from here, so that a seed says it all. */
export type Random = {
  readonly pick: <T>(items: readonly T[]) => T
  readonly chance: (percent: number) => boolean
}
export function randomOf(g: fc.GeneratorValue): Random {
  const below = (n: number) => g(fc.nat, { max: n - 1 })
  return { pick: (items) => items[below(items.length)] as never, chance: (percent) => below(100) < percent }
}

export type Wire = unknown
/** A record as the model knows it: fields by name in their wire form, null where there is none. */
export type ModelRow = {
  readonly id: string
  readonly database: string
  readonly owner: string
  readonly access: readonly Readonly<Record<string, unknown>>[] | null
  readonly fields: Readonly<Record<string, Wire>>
}
export type ModelType = {
  readonly name: string
  /** Schema types by field. */
  readonly fields: Readonly<Record<string, string>>
  readonly rows: readonly ModelRow[]
  readonly rules: readonly FieldRule[]
}
export type World = {
  /** Three of the world's own, and `user`. */
  readonly types: ReadonlyMap<string, ModelType>
  /** Rules for all types. */
  readonly rules: readonly FieldRule[]
  readonly roles: Readonly<Record<string, readonly string[]>>
  /** Pairs: who follows whom. */
  readonly follows: readonly (readonly [string, string])[]
}
export type Viewer = {
  readonly user: string | null
  readonly isMaster: boolean
  readonly database: string | null
}

export const USERS = ['u1', 'u2', 'u3'] as const
export const ROLES = ['r1', 'r2'] as const

const date = (year: number) => ({ $type: 'date', $date: `${year}-01-01T00:00:00Z` })
const geo = ($lng: number, $lat: number) => ({ $type: 'geo', $lng, $lat })
export const PLACES = [geo(0, 0), geo(1, 1), geo(114, 22), geo(-70, -40)]
const SCALARS: Readonly<Record<string, readonly Wire[]>> = {
  string: ['a', 'ab', 'b', 'ba', '', 'u1', 'u2'],
  number: [0, 1, -1.5, 2],
  integer: [0, 1, -1, 2],
  sequence: [1, 2, 5, 8],
  boolean: [true, false],
  datetime: [date(2001), date(2002), date(2003)],
  location: PLACES,
  json: [[], ['a'], ['a', 'b'], ['ba'], ['u1'], ['u2', 'a'], ['u3', 'u1', 'u2']],
  asset: ['a.txt', 'b.txt', 'ba.txt'].map(($name) => ({ $type: 'asset', $name })),
}
/** Names of the assets that there are. */
export const ASSETS = ['a.txt', 'b.txt', 'ba.txt']
export const IDS = ['1', '2', '3', '4', '5', '6', '7', '8']
/** A key that no record has. */
const NOWHERE = '9'

/** Values of a schema type; of a reference to `type`, its ids and one that leads nowhere. */
export const valuesOf = (type: string): readonly Wire[] => {
  const target = targetOf(type)
  if (target === null) return SCALARS[type] ?? []
  const ids = target === 'user' ? USERS : IDS
  return [...ids, NOWHERE].map((id) => ({ $type: 'ref', $id: `${target}/${id}` }))
}

/** The type that a reference leads to. */
export const targetOf = (type: string): string | null => /^ref\((.*)\)$/.exec(type)?.[1] ?? null

/** Three types with fields, rows, access lists and rules, and users. `prefix` keeps them apart from another world's. */
export function randomWorld({ pick, chance }: Random, prefix: string): World {
  const names = ['a', 'b', 'c'].map((name) => `${prefix}_${name}`)
  const types = names.map((name): ModelType => {
    const references = [...names, pick(names), 'user'].map((target) => `ref(${target})`)
    const kinds = [...Object.keys(SCALARS), ...references]
    const fields = Object.fromEntries(FIELDS.map((field) => [field, pick(kinds)]))
    const holders = FIELDS.filter((field) => /^(string|json|ref\(user\))$/.test(fields[field] ?? ''))
    const rows = IDS.map((id): ModelRow => ({
      id,
      database: chance(20) ? pick(USERS) : '',
      owner: pick(USERS),
      access: randomAccess({ pick, chance }),
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, type]) => [
          field,
          // One of its own, as sequences give them.
          type === 'sequence' ? Number(id) : chance(25) ? null : pick(valuesOf(type)),
        ]),
      ),
    }))
    return {
      name,
      fields,
      rows,
      rules: randomRules(name, FIELDS, holders.length > 0 ? holders : FIELDS, 55, { pick, chance }),
    }
  })
  const users: ModelType = {
    name: 'user',
    fields: { username: 'string', email: 'string' },
    rows: USERS.map((id, i) => ({
      id,
      database: '',
      owner: id,
      access: randomAccess({ pick, chance }),
      // In them case does not matter, as in no other text: they have no letter that a pattern has in capitals.
      fields: { username: ['u1', 'a', 'au'][i], email: chance(50) ? null : id },
    })),
    rules: randomRules('user', ['username', 'email'], ['username', 'email'], 55, { pick, chance }),
  }
  return {
    types: new Map([...types, users].map((type) => [type.name, type])),
    rules: chance(40) ? randomRules('*', FIELDS, FIELDS, 40, { pick, chance }) : [],
    roles: Object.fromEntries(USERS.map((user) => [user, ROLES.filter(() => chance(50))])),
    follows: USERS.flatMap((left) => USERS.filter(() => chance(40)).map((right) => [left, right] as const)),
  }
}

const FIELDS = ['f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7']

const randomAccess = ({ pick, chance }: Random): ModelRow['access'] =>
  chance(40) ? null : ['x', 'y'].slice(0, pick([0, 1, 2])).map(() => randomEntry({ pick, chance }))

const randomEntry = ({ pick }: Random) => ({
  level: pick(['read', 'write']),
  ...pick([{ public: true }, { user_id: pick(USERS) }, { role: pick(ROLES) }, { relation: 'friend' }]),
})

/**
 * @param holders fields that may hold a user
 * @param more percent, after each, that there is another
 */
function randomRules(
  type: string,
  fields: readonly string[],
  holders: readonly string[],
  more: number,
  { pick, chance }: Random,
): readonly FieldRule[] {
  const rules = new Map<string, FieldRule>()
  while (chance(more)) {
    const rule: FieldRule = {
      record_type: type,
      record_field: chance(15) ? '*' : pick(fields),
      user_role: pick([
        '_owner',
        `_user_id:${pick(USERS)}`,
        `_field:${pick(fields)}`,
        `_field:${pick(holders)}`,
        `_field:${pick(holders)}`,
        `_role:${pick(ROLES)}`,
        '_any_user',
        '_public',
      ]),
      writable: true,
      readable: chance(60),
      comparable: chance(60),
      discoverable: chance(60),
    }
    rules.set(`${rule.record_field} ${rule.user_role}`, rule)
  }
  return [...rules.values()]
}

export function randomViewer({ pick, chance }: Random): Viewer {
  if (chance(15)) return { user: null, isMaster: true, database: pick(['', null, ...USERS]) }
  const user = pick([null, ...USERS])
  return { user, isMaster: false, database: user !== null && chance(25) ? user : '' }
}

export type ModelQuery = {
  readonly record_type: string
  readonly predicate?: readonly unknown[]
  readonly sort: readonly (readonly [unknown, 'asc' | 'desc'])[]
  readonly include: Readonly<Record<string, unknown>>
  readonly desired_keys?: readonly string[]
  readonly limit?: number
  readonly offset?: number
  readonly count: boolean
}

export const key = ($val: string) => ({ $type: 'keypath', $val })

/** A query that asks only for what there is. */
export function randomQuery(world: World, random: Random): ModelQuery {
  const { pick, chance } = random
  const type = pick([...world.types.values()])
  const path = () => randomPath(world, type, random)
  const sortKey = () => {
    const [name, of] = path()
    if (of === 'location') return ['func', 'distance', key(name), pick(PLACES)]
    return of === 'json' ? key('_owner') : key(name)
  }
  const included = () => {
    const [name, of] = path()
    return of === 'location' && chance(70) ? ['func', 'distance', key(name), pick(PLACES)] : key(name)
  }
  const some = <T>(make: () => T): T[] => (chance(50) ? [] : chance(60) ? [make()] : [make(), make()])
  return {
    record_type: type.name,
    ...(chance(85) && { predicate: randomPredicate(world, type, random, 3) }),
    // The id last: then there is but one order.
    sort: [...some(() => [sortKey(), pick(['asc', 'desc'] as const)] as const), [key('_id'), 'asc']],
    include: Object.fromEntries(some(included).map((of, i) => [`i${i}`, of])),
    ...(chance(20) && { desired_keys: Object.keys(type.fields).filter(() => chance(50)) }),
    ...(chance(40) && { limit: pick([0, 1, 3, 100]) }),
    ...(chance(20) && { offset: pick([1, 5]) }),
    count: chance(50),
  }
}

/** A key path with up to two references in it, and the type of its end. */
function randomPath({ types }: World, type: ModelType, { pick, chance }: Random): [string, string] {
  const parts: string[] = []
  let at = type
  for (;;) {
    const [name, of] = chance(10) ? ['_owner', 'ref(user)'] : pick(Object.entries(at.fields))
    parts.push(name)
    const target = types.get(targetOf(of) ?? '')
    if (!target || parts.length === 3 || chance(40)) return [parts.join('.'), of]
    at = target
  }
}

function randomPredicate(world: World, type: ModelType, random: Random, depth: number): readonly unknown[] {
  const { pick, chance } = random
  if (depth > 0 && chance(45)) {
    const inner = () => randomPredicate(world, type, random, depth - 1)
    return pick([() => ['and', inner(), inner()], () => ['or', inner(), inner()], () => ['not', inner()]])()
  }
  if (chance(5))
    return [
      'func',
      'userRelation',
      key('_owner'),
      { $type: 'relation', $name: '_follow', $direction: pick(['outward', 'inward', 'mutual']) },
    ]
  if (chance(5)) return [pick(['eq', 'neq']), key('_owner'), pick(USERS)]
  const [name, of] = randomPath(world, type, random)
  const value = () => (of === 'integer' && chance(20) ? 1.5 : pick(valuesOf(of)))
  if (chance(15)) return [pick(['eq', 'neq']), key(name), null]
  if (of === 'json') return ['in', pick(['a', 'b', 'z']), key(name)]
  if (of === 'location' && chance(60)) {
    const away = ['func', 'distance', key(name), pick(PLACES)]
    const metres = pick([1, 200_000, 9_000_000])
    return chance(70) ? [pick(['lt', 'lte', 'gt', 'gte']), away, metres] : ['gt', metres, away]
  }
  if (chance(25)) return ['in', key(name), [value(), value(), null].slice(0, pick([0, 1, 2, 3]))]
  if (of === 'string' && chance(30))
    return [pick(['like', 'ilike']), key(name), pick(['a%', '%B', '_b', '%'])]
  const order = of === 'location' ? [] : ['gt', 'gte', 'lt', 'lte']
  return [pick(['eq', 'eq', 'neq', ...order]), key(name), value()]
}
