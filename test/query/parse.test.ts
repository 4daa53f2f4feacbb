import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureBody } from '../../src/core/failure.ts'
import { PREDICATE_NODES_MAX } from '../../src/core/limits.ts'
import { COMPARISONS } from '../../src/gear/record/query/ast.ts'
import { parsePredicate } from '../../src/gear/record/query/parse.ts'

const key = (name: unknown) => ({ $type: 'keypath', $val: name })
const path = (name: string) => ({ kind: 'keypath', name })
const literal = (type: string | null, column: unknown, writes = true) => ({
  kind: 'literal',
  value: { type, column, writes },
})
const title = key('title')
const hi = ['eq', title, 'Hi']
const parsedHi = { kind: 'eq', left: path('title'), right: literal('string', 'Hi') }

/** v1 protocol, section 5.7. */
const PARSED: readonly (readonly [wire: readonly unknown[], predicate: unknown])[] = [
  [hi, parsedHi],
  [['eq', 'Hi', title], { kind: 'eq', left: literal('string', 'Hi'), right: path('title') }],
  [['eq', title, key('other')], { kind: 'eq', left: path('title'), right: path('other') }],
  [['eq', 1, 2], { kind: 'eq', left: literal('number', 1), right: literal('number', 2) }],
  [['neq', title, null], { kind: 'neq', left: path('title'), right: literal(null, null) }],
  [['gt', title, true], { kind: 'gt', left: path('title'), right: literal('boolean', true) }],
  [['eq', title, { a: 1 }], { kind: 'eq', left: path('title'), right: literal('json', { a: 1 }) }],
  [['eq', title, ['a']], { kind: 'eq', left: path('title'), right: literal('json', ['a']) }],
  [
    ['lt', key('at'), { $type: 'date', $date: '2026-07-01T08:00:00+08:00' }],
    { kind: 'lt', left: path('at'), right: literal('datetime', '2026-07-01T00:00:00') },
  ],
  [
    ['eq', key('cat'), { $type: 'ref', $id: 'category/c1' }],
    { kind: 'eq', left: path('cat'), right: literal('ref(category)', 'c1') },
  ],
  [['eq', key('_owner'), 'u'], { kind: 'eq', left: path('_owner_id'), right: literal('string', 'u') }],
  [['eq', key('cat.name'), 'u'], { kind: 'eq', left: path('cat.name'), right: literal('string', 'u') }],
  [['and', hi], { kind: 'and', of: [parsedHi] }],
  [['or', hi, hi, hi], { kind: 'or', of: [parsedHi, parsedHi, parsedHi] }],
  [
    ['not', ['and', hi, ['not', hi]]],
    { kind: 'not', of: { kind: 'and', of: [parsedHi, { kind: 'not', of: parsedHi }] } },
  ],
  [
    ['in', title, ['a', null, 1]],
    {
      kind: 'in',
      left: path('title'),
      right: {
        kind: 'list',
        values: [
          { type: 'string', column: 'a', writes: true },
          { type: null, column: null, writes: true },
          { type: 'number', column: 1, writes: true },
        ],
      },
    },
  ],
  [['in', title, []], { kind: 'in', left: path('title'), right: { kind: 'list', values: [] } }],
  // A list that begins with "func" is still a list.
  [
    ['in', title, ['func']],
    {
      kind: 'in',
      left: path('title'),
      right: { kind: 'list', values: [{ type: 'string', column: 'func', writes: true }] },
    },
  ],
]

const REFUSED_108: readonly (readonly unknown[])[] = [
  [],
  ['and'],
  ['or'],
  ['not'],
  ['eq'],
  ['eq', title],
  ['eq', title, 1, 2],
  ['in', title],
  ['in', title, [], []],
  ['not', hi, hi],
  ['and', title],
  ['and', 'x'],
  ['and', {}],
  ['and', null],
  ['and', hi, []],
  ['not', 'x'],
  ['contains', title, 'a'],
  ['EQ', title, 'a'],
  ['', title, 'a'],
  [null, title, 'a'],
  [1, title, 'a'],
  [['eq'], title, 'a'],
  [{}, title, 'a'],
  ['constructor', title, 'a'],
  ['__proto__', title, 'a'],
  ['eq', title, { $type: 'nonsense' }],
  ['eq', title, { $type: 'date', $date: 'now' }],
  ['eq', title, { $type: 'ref', $id: 'x' }],
  ['eq', key(''), 1],
  ['eq', key(null), 1],
  ['eq', { $type: 'keypath' }, 1],
  ['eq', title, 'a\u0000b'],
  ['in', title, [{ $type: 'nonsense' }]],
  ['in', title, ['\ud800']],
]

const geo = { $type: 'geo', $lng: 114, $lat: 22 }
const away = ['func', 'distance', key('spot'), geo]
const parsedAway = {
  kind: 'distance',
  of: path('spot'),
  to: { type: 'location', column: '(114,22)', writes: true },
}
const relation = (more: object) => ({ $type: 'relation', $name: '_follow', ...more })
const related = (direction: string) => ({
  kind: 'related',
  user: path('_owner_id'),
  by: { name: '_follow', direction },
})

/** v1 protocol, sections 5.7 and 11. */
const FUNCTIONS: readonly (readonly [wire: readonly unknown[], predicate: unknown])[] = [
  [['lt', away, 400], { kind: 'lt', left: parsedAway, right: literal('number', 400) }],
  [['gt', 400, away], { kind: 'gt', left: literal('number', 400), right: parsedAway }],
  [['in', 'war', key('tags')], { kind: 'in', left: literal('string', 'war'), right: path('tags') }],
  [['in', title, key('tags')], { kind: 'in', left: path('title'), right: path('tags') }],
  [['func', 'userRelation', key('_owner'), relation({ $direction: 'outward' })], related('outward')],
  [['func', 'userRelation', key('_owner'), relation({ $direction: 'inward' })], related('inward')],
  [['func', 'userRelation', key('_owner'), relation({ $direction: '' })], related('mutual')],
  [['func', 'userRelation', key('_owner'), relation({})], related('mutual')],
  // What is no function, or not with its arguments, is a list.
  [['eq', ['func', { toString: 1 }], 1], { kind: 'eq', left: literal('json', ['func', { toString: 1 }]) }],
  [['eq', title, ['func', 'x']], { kind: 'eq', left: path('title'), right: literal('json', ['func', 'x']) }],
  [
    ['eq', title, ['func', 'distance', key('spot'), 5]],
    { kind: 'eq', right: literal('json', ['func', 'distance', key('spot'), 5]) },
  ],
]

const codeOf = (wire: readonly unknown[]) => {
  const parsed = parsePredicate(wire)
  return parsed.ok ? null : failureBody(parsed.error).code
}

/** As it would come over the wire. */
const asJson = (value: unknown): unknown[] => JSON.parse(JSON.stringify(value)) as unknown[]

describe('a predicate', () => {
  it.each(PARSED)('%j is parsed', (wire, predicate) => {
    expect(parsePredicate(wire)).toEqual({ ok: true, value: predicate })
  })

  it.each(COMPARISONS)('has the operator %s', (kind) => {
    expect(parsePredicate([kind, title, 'a'])).toMatchObject({ ok: true, value: { kind } })
  })

  it.each(REFUSED_108)('is not %j', (...wire) => {
    expect(parsePredicate(wire)).toMatchObject({
      ok: false,
      error: { name: 'InvalidArgument', info: { arguments: ['predicate'] } },
    })
  })

  it.each(FUNCTIONS)('%j is parsed', (wire, predicate) => {
    expect(parsePredicate(wire)).toMatchObject({ ok: true, value: predicate })
  })

  it.each([
    ['distance alone', away],
    ['a relation that there is not', ['func', 'userRelation', title, relation({ $name: '_foe' })]],
    ['in without a list', ['in', title, 'x']],
  ])('does not support %s: 111', (_, wire) => {
    expect(codeOf(wire)).toBe(111)
  })

  it('calls the owner by either name, also behind a reference', () => {
    expect(parsePredicate(['eq', key('cat._owner'), 'u'])).toMatchObject({
      value: { left: path('cat._owner_id') },
    })
    expect(parsePredicate(['eq', key('x_owner'), 'u'])).toMatchObject({ value: { left: path('x_owner') } })
  })

  it.each([
    ['a function that nobody knows', ['func', 'userDiscover', title]],
    ['a function without a name', ['func', 1]],
    ['a relation of a user without arguments', ['func', 'userRelation']],
    ['a relation of a literal', ['func', 'userRelation', 'u', relation({})]],
    ['a relation without a name', ['func', 'userRelation', title, relation({ $name: 1 })]],
    ['a relation that is none', ['func', 'userRelation', title, geo]],
    ['an unknown direction', ['func', 'userRelation', title, relation({ $direction: 'up' })]],
  ])('with %s is 120', (_, wire) => {
    expect(codeOf(wire)).toBe(120)
  })

  it.each([[['func', { toString: 1 }]], [['and', ['func', { toString: null, valueOf: null }]]]])(
    '%j is refused as any other function is: its name is a value without a text',
    (wire) => {
      expect([108, 111, 120]).toContain(codeOf(wire))
    },
  )

  it('has a bounded number of operators, wide or deep', () => {
    const wide = (n: number) => ['and', ...Array.from({ length: n - 1 }, () => hi)]
    const deep = (n: number) => Array.from({ length: n - 1 }).reduce<unknown[]>((inner) => ['not', inner], hi)
    for (const grow of [wide, deep]) {
      expect(parsePredicate(grow(PREDICATE_NODES_MAX)).ok).toBe(true)
      expect(codeOf(grow(PREDICATE_NODES_MAX + 1))).toBe(108)
      expect(codeOf(grow(100_000))).toBe(108)
    }
  })

  it('is parsed or refused with 108, 111 or 120 and never throws, whatever the JSON', () => {
    const { wire } = fc.letrec<{ wire: unknown; operand: unknown }>((tie) => ({
      operand: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.string().map(key),
        fc.record({
          $type: fc.constantFrom('date', 'ref', 'geo', 'seq', 'x'),
          $id: fc.string(),
          $lng: fc.double(),
        }),
        tie('wire'),
        fc.array(tie('operand'), { maxLength: 3 }),
      ),
      wire: fc
        .tuple(
          fc.constantFrom<unknown>('and', 'or', 'not', 'in', 'func', ...COMPARISONS, 'contains', null),
          fc.array(tie('operand'), { maxLength: 3 }),
        )
        .map(([operator, operands]) => [operator, ...operands]),
    }))
    const arrays = fc.oneof(wire, fc.array(fc.jsonValue()))
    fc.assert(
      fc.property(arrays.map(asJson), (predicate) => {
        expect([null, 108, 111, 120]).toContain(codeOf(predicate))
      }),
      { numRuns: 1000 },
    )
  })
})
