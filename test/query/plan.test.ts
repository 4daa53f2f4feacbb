import { describe, expect, it } from 'vitest'
import { parsePredicate, parseSorts } from '../../src/gear/record/query/parse.ts'
import { planQuery } from '../../src/gear/record/query/plan.ts'

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
const key = (name: string) => ({ $type: 'keypath', $val: name })
const date = { $type: 'date', $date: '2026-07-01T00:00:00Z' }
const geo = { $type: 'geo', $lng: 114, $lat: 22 }
const ref = (id: string) => ({ $type: 'ref', $id: id })
const column = (name: keyof typeof type.columns) => ({ kind: 'column', name, type: type.columns[name] })
const value = (of: string, given: unknown) => ({ kind: 'value', type: of, value: given })

const nothing: ReadonlySet<string> = new Set()

function plan(predicate: readonly unknown[] | null, sort: readonly unknown[] = [], hidden = nothing) {
  const parsed = predicate ? parsePredicate(predicate) : null
  const sorts = parseSorts(sort)
  if ((parsed && !parsed.ok) || !sorts.ok) throw new Error('does not parse')
  const query = { type: 'note', limit: 10, offset: 0, counts: true }
  return planQuery({ ...query, predicate: parsed?.value ?? null, sorts: sorts.value }, type, hidden)
}
const planned = (predicate: readonly unknown[]) => {
  const outcome = plan(predicate)
  return outcome.ok ? outcome.value.condition : outcome.error.name
}

describe('the plan of a query', () => {
  it('without a predicate has no condition, and keeps its page', () => {
    expect(plan(null, [[key('_created_at'), 'desc']])).toEqual({
      ok: true,
      value: {
        type: 'note',
        limit: 10,
        offset: 0,
        counts: true,
        predicate: null,
        condition: null,
        sorts: [{ column: '_created_at', order: 'desc' }],
      },
    })
  })

  it.each([
    [
      'text with text',
      ['eq', key('title'), 'a'],
      { kind: 'eq', left: column('title'), right: value('string', 'a') },
    ],
    [
      'from the other side',
      ['gt', 3, key('n')],
      { kind: 'gt', left: value('number', 3), right: column('n') },
    ],
    ['two columns', ['eq', key('n'), key('i')], { kind: 'eq', left: column('n'), right: column('i') }],
    [
      'a number with a sequence',
      ['lte', key('s'), 4],
      { kind: 'lte', left: column('s'), right: value('number', 4) },
    ],
    [
      'a reference with its like',
      ['eq', key('cat'), ref('category/c')],
      { kind: 'eq', left: column('cat'), right: value('ref(category)', 'c') },
    ],
    [
      'a reference with a bare key',
      ['neq', key('cat'), 'c'],
      { kind: 'neq', left: column('cat'), right: value('string', 'c') },
    ],
    [
      'a key with a reference',
      ['eq', key('_id'), ref('note/n')],
      { kind: 'eq', left: column('_id'), right: value('ref(note)', 'n') },
    ],
    [
      'times',
      ['lt', key('at'), date],
      { kind: 'lt', left: column('at'), right: value('datetime', '2026-07-01T00:00:00') },
    ],
    [
      'places',
      ['eq', key('spot'), geo],
      { kind: 'eq', left: column('spot'), right: value('location', '(114,22)') },
    ],
    [
      'a pattern',
      ['ilike', key('title'), '%a'],
      { kind: 'ilike', left: column('title'), right: value('string', '%a') },
    ],
    [
      'a column whose name has a dot',
      ['eq', key('a.b'), 'x'],
      { kind: 'eq', left: column('a.b'), right: value('string', 'x') },
    ],
  ])('compares %s', (_, predicate, condition) => {
    expect(planned(predicate)).toEqual(condition)
  })

  it.each([
    ['eq', ['eq', key('title'), null], { kind: 'null', of: column('title'), negated: false }],
    ['neq', ['neq', key('title'), null], { kind: 'null', of: column('title'), negated: true }],
    [
      'eq from the other side',
      ['eq', null, key('tags')],
      { kind: 'null', of: column('tags'), negated: false },
    ],
    ['eq of a place', ['eq', key('spot'), null], { kind: 'null', of: column('spot'), negated: false }],
    [
      'eq of what has no wire form',
      ['eq', key('price'), null],
      { kind: 'null', of: column('price'), negated: false },
    ],
    ['eq of nulls', ['eq', null, null], { kind: 'constant', value: true }],
    ['neq of nulls', ['neq', null, null], { kind: 'constant', value: false }],
    ['eq of a literal', ['eq', 1, null], { kind: 'constant', value: false }],
    ['neq of a literal', ['neq', null, 'a'], { kind: 'constant', value: true }],
    ['an order', ['gt', key('n'), null], { kind: 'constant', value: null }],
    ['a pattern', ['like', key('title'), null], { kind: 'constant', value: null }],
  ])('with null takes %s for what SQL says of it', (_, predicate, condition) => {
    expect(planned(predicate)).toEqual(condition)
  })

  it.each([
    ['texts', ['in', key('title'), ['a', 'b']], ['a', 'b'], 'string'],
    ['numbers', ['in', key('i'), [1, 2.5]], [1, 2.5], 'integer'],
    ['references and bare keys', ['in', key('cat'), [ref('category/a'), 'b']], ['a', 'b'], 'ref(category)'],
    ['no nulls', ['in', key('title'), [null, 'a', null]], ['a'], 'string'],
    ['nothing', ['in', key('title'), []], [], 'string'],
  ])('finds a value among %s', (_, predicate, values, of) => {
    expect(planned(predicate)).toMatchObject({ kind: 'in', values, type: of })
  })

  it.each([
    ['an unknown field', ['eq', key('nope'), 1]],
    ['an unknown field on the right', ['eq', 1, key('nope')]],
    ['an unknown field in a list', ['in', key('nope'), []]],
    ['an unknown field, deep down', ['and', ['not', ['or', ['eq', key('nope'), null]]]]],
    ['a field that only every object has', ['eq', key('constructor'), null]],
    ['a field called __proto__', ['eq', key('__proto__'), null]],
    ['a path through a reference', ['eq', key('cat.name'), 'a']],
    ['a path through nothing', ['eq', key('.'), 'a']],
    ['a text with a number', ['eq', key('title'), 1]],
    ['a number with a text', ['gt', key('n'), '1']],
    ['a boolean with a number', ['eq', key('done'), 1]],
    ['a time with a text', ['lt', key('at'), '2026-07-01T00:00:00Z']],
    ['a place with a text', ['eq', key('spot'), '(1,2)']],
    ['a reference with one to another type', ['eq', key('cat'), ref('user/u')]],
    ['two references to different types', ['eq', key('cat'), key('boss')]],
    ['places by an order', ['gt', key('spot'), geo]],
    ['a number by a pattern', ['like', key('n'), 1]],
    ['a time by a pattern', ['ilike', key('at'), date]],
    ['what has no wire form', ['eq', key('price'), key('price')]],
    ['a list of another type', ['in', key('n'), [1, 'a']]],
    ['null in a list', ['in', null, [1]]],
  ])('refuses %s with 120', (_, predicate) => {
    expect(planned(predicate)).toBe('RecordQueryInvalid')
  })

  it.each([
    ['an object', ['eq', key('tags'), { a: 1 }]],
    ['an array', ['eq', key('title'), ['a']]],
    ['two columns of JSON', ['neq', key('tags'), key('_access')]],
  ])('does not compare %s: 111', (_, predicate) => {
    expect(planned(predicate)).toBe('NotSupported')
  })

  it.each(['nope', 'cat.name', 'constructor', 'spot', 'price'])('does not sort by %s: 120', (name) => {
    expect(plan(null, [[key(name), 'asc']])).toMatchObject({
      ok: false,
      error: { name: 'RecordQueryInvalid' },
    })
  })

  it.each([
    ['compares', ['eq', key('title'), 'a'], []],
    ['compares with null', ['eq', null, key('title')], []],
    ['looks for among values', ['in', key('title'), []], []],
    ['hides deep down', ['or', ['eq', key('n'), 1], ['not', ['like', key('title'), 'a%']]], []],
    [
      'sorts by',
      null,
      [
        [key('n'), 'asc'],
        [key('title'), 'asc'],
      ],
    ],
  ])(
    'may not tell anything of a field that the reader must not see: one that it %s is 124',
    (_, predicate, sort) => {
      const refusal = { ok: false, error: { name: 'RecordQueryDenied' } }
      expect(plan(predicate, sort, new Set(['title']))).toMatchObject(refusal)
      expect(plan(predicate, sort).ok).toBe(true)
    },
  )
})
