import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { PASSWORD_HASHERS_MAX, PASSWORD_QUEUE_MAX } from '../../src/core/limits.ts'
import { durablePasswords, type PasswordHasher } from '../../src/platform/durable-passwords.ts'

const yes = { ok: true, value: true }
const no = { ok: true, value: false }
const busy = {
  ok: false,
  error: expect.objectContaining({ status: 503, retryAfterSeconds: expect.any(Number) }),
}

describe('passwords hashed in Durable Objects', () => {
  it('verify as the very same hashes', async () => {
    const passwords = durablePasswords(env.PASSWORDS)
    const hash = await passwords.hash('secret')
    if (!hash.ok) throw new Error(hash.error.message)
    expect(hash.value).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/)
    expect(passwords.isOutdated(hash.value)).toBe(false)
    expect(await passwords.verify('secret', hash.value)).toEqual(yes)
    expect(await durablePasswords(env.PASSWORDS).verify('wrong', hash.value)).toEqual(no)
    expect(await passwords.verify('', null)).toEqual(no)
  })

  it('wait in one queue where their objects share a thread, and it is bounded', async () => {
    const passwords = durablePasswords(env.PASSWORDS)
    const calls = 2 * PASSWORD_QUEUE_MAX
    const answers = await Promise.all(Array.from({ length: calls }, () => passwords.verify('secret', null)))
    const turnedAway = answers.filter(({ ok }) => !ok)
    // A hash or two may be ready before the last call arrives.
    expect(turnedAway.length).toBeGreaterThan(PASSWORD_QUEUE_MAX - 4)
    expect(turnedAway.length).toBeLessThanOrEqual(PASSWORD_QUEUE_MAX)
    expect(turnedAway).toEqual(turnedAway.map(() => busy))
  })

  it('are spread over the hashers while several are made, and go to the first otherwise', async () => {
    const asked: unknown[] = []
    let ids = 0
    const namespace = {
      newUniqueId: () => ids++,
      get: (id: number) => ({
        async hash() {
          asked.push(id)
          await new Promise((resolve) => setTimeout(resolve, 1))
          return { ok: true, value: '' }
        },
      }),
    }
    const passwords = durablePasswords(namespace as unknown as DurableObjectNamespace<PasswordHasher>)
    await Promise.all(Array.from({ length: PASSWORD_HASHERS_MAX }, () => passwords.hash('secret')))
    expect(new Set(asked).size).toBe(PASSWORD_HASHERS_MAX)
    await passwords.hash('secret')
    expect(asked.at(-1)).toBe(asked[0])
  })

  it('can be tried again where an object is gone, and the next call has a new stub', async () => {
    let stubs = 0
    const namespace = {
      newUniqueId: () => null,
      get: () => {
        stubs++
        return { hash: () => Promise.reject(new Error('the object has been reset')) }
      },
    }
    const passwords = durablePasswords(namespace as unknown as DurableObjectNamespace<PasswordHasher>)
    expect([await passwords.hash('secret'), await passwords.hash('secret')]).toEqual([busy, busy])
    expect(stubs).toBe(2)
  })
})
