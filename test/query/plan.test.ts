import { describe, expect, it } from 'vitest'
import { column, geo, key, plan, value } from './plan.fixture.ts'

const date = { $type: 'date', $date: '2026-07-01T00:00:00Z' }
const ref = (id: string) => ({ $type: 'ref', $id: id })

/** The condition, and the values it has. */
const planned = (predicate: readonly unknown[]) => {
  const outcome = plan(predicate)
  if (!outcome.ok) return outcome.error.name
  const { limit: _, ...values } = outcome.value.values
  return { ...outcome.value.plan.condition, values: Object.values(values) }
}

describe('the plan of a query', () => {
  it('without a predicate has no condition, and keeps its page', () => {
    expect(plan(null, [[key('_created_at'), 'desc']])).toEqual({
      ok: true,
      value: {
        plan: {
          type: 'note',
          fields: null,
          joins: [],
          condition: null,
          sorts: [{ by: column('_created_at'), order: 'desc' }],
          includes: [],
          isLimited: true,
          isEmpty: false,
          isOffset: false,
          counts: true,
        },
        values: { limit: 10 },
      },
    })
  })

  it('has nothing of the values: queries of one shape have one plan', () => {
    const shape = (...wire: readonly unknown[]) => {
      const outcome = plan(wire)
      return outcome.ok && JSON.stringify(outcome.value.plan)
    }
    expect(shape('eq', key('title'), 'a')).toBe(shape('eq', key('title'), 'b'))
    expect(shape('in', key('n'), [1, 2])).toBe(shape('in', key('n'), [3]))
    expect(shape('in', key('n'), [1])).not.toBe(shape('in', key('n'), []))
    expect(shape('eq', key('title'), 'a')).not.toBe(shape('eq', key('title'), ref('note/a')))
  })

  it.each([
    [
      'text with text',
      ['eq', key('title'), 'a'],
      { kind: 'eq', left: column('title'), right: value('string') },
    ],
    ['from the other side', ['gt', 3, key('n')], { kind: 'gt', left: value('number'), right: column('n') }],
    ['two columns', ['eq', key('n'), key('i')], { kind: 'eq', left: column('n'), right: column('i') }],
    [
      'a number with a sequence',
      ['lte', key('s'), 4],
      { kind: 'lte', left: column('s'), right: value('number') },
    ],
    [
      'a reference with its like',
      ['eq', key('cat'), ref('category/c')],
      { kind: 'eq', left: column('cat'), right: value('ref(category)') },
    ],
    [
      'a reference with a bare key',
      ['neq', key('cat'), 'c'],
      { kind: 'neq', left: column('cat'), right: value('string') },
    ],
    [
      'a key with a reference',
      ['eq', key('_id'), ref('note/n')],
      { kind: 'eq', left: column('_id'), right: value('ref(note)') },
    ],
    ['times', ['lt', key('at'), date], { kind: 'lt', left: column('at'), right: value('datetime') }],
    ['places', ['eq', key('spot'), geo], { kind: 'eq', left: column('spot'), right: value('location') }],
    [
      'a pattern',
      ['ilike', key('title'), '%a'],
      { kind: 'ilike', left: column('title'), right: value('string') },
    ],
    [
      'a column whose name has a dot',
      ['eq', key('a.b'), 'x'],
      { kind: 'eq', left: column('a.b'), right: value('string') },
    ],
  ])('compares %s', (_, predicate, condition) => {
    expect(planned(predicate)).toMatchObject(condition)
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
    expect(planned(predicate)).toMatchObject(condition)
  })

  it.each([
    ['texts', ['in', key('title'), ['a', 'b']], ['a', 'b'], 'string'],
    ['numbers', ['in', key('i'), [1, 2.5]], [1, 2.5], 'integer'],
    ['references and bare keys', ['in', key('cat'), [ref('category/a'), 'b']], ['a', 'b'], 'ref(category)'],
    ['no nulls', ['in', key('title'), [null, 'a', null]], ['a'], 'string'],
  ])('finds a value among %s', (_, predicate, values, of) => {
    expect(planned(predicate)).toMatchObject({ kind: 'in', values: [values], type: of })
  })

  it.each([
    ['an unknown field', ['eq', key('nope'), 1]],
    ['an unknown field on the right', ['eq', 1, key('nope')]],
    ['an unknown field in a list', ['in', key('nope'), []]],
    ['an unknown field, deep down', ['and', ['not', ['or', ['eq', key('nope'), null]]]]],
    ['a field that only every object has', ['eq', key('constructor'), null]],
    ['a field called __proto__', ['eq', key('__proto__'), null]],
    ['an unknown field behind a reference', ['eq', key('cat.nope'), 'a']],
    ['a path through what is no reference', ['eq', key('title.name'), 'a']],
    ['a path that is too long', ['eq', key('cat.parent.parent.parent.parent.name'), 'a']],
    ['a path with a hole', ['eq', key('cat..name'), 'a']],
    ['a distance from what is no place', ['lt', ['func', 'distance', key('title'), geo], 1]],
    ['a distance with a text', ['lt', ['func', 'distance', key('spot'), geo], 'x']],
    ['a text in what is no list', ['in', 'x', key('title')]],
    ['a number in a list', ['in', 1, key('tags')]],
    ['a place in a list', ['in', geo, key('tags')]],
    ['a relation of a number', ['func', 'userRelation', key('n'), { $type: 'relation', $name: '_friend' }]],
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

  it('refuses a pattern that Postgres would refuse for some texts only: its refusal would tell of them', () => {
    for (const pattern of ['\\', 'a\\', '%\\\\\\'])
      expect(planned(['like', key('title'), pattern])).toBe('InvalidArgument')
    for (const pattern of ['\\\\', 'a\\%', '\\\\\\%'])
      expect(planned(['ilike', key('title'), pattern])).toMatchObject({ kind: 'ilike' })
  })

  it.each([
    ['an object', ['eq', key('tags'), { a: 1 }]],
    ['an array', ['eq', key('title'), ['a']]],
    ['two columns of JSON', ['neq', key('tags'), key('_access')]],
  ])('does not compare %s: 111', (_, predicate) => {
    expect(planned(predicate)).toBe('NotSupported')
  })

  it.each(['nope', 'cat.nope', 'constructor', 'spot', 'price'])('does not sort by %s: 120', (name) => {
    expect(plan(null, [[key(name), 'asc']])).toMatchObject({
      ok: false,
      error: { name: 'RecordQueryInvalid' },
    })
  })

  it.each([
    ['compares', ['eq', key('title'), 'a'], []],
    ['compares with null', ['eq', null, key('title')], []],
    ['looks for among values', ['in', key('title'), []], []],
    ['meets on its way', ['eq', key('cat.name'), 'x'], []],
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
      expect(plan(predicate, sort, { title: 'never', cat: 'never' })).toMatchObject(refusal)
      expect(plan(predicate, sort).ok).toBe(true)
    },
  )
})
