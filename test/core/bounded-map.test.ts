import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedMap } from '../../src/core/bounded-map.ts'

describe('a bounded map', () => {
  it('forgets its oldest entry when it is full', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 2, 3])
  })

  it('takes an entry that is set again for a new one', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4])
  })

  it('has room again for what was deleted', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.delete('b')
    map.delete('never there')
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
  })

  it('forgets as many as a heavy one needs room', () => {
    const map = new BoundedMap<string, string>(6, (key, value) => key.length + value.length)
    map.set('a', '1')
    map.set('b', '2')
    map.set('c', '3')
    map.set('d', '456')
    expect([map.get('a'), map.get('b'), map.get('c'), map.get('d')]).toEqual([
      undefined,
      undefined,
      '3',
      '456',
    ])
  })

  it('does not keep what is too heavy alone, nor what was there before it', () => {
    const map = new BoundedMap<string, string>(3, (_, value) => value.length)
    map.set('a', '1')
    map.set('a', '1234')
    expect(map.get('a')).toBeUndefined()
    map.set('b', '123')
    expect(map.get('b')).toBe('123')
  })

  it('never holds more than it may weigh', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))),
        (set) => {
          const map = new BoundedMap<number, number>(12, (_, weight) => weight)
          for (const [key, weight] of set) {
            map.set(key, weight)
            const held = Array.from({ length: 10 }, (_, i) => map.get(i) ?? 0)
            expect(held.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(12)
            expect(map.get(key)).toBe(weight)
          }
        },
      ),
    )
  })

  it('holds exactly the last keys that were set, up to its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 9 })), (size, keys) => {
        const map = new BoundedMap<number, number>(size)
        keys.forEach((key, i) => map.set(key, i))
        const recent = [...new Set(keys.toReversed())].slice(0, size)
        const held = Array.from({ length: 10 }, (_, key) => key).filter((key) => map.get(key) !== undefined)
        expect(held).toEqual(recent.toSorted((a, b) => a - b))
        for (const key of recent) expect(map.get(key)).toBe(keys.lastIndexOf(key))
      }),
    )
  })
})
