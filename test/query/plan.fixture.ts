import type { RecordType } from '../../src/core/record/types.ts'
import { parsePredicate, parseSorts } from '../../src/gear/record/query/parse.ts'
import { planQuery } from '../../src/gear/record/query/plan.ts'
import { allowing, type Rules } from './field-access.ts'

const type = {
  fingerprint: 'f',
  columns: {
    _id: 'string',
    _owner_id: 'string',
    _access: 'json',
    _created_at: 'datetime',
    title: 'string',
    n: 'number',
    i: 'integer',
    s: 'sequence',
    done: 'boolean',
    at: 'datetime',
    spot: 'location',
    tags: 'json',
    cat: 'ref(category)',
    boss: 'ref(user)',
    price: 'unknown(money)',
    'a.b': 'string',
  },
}
export const key = (name: string) => ({ $type: 'keypath', $val: name })
export const geo = { $type: 'geo', $lng: 114, $lat: 22 }
export const types = new Map<string, RecordType>([
  ['note', type],
  [
    'category',
    { fingerprint: 'f', columns: { name: 'string', parent: 'ref(category)', _owner_id: 'string' } },
  ],
  ['user', { fingerprint: 'f', columns: { username: 'string' } }],
])
export const column = (name: keyof typeof type.columns) => ({
  kind: 'column',
  row: '_row',
  of: 'note',
  name,
  type: type.columns[name],
  mode: null,
})
export const value = (of: string, name = 'v0') => ({ kind: 'value', type: of, name })

export const asked = {
  type: 'note',
  predicate: null,
  sorts: [],
  includes: [],
  desiredKeys: null,
  limit: 10,
  offset: 0,
  counts: true,
}
export function plan(predicate: readonly unknown[] | null, sort: readonly unknown[] = [], rules: Rules = {}) {
  const parsed = predicate ? parsePredicate(predicate) : null
  const sorts = parseSorts(sort)
  if ((parsed && !parsed.ok) || !sorts.ok) throw new Error('does not parse')
  return planQuery({ ...asked, predicate: parsed?.value ?? null, sorts: sorts.value }, types, allowing(rules))
}
