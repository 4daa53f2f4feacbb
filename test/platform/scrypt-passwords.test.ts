import { scryptSync } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { failureStatus } from '../../src/core/failure.ts'
import { PASSWORD_BYTES_MAX, PASSWORD_QUEUE_MAX, PASSWORD_WAIT_SECONDS_MAX } from '../../src/core/limits.ts'
import { scryptPasswords } from '../../src/platform/scrypt-passwords.ts'

const yes = { ok: true, value: true }
const no = { ok: true, value: false }
const busy = {
  ok: false,
  error: expect.objectContaining({ status: 503, retryAfterSeconds: expect.any(Number) }),
}

async function hashOf(password: string): Promise<string> {
  const hash = await scryptPasswords().hash(password)
  if (!hash.ok) throw new Error(hash.error.message)
  return hash.value
}
const verify = (password: string, hash: string | null) => scryptPasswords().verify(password, hash)

/** Made once: each costs 100 ms. */
let kept: string
beforeAll(async () => {
  kept = await hashOf('secret')
})

/** A hash as another server may have made it. */
function foreign(password: string, { ln = 10, r = 8, p = 1, bytes = 32 } = {}): string {
  const key = scryptSync(password, 'salt-of-sixteen!', bytes, { N: 2 ** ln, r, p, maxmem: 2 ** 27 })
  const base64 = (buffer: Buffer) => buffer.toString('base64').replaceAll('=', '')
  return `$scrypt$ln=${ln},r=${r},p=${p}$${base64(Buffer.from('salt-of-sixteen!'))}$${base64(key)}`
}

describe('a password', () => {
  it('is kept as a PHC text with its cost and a salt of its own', async () => {
    const [one, other] = [await hashOf('secret'), await hashOf('secret')]
    for (const hash of [one, other])
      expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await verify('secret', one)).toEqual(yes)
    expect(await verify('secret', other)).toEqual(yes)
  })

  it.each(['Secret', 'secret ', ' secret', 'secre', 'secrett', ''])('is not %j', async (given) => {
    expect(await verify(given, kept)).toEqual(no)
  })

  it.each(['', ' ', '😀', 'x'.repeat(PASSWORD_BYTES_MAX)])('may be %j', async (password) => {
    const hash = await hashOf(password)
    expect(await verify(password, hash)).toEqual(yes)
    expect(await verify(`${password}x`, hash)).toEqual(no)
  })

  it.each([
    ['composed and decomposed', 'caf\u00e9', 'cafe\u0301'],
    ['a ligature and its letters', 'ﬁne', 'fine'],
    ['full width and half', 'ｐａｓｓ', 'pass'],
  ])('is the same however it is typed: %s', async (_, typed, retyped) => {
    expect(await verify(retyped, await hashOf(typed))).toEqual(yes)
  })

  it('of nobody is nobody’s, not even the one that no user has', async () => {
    expect(await verify('', null)).toEqual(no)
    expect(await verify('secret', null)).toEqual(no)
  })

  it('of nobody takes as long as one of somebody', async () => {
    const took = { somebody: 0, nobody: 0 }
    const measure = async (who: keyof typeof took, hash: string | null) => {
      const started = performance.now()
      await verify('wrong', hash)
      // The clock stands still while a hash is made; it moves at the next event.
      await new Promise((resolve) => setTimeout(resolve, 0))
      took[who] += performance.now() - started
    }
    for (let i = 0; i < 4; i++) {
      await measure('somebody', kept)
      await measure('nobody', null)
    }
    expect(took.nobody / took.somebody).toBeGreaterThan(0.4)
    expect(took.nobody / took.somebody).toBeLessThan(2.5)
  })
})

describe('a stored hash', () => {
  it.each([{ ln: 10 }, { ln: 14, p: 5 }, { ln: 12, r: 4, p: 2 }])(
    'of other costs %j still verifies',
    async (cost) => {
      expect(await verify('secret', foreign('secret', cost))).toEqual(yes)
      expect(await verify('wrong', foreign('secret', cost))).toEqual(no)
    },
  )

  it.each([
    '',
    'secret',
    '$scrypt$',
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    '$scrypt$ln=14,r=8,p=5$c2FsdA$',
    '$scrypt$ln=14,r=8,p=5$$a2V5',
    '$scrypt$ln=14,r=8$c2FsdA$a2V5',
    '$scrypt$ln=-1,r=8,p=5$c2FsdA$a2V5',
    '$scrypt$ln=14,r=8,p=5$c2FsdA$a2V5',
    '$scrypt$ln=14,r=8,p=5$c2FsdA$!!!!',
    `${foreign('secret')}x$`,
    `x${foreign('secret')}`,
    `${foreign('secret')}\n`,
  ])('that reads %j is no password’s', async (hash) => {
    expect(await verify('secret', hash)).toEqual(no)
  })

  it('with a key of another length is no password’s', async () => {
    expect(await verify('secret', foreign('secret', { bytes: 16 }))).toEqual(no)
  })

  it.each([
    ['more memory than an isolate has', 'ln=20,r=8,p=1'],
    ['more work than workerd does', 'ln=14,r=8,p=99'],
    ['a power beyond every number', 'ln=99,r=8,p=1'],
    ['no blocks', 'ln=14,r=0,p=1'],
    ['no passes', 'ln=14,r=8,p=0'],
    ['no power', 'ln=0,r=8,p=1'],
  ])('that asks for %s is no password’s, and breaks nothing', async (_, cost) => {
    const passwords = scryptPasswords()
    const hash = foreign('secret').replace('ln=10,r=8,p=1', cost)
    expect(await passwords.verify('secret', hash)).toEqual(no)
    expect(await passwords.verify('secret', foreign('secret'))).toEqual(yes)
  })
})

describe('the queue of hashes', () => {
  afterEach(() => vi.useRealTimers())

  it('is bounded: who comes when it is full is told when to come back, and the others are served', async () => {
    const passwords = scryptPasswords()
    const cheap = foreign('secret', { ln: 4 })
    const served = Array.from({ length: PASSWORD_QUEUE_MAX }, () => passwords.verify('secret', cheap))
    const turnedAway = [await passwords.hash('secret'), await passwords.verify('secret', cheap)]
    expect(turnedAway).toEqual([busy, busy])
    expect(turnedAway.map((answer) => answer.ok || failureStatus(answer.error))).toEqual([503, 503])
    expect(await Promise.all(served)).toEqual(served.map(() => yes))
    expect(await passwords.verify('secret', cheap)).toEqual(yes)
  })

  it('is the same full for a user who is there and one who is not', async () => {
    const passwords = scryptPasswords()
    const cheap = foreign('secret', { ln: 4 })
    const served = Array.from({ length: PASSWORD_QUEUE_MAX }, () => passwords.verify('secret', cheap))
    const [there, gone] = [await passwords.verify('secret', cheap), await passwords.verify('secret', null)]
    expect(there).toEqual(gone)
    await Promise.all(served)
  })

  it('gives a place back that a request never came back to', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const passwords = scryptPasswords()
    const cheap = foreign('secret', { ln: 4 })
    // Nobody turns the clock: these wait for ever, as if their requests had gone away.
    for (let i = 0; i < PASSWORD_QUEUE_MAX; i++) void passwords.verify('secret', cheap)
    expect(await passwords.verify('secret', cheap)).toEqual(busy)
    vi.useRealTimers()
    const later = Date.now() + (PASSWORD_WAIT_SECONDS_MAX + 1) * 1000
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later)
    expect(await passwords.verify('secret', cheap)).toEqual(yes)
    clock.mockRestore()
  })
})

describe('a hash is outdated', () => {
  it('where it is not as one would be made now: another cost, or bcrypt', () => {
    const { isOutdated } = scryptPasswords()
    expect(isOutdated(kept)).toBe(false)
    expect(isOutdated(foreign('secret', { ln: 10 }))).toBe(true)
    expect(isOutdated(foreign('secret', { ln: 14, p: 4 }))).toBe(true)
    expect(isOutdated('$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy')).toBe(true)
  })
})
