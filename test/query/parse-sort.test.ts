import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QUERY_INCLUDES_MAX, QUERY_SORTS_MAX } from '../../src/core/limits.ts'
import { parseIncludes, parseSorts } from '../../src/gear/record/query/parse.ts'

const key = (name: unknown) => ({ $type: 'keypath', $val: name })
const path = (name: string) => ({ kind: 'keypath', name })
const title = key('title')
const geo = { $type: 'geo', $lng: 114, $lat: 22 }
const away = ['func', 'distance', key('spot'), geo]
const parsedAway = {
  kind: 'distance',
  of: path('spot'),
  to: { type: 'location', column: '(114,22)', writes: true },
}

describe('a sort', () => {
  it('is a key path and an order, in the order they are given', () => {
    const sorts = parseSorts([
      [key('_created_at'), 'desc'],
      [key('_owner'), 'asc'],
    ])
    expect(sorts).toEqual({
      ok: true,
      value: [
        { by: path('_created_at'), order: 'desc' },
        { by: path('_owner_id'), order: 'asc' },
      ],
    })
    expect(parseSorts([])).toEqual({ ok: true, value: [] })
  })

  it.each([
    [title],
    [[]],
    [[title]],
    [[title, 'DESC']],
    [[title, null]],
    [['title', 'asc']],
    [[1, 'asc']],
    [[geo, 'asc']],
    [[key(''), 'asc']],
    ['asc'],
    [null],
    [{ 0: title, 1: 'asc' }],
  ])('is not %j', (sort) => {
    expect(parseSorts([sort])).toMatchObject({
      ok: false,
      error: { name: 'InvalidArgument', info: { arguments: ['sort'] } },
    })
  })

  it('may be by a distance', () => {
    expect(parseSorts([[away, 'asc']])).toEqual({ ok: true, value: [{ by: parsedAway, order: 'asc' }] })
  })

  it('is one of a bounded number', () => {
    const sorts = (n: number) => parseSorts(Array.from({ length: n }, () => [title, 'asc']))
    expect([sorts(QUERY_SORTS_MAX).ok, sorts(QUERY_SORTS_MAX + 1).ok]).toEqual([true, false])
  })

  it('is judged and never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.jsonValue(), fc.tuple(fc.jsonValue(), fc.constantFrom('asc', 'x')))),
        (wire) => {
          expect(parseSorts(wire).ok).toBeTypeOf('boolean')
        },
      ),
    )
    expect(parseSorts([[['func', { toString: 1 }], 'asc']]).ok).toBe(false)
  })
})

describe('what a query includes', () => {
  it('is a key path or a distance, by name', () => {
    expect(parseIncludes({ category: key('cat'), owner: key('_owner'), away })).toEqual({
      ok: true,
      value: [
        { name: 'category', of: path('cat') },
        { name: 'owner', of: path('_owner_id') },
        { name: 'away', of: parsedAway },
      ],
    })
    expect(parseIncludes({})).toEqual({ ok: true, value: [] })
  })

  it.each([
    ['a literal', { a: 1 }],
    ['a place', { a: geo }],
    ['a function that nobody knows', { a: ['func', 'x'] }],
    ['a relation', { a: ['func', 'userRelation', title, { $type: 'relation', $name: '_follow' }] }],
    ['an empty key path', { a: key('') }],
    ['null', { a: null }],
    [
      'too much',
      Object.fromEntries(Array.from({ length: QUERY_INCLUDES_MAX + 1 }, (_, i) => [`a${i}`, title])),
    ],
  ])('is not %s: 108', (_, wire) => {
    expect(parseIncludes(wire)).toMatchObject({
      ok: false,
      error: { name: 'InvalidArgument', info: { arguments: ['include'] } },
    })
  })
})
