import { describe, expect, it } from 'vitest'
import { outcome, type Json } from '../../support/app.ts'
import { each, FEW, limitedApp, statuses } from './limited-app.ts'

const VICTIM = { username: 'ana' }

const login = (auth_data: Json, password = 'wrong') => ['auth:login', { auth_data, password }] as const
describe('credential stuffing: many accounts from one address', () => {
  it('is refused after so many failures, with 429, Retry-After and a code', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW } })
    await app.guest()
    const names = ['a', 'b', 'c', 'd'].map((username) => ({ username }))
    const answers = await each(names, (name) => from('203.0.113.9')(...login(name)))
    expect(statuses(answers)).toEqual([401, 401, 401, 429])
    const refused = answers.at(-1)
    const seconds = Number(refused?.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(100)
    expect(seconds).toBeLessThanOrEqual(200)
    expect(refused?.json['error']).toMatchObject({ code: 102, info: { retry_after: seconds } })
    expect(statuses([await from('203.0.113.10')(...login({ username: 'e' }))])).toEqual([401])
  })

  it('gains nothing by guessing all at once', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW } })
    await app.guest()
    const names = Array.from({ length: 8 }, (_, i) => ({ username: `u${i}` }))
    const answers = await Promise.all(names.map((name) => from('203.0.113.9')(...login(name))))
    expect(statuses(answers).toSorted((a, b) => a - b)).toEqual([401, 401, 401, 429, 429, 429, 429, 429])
  })

  it('gains nothing by walking through a network’s addresses', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW } })
    await app.guest()
    const addresses = ['1', '2', '3', 'ffff:4'].map((host) => `2001:db8:1:2::${host}`)
    const answers = await each(addresses, (address) => from(address)(...login({ username: address })))
    expect(statuses(answers)).toEqual([401, 401, 401, 429])
    expect((await from('2001:db8:1:3::1')(...login({ username: 'x' }))).status).toBe(401)
  })

  it('gains nothing by a login that is right in between', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW } })
    await app.signUp('mine')
    const guess = login({ username: 'x' })
    const mine = login({ username: 'mine' }, 'secret')
    const answers = await each([guess, mine, guess, mine, guess, guess], (body) =>
      from('203.0.113.9')(...body),
    )
    expect(statuses(answers)).toEqual([401, 200, 401, 200, 401, 429])
  })
})

describe('an address that a header claims', () => {
  const claims = ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'forwarded', 'x-client-ip']

  it('is nobody’s: another one each time does not help', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW } })
    await app.guest()
    const answers = await each([1, 2, 3, 4], (i) =>
      from(
        '203.0.113.9',
        Object.fromEntries(claims.map((name) => [name, `198.51.100.${i}`])),
      )(...login({ username: `u${i}` })),
    )
    expect(statuses(answers)).toEqual([401, 401, 401, 429])
  })

  it('does not use up what another has', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW } })
    await app.guest()
    const spoofed = from('203.0.113.9', Object.fromEntries(claims.map((name) => [name, '198.51.100.1'])))
    await each([1, 2, 3, 4], (i) => spoofed(...login({ username: `u${i}` })))
    expect((await from('198.51.100.1')(...login({ username: 'x' }))).status).toBe(401)
  })
})

describe('guessing one account’s password from many addresses', () => {
  const addresses = Array.from({ length: 4 }, (_, i) => `198.51.100.${i}`)

  it.each([
    ['who is there', 'ana'],
    ['who is not', 'nobody'],
  ])('is refused after so many failures, of a user %s', async (_, username) => {
    const { app, from } = await limitedApp({ login: { account: FEW } })
    await app.signUp('ana')
    const answers = await each(addresses, (address) => from(address)(...login({ username })))
    expect(answers.map(outcome)).toEqual([
      { status: 401, trips: 1, code: 105 },
      { status: 401, trips: 1, code: 105 },
      { status: 401, trips: 1, code: 105 },
      { status: 429, trips: 1, code: 102, info: { retry_after: expect.any(Number) } },
    ])
  })

  it('is one account’s however its name is written', async () => {
    const { app, from } = await limitedApp({ login: { account: FEW } })
    await app.signUp('ana')
    const names = ['ana', 'ANA', 'Ana', 'ａｎａ'].map((username) => ({ username }))
    expect(statuses(await each(names, (name) => from('203.0.113.9')(...login(name))))).toEqual([
      401, 401, 401, 429,
    ])
  })

  it('does not even tell that a guess was right', async () => {
    const { app, from } = await limitedApp({ login: { account: FEW } })
    await app.signUp('ana')
    await each(addresses, (address) => from(address)(...login(VICTIM)))
    const [right, wrong] = await each(['secret', 'wrong'], (password) =>
      from('203.0.113.9')(...login(VICTIM, password)),
    )
    expect([right?.status, wrong?.status]).toEqual([429, 429])
  })
})

describe('locking an account’s owner out', () => {
  const attack = (from: Awaited<ReturnType<typeof limitedApp>>['from']) =>
    each(
      Array.from({ length: 6 }, (_, i) => `198.51.100.${i}`),
      (address) => from(address)(...login(VICTIM)),
    )

  it('does not work where the owner has been before', async () => {
    const { app, from } = await limitedApp({ login: { account: FEW } })
    await app.signUp('ana')
    const home = from('2001:db8:1:2::1')
    expect((await home(...login(VICTIM, 'secret'))).status).toBe(200)
    expect(statuses(await attack(from))).toContain(429)
    const moved = from('2001:db8:1:2::2')
    expect((await moved(...login(VICTIM, 'secret'))).status).toBe(200)
    expect((await moved(...login(VICTIM))).status, 'a slip there is only that').toBe(401)
    expect((await moved(...login(VICTIM, 'secret'))).status).toBe(200)
  })

  it('does not last: from a new place, there is a try again and again', async () => {
    const { app, from } = await limitedApp({ login: { account: { count: 3, seconds: 6 } } })
    await app.signUp('ana')
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => from(`198.51.100.${i}`)(...login(VICTIM))),
    )
    const seconds = Math.max(...answers.map(({ headers }) => Number(headers.get('retry-after'))))
    expect(seconds).toBeLessThanOrEqual(2)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    expect((await from('203.0.113.9')(...login(VICTIM, 'secret'))).status).toBe(200)
  })

  it('does not work from an address that is refused itself', async () => {
    const { app, from } = await limitedApp({
      login: { address: { count: 1, seconds: 600 }, account: { count: 2, seconds: 600 } },
    })
    await app.signUp('ana')
    const answers = await each([1, 2, 3, 4], () => from('198.51.100.1')(...login(VICTIM)))
    expect(statuses(answers)).toEqual([401, 429, 429, 429])
    expect((await from('203.0.113.9')(...login(VICTIM, 'secret'))).status).toBe(200)
  })

  it('is not what an owner does: no number of right logins is too many', async () => {
    const { app, from } = await limitedApp({ login: { account: FEW, address: FEW } })
    await app.signUp('ana')
    const answers = await each([1, 2, 3, 4, 5], () => from('203.0.113.9')(...login(VICTIM, 'secret')))
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200])
  })
})

describe('guessing the password with a stolen session', () => {
  it('is refused after so many failures, whatever is said then', async () => {
    const { app } = await limitedApp({ login: { account: FEW } })
    const ana = await app.signUp('ana')
    const change = (old_password: string) =>
      app.call('auth:password', { old_password, password: 'secret' }, ana)
    const answers = await each(['wrong', 'wrong', 'wrong', 'wrong', 'secret'], change)
    expect(statuses(answers)).toEqual([401, 401, 401, 429, 429])
  })
})

describe('signing up in masses', () => {
  const guest = ['auth:signup', {}] as const

  it('is refused after so many sign-ups from one address, that fail or not', async () => {
    const { from } = await limitedApp({ signup: { address: FEW } })
    const taken = ['auth:signup', { auth_data: { username: 'ana' }, password: 'secret' }] as const
    const answers = await each([guest, taken, taken, guest], (body) => from('203.0.113.9')(...body))
    expect(answers.map(outcome)).toEqual([
      { status: 200, trips: expect.any(Number) },
      { status: 200, trips: 1 },
      expect.objectContaining({ status: 409 }),
      { status: 429, trips: 0, code: 102, info: { retry_after: expect.any(Number) } },
    ])
    expect((await from('203.0.113.10')(...guest)).status).toBe(200)
  })

  it('is an import where the master key does it', async () => {
    const { app, from } = await limitedApp({ signup: { address: FEW } })
    const answers = await each([1, 2, 3, 4, 5], () => from('203.0.113.9')(...guest, app.masterKey))
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200])
  })
})

describe('a limit', () => {
  it('of one app is not another’s', async () => {
    const [one, other] = [
      await limitedApp({ login: { address: FEW, account: FEW } }),
      await limitedApp({ login: { address: FEW, account: FEW } }),
    ]
    await Promise.all([one.app.guest(), other.app.guest()])
    const answers = await each([1, 2, 3, 4], () => one.from('203.0.113.9')(...login(VICTIM)))
    expect(statuses(answers)).toEqual([401, 401, 401, 429])
    expect((await other.from('203.0.113.9')(...login(VICTIM))).status).toBe(401)
  })

  it('in development lets a test suite sign up three hundred users from one address', async () => {
    const { from } = await limitedApp({})
    const guests = async () => statuses(await each(Array(75).fill(0), () => from('::1')('auth:signup', {})))
    const all = (await Promise.all([guests(), guests(), guests(), guests()])).flat()
    expect(all).toEqual(Array(300).fill(200))
  })

  it('in production is there by default', async () => {
    const { app, from } = await limitedApp({}, { production: true })
    await app.guest()
    const answers = await each(Array(101).fill(0), () => from('203.0.113.9')('auth:signup', {}))
    expect(answers.findIndex(({ status }) => status === 429)).toBe(100)
  })

  it('may be none', async () => {
    const { app, from } = await limitedApp({ signup: { address: null } }, { production: true })
    await app.guest()
    const answers = await each(Array(101).fill(0), () => from('203.0.113.9')('auth:signup', {}))
    expect(statuses(answers)).not.toContain(429)
  })

  it('costs no trip to the database', async () => {
    const { app, from } = await limitedApp({ login: { address: FEW, account: FEW } })
    await app.signUp('ana')
    expect(outcome(await from('203.0.113.9')(...login(VICTIM, 'secret')))).toEqual({ status: 200, trips: 2 })
  })
})
