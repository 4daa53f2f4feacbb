import { describe, expect, it } from 'vitest'
import { Flights } from '../../src/core/flights.ts'

/** Work that ends when it is told to. */
function held<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let begun = 0
  const work = () => {
    begun += 1
    return promise
  }
  return { work, land: resolve, fail: reject, begun: () => begun }
}
const SECONDS = 0.05

describe('work that several need at once', () => {
  it('is done once for all who ask meanwhile, and again for who asks later', async () => {
    const flights = new Flights<number>(SECONDS)
    const first = held<number>()
    const answers = [1, 2, 3].map(() => flights.join('key', first.work))
    expect(flights.size).toBe(1)
    first.land(7)
    expect(await Promise.all(answers)).toEqual([7, 7, 7])
    expect(first.begun()).toBe(1)
    expect(flights.size).toBe(0)
    expect(await flights.join('key', () => Promise.resolve(8))).toBe(8)
  })

  it('of another key is other work', async () => {
    const flights = new Flights<string>(SECONDS)
    const of = (key: string) => flights.join(key, () => Promise.resolve(key))
    expect(await Promise.all([of('a'), of('b')])).toEqual(['a', 'b'])
  })

  it('fails for whoever did it; the next who waits does it again, for the rest', async () => {
    const flights = new Flights<number>(SECONDS)
    const broken = held<number>()
    const whole = held<number>()
    const first = flights.join('key', broken.work)
    const others = [1, 2].map(() => flights.join('key', whole.work))
    broken.fail(new Error('broken'))
    whole.land(9)
    await expect(first).rejects.toThrow('broken')
    expect(await Promise.all(others)).toEqual([9, 9])
    expect(whole.begun()).toBe(1)
  })

  it('that never ends, as its request is gone, is waited for so long and then done by who waits', async () => {
    const flights = new Flights<number>(SECONDS)
    void flights.join('key', held<number>().work)
    expect(await flights.join('key', () => Promise.resolve(5))).toBe(5)
    expect(flights.size).toBe(0)
  })

  it('is kept alive where its request may end before it', async () => {
    const flights = new Flights<number>(SECONDS)
    const kept: Promise<unknown>[] = []
    const failing = flights.join(
      'key',
      () => Promise.reject(new Error('no')),
      (work) => kept.push(work),
    )
    await expect(failing).rejects.toThrow('no')
    await expect(Promise.all(kept)).resolves.toEqual([undefined])
  })
})
