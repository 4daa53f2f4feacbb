import { describe, expect, it } from 'vitest'
import { putBack, take } from '../../src/core/rate.ts'

const RATE = { count: 3, seconds: 60 }
const EACH_MS = 20_000

/** Takes at each of these times; what came of it, `true` where one was taken. */
function tries(times: readonly number[], rate = RATE) {
  let usedUntil = 0
  return times.map((now) => {
    const taken = take(rate, usedUntil, now)
    if ('waitMs' in taken) return Math.ceil(taken.waitMs)
    usedUntil = taken.usedUntil
    return true
  })
}

describe('a rate', () => {
  it('gives all at once, and says how long until there is one again', () => {
    expect(tries([1e12, 1e12, 1e12, 1e12])).toEqual([true, true, true, EACH_MS - 20])
  })

  it('gets them back evenly', () => {
    const later = 1e12 + EACH_MS
    expect(tries([1e12, 1e12, 1e12, later, later])).toEqual([true, true, true, true, EACH_MS - 20])
  })

  it('never has more than it holds', () => {
    const later = 1e12 + 1000 * EACH_MS
    expect(tries([1e12, later, later, later, later])).toEqual([true, true, true, true, EACH_MS - 20])
  })

  it.each([1, 3, 7, 1_000_000])('of %d gives as many, whatever division leaves over', (count) => {
    const some = Math.min(count, 2000)
    const rate = { count: some, seconds: 61 }
    expect(tries(Array(some).fill(1e12), rate)).toEqual(Array(some).fill(true))
    expect(tries(Array(some + 1).fill(1e12), rate).at(-1)).not.toBe(true)
  })

  it('counts what is put back as not taken', () => {
    const first = take({ count: 1, seconds: 60 }, 0, 1e12)
    if ('waitMs' in first) throw new Error('the first is there')
    const back = putBack({ count: 1, seconds: 60 }, first.usedUntil)
    expect(take({ count: 1, seconds: 60 }, back, 1e12)).toEqual(first)
  })
})
