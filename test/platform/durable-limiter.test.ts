import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { LIMITER_SECONDS_MAX } from '../../src/core/limits.ts'
import { durableLimiter } from '../../src/platform/durable-limiter.ts'

describe('the limiter of attempts', () => {
  const RATE = { count: 2, seconds: 1 }

  it('keeps one row a key, and nothing once it does not count any more', async () => {
    const key = crypto.randomUUID()
    const limiter = durableLimiter(env.LIMITS, () => undefined)
    const before = await idsOf()
    await limiter.take({ key, rate: RATE, place: null })
    const [id] = (await idsOf()).filter((each) => !before.includes(each))
    if (id === undefined) throw new Error('no object was made')
    const object = env.LIMITS.get(env.LIMITS.idFromString(id))
    const rows = () => runInDurableObject(object, (_, { storage }) => [...storage.kv.list()].length)
    expect(await rows()).toBe(1)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await rows(), 'too early').toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 600))
    await runDurableObjectAlarm(object)
    expect(await rows()).toBe(0)
    expect(await limiter.take({ key, rate: RATE, place: null }), 'and begins anew').toBe(0)
  })

  it('remembers a place without saying which', async () => {
    const key = crypto.randomUUID()
    const limiter = durableLimiter(env.LIMITS, () => undefined)
    const before = await idsOf()
    const limit = { key, rate: { count: 1, seconds: 600 }, place: '203.0.113.9' }
    await limiter.take(limit)
    await limiter.know(limit)
    const [id] = (await idsOf()).filter((each) => !before.includes(each))
    const kept = await runInDurableObject(
      env.LIMITS.get(env.LIMITS.idFromString(id ?? '')),
      (_, { storage }) => JSON.stringify([...storage.kv.list()]),
    )
    expect(kept).toContain('known')
    expect(kept).not.toContain('203.0.113')
    expect(kept).not.toContain(key)
    await limiter.take({ ...limit, place: null })
    expect(await limiter.take({ ...limit, place: null })).toBeGreaterThan(0)
    expect(await limiter.take(limit)).toBe(0)
  })

  const broken = (cause: Error) =>
    ({
      idFromName: () => null,
      get: () => ({ take: () => Promise.reject(cause), putBack: () => Promise.reject(cause) }),
    }) as unknown as typeof env.LIMITS

  it('lets everybody go on where it is down, and says so', async () => {
    const warn = vi.fn()
    const limiter = durableLimiter(broken(new Error('gone')), warn)
    const limit = { key: 'k', rate: RATE, place: null }
    expect(await limiter.take(limit)).toBe(0)
    await limiter.putBack(limit)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('gone'))
  })

  it('does not hold a request up that it does not answer', async () => {
    const silent = { idFromName: () => null, get: () => ({ take: () => new Promise(() => undefined) }) }
    const warn = vi.fn()
    const limiter = durableLimiter(silent as unknown as typeof env.LIMITS, warn)
    const started = Date.now()
    expect(await limiter.take({ key: 'k', rate: RATE, place: null })).toBe(0)
    expect(Date.now() - started).toBeLessThan((LIMITER_SECONDS_MAX + 1) * 1000)
    expect(warn).toHaveBeenCalledOnce()
  })

  it('is not down where one key is tried more often than it can count', async () => {
    const overloaded = Object.assign(new Error('too much'), { overloaded: true })
    const limiter = durableLimiter(broken(overloaded), () => undefined)
    expect(await limiter.take({ key: 'k', rate: RATE, place: null })).toBeGreaterThan(0)
  })
})

const idsOf = async (): Promise<readonly string[]> => (await listDurableObjectIds(env.LIMITS)).map(String)
