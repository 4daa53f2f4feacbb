import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, claimsOf, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'

/** The stored hash is needed before the login. */
const TWO_TRIPS = { status: 200, trips: 2 }

describe('auth:login', () => {
  let app: TestApp
  let ana: TestUser
  beforeAll(async () => {
    app = await testApp()
    const body = { auth_data: { username: 'Ana', email: 'Ana@x.io' }, password: 'secret' }
    const answer = await app.call('auth:signup', body)
    ana = { id: authOf(answer).user_id, token: authOf(answer).access_token }
  })
  const login = (auth_data: unknown, password: unknown = 'secret') =>
    app.call('auth:login', { auth_data, password })
  const updateUser = (assignments: string) =>
    app.sql(`update ${app.table('_core_user')} set ${assignments} where id = $1`, [ana.id])
  const sessions = async () => (await app.sql(`select id from ${app.table('_core_session')}`)).length

  it.each([{ username: 'aNA' }, { email: 'ANA@X.IO' }])(
    'finds a user by %o, in any letter case',
    async (auth_data) => {
      const answer = await login(auth_data)
      expect(outcome(answer)).toEqual(TWO_TRIPS)
      expect(authOf(answer)).toMatchObject({
        user_id: ana.id,
        profile: { username: 'Ana', email: 'Ana@x.io' },
      })
    },
  )

  it('looks a user up by the first login id and leaves the others aside', async () => {
    const answer = await login({ email: 'nobody@x.io', username: 'ana' })
    expect(authOf(answer).user_id).toBe(ana.id)
  })

  it('starts a session of its own and leaves the others alive', async () => {
    const { access_token } = authOf(await login({ username: 'ana' }))
    expect(claimsOf(access_token)['sid']).not.toBe(claimsOf(ana.token)['sid'])
    for (const token of [access_token, ana.token])
      expect((await app.call('me', {}, { token })).status).toBe(200)
  })

  it('answers the login before this one, and none right after sign-up', async () => {
    const seen = async () => {
      const { last_login_at, last_seen_at, profile } = authOf(await login({ username: 'ana' }))
      expect(profile['last_login_at']).toEqual({ $type: 'date', $date: last_login_at })
      return [Date.parse(last_login_at ?? ''), Date.parse(last_seen_at ?? '')]
    }
    const stored = async () => {
      const [row] = await app.sql(
        `select last_login_at || 'Z' as at from ${app.table('_core_user')} where id = $1`,
        [ana.id],
      )
      return Date.parse(String(row?.['at']))
    }
    await login({ username: 'ana' })
    const previous = await stored()
    expect(await seen()).toEqual([previous, previous])
    expect(await stored()).toBeGreaterThan(previous)
  })

  it('gives an unknown user and a wrong password the same answer, byte for byte', async () => {
    const before = await sessions()
    const unknown = await login({ username: 'nobody' })
    const wrong = await login({ username: 'ana' }, 'Secret')
    expect(outcome(unknown)).toEqual({ status: 401, trips: 1, code: 105 })
    expect(outcome(wrong)).toEqual(outcome(unknown))
    expect(wrong.text).toBe(unknown.text)
    expect(await sessions()).toBe(before)
  })

  it('answers a password that is missing, null or empty like a wrong one', async () => {
    const wrong = await login({ username: 'ana' }, 'wrong')
    for (const password of [undefined, null, '']) {
      const answer = await app.call('auth:login', { auth_data: { username: 'ana' }, password })
      expect([answer.status, answer.text]).toEqual([401, wrong.text])
    }
  })

  it('answers a password that is longer than any like a wrong one', async () => {
    const answer = await login({ username: 'ana' }, 'p'.repeat(4097))
    expect(outcome(answer)).toEqual({ status: 401, trips: 1, code: 105 })
  })

  it.each([{ username: '%' }, { username: `' or true --` }])(
    'takes %o for a name and nothing else',
    async (auth_data) => {
      expect(outcome(await login(auth_data))).toEqual({ status: 401, trips: 1, code: 105 })
    },
  )

  it('does not log in a user who has no password, whatever is given', async () => {
    const bob = await app.guest()
    await app.call('record:save', { records: [{ _id: `user/${bob.id}`, username: 'bob' }] }, bob)
    for (const password of ['', 'null'])
      expect(outcome(await login({ username: 'bob' }, password)).code).toBe(105)
  })

  const malformed: readonly [string, unknown, object][] = [
    ['auth_data is missing', { password: 'p' }, { code: 108, info: { arguments: ['auth_data'] } }],
    [
      'auth_data is empty',
      { auth_data: {}, password: 'p' },
      { code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data has an unknown key',
      { auth_data: { phone: '1' }, password: 'p' },
      { code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'a login id holds NUL',
      { auth_data: { username: '\u0000' }, password: 'p' },
      { code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data is a text',
      { auth_data: 'ana', password: 'p' },
      { code: 107, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data is a list',
      { auth_data: ['ana'], password: 'p' },
      { code: 107, info: { arguments: ['auth_data'] } },
    ],
    [
      'the password is a number',
      { auth_data: { username: 'ana' }, password: 1 },
      { code: 107, info: { arguments: ['password'] } },
    ],
    ['the auth provider is unknown', { provider: 'x' }, { code: 108, info: { arguments: ['provider'] } }],
  ]
  it.each(malformed)('refuses before the database where %s', async (_, body, expected) => {
    expect(outcome(await app.call('auth:login', body))).toEqual({ status: 400, trips: 0, ...expected })
  })

  it('does not let a client choose what it logs in by', async () => {
    const body = { AuthRecordKeys: [['_id']], auth_data: { _id: ana.id }, password: 'secret' }
    expect(outcome(await app.call('auth:login', body)).code).toBe(108)
  })

  it('tells a disabled user why and until when, given the right password', async () => {
    await updateUser(`disabled = true, disabled_message = 'spam', disabled_expiry = '2999-01-02 03:04:05.6'`)
    const before = await sessions()
    const info = { message: 'spam', expiry: '2999-01-02T03:04:05Z' }
    expect(outcome(await login({ username: 'ana' }))).toEqual({ status: 403, trips: 2, code: 127, info })
    expect(await sessions()).toBe(before)
    await updateUser(`disabled_message = null, disabled_expiry = null`)
    expect(outcome(await login({ username: 'ana' }))).toEqual({ status: 403, trips: 2, code: 127 })
    await updateUser('disabled = false')
  })

  it('tells nobody that a user is disabled without the password', async () => {
    await updateUser('disabled = true')
    const wrong = await login({ username: 'ana' }, 'wrong')
    const unknown = await login({ username: 'nobody' })
    expect([wrong.status, wrong.text, wrong.trips]).toEqual([401, unknown.text, unknown.trips])
    await updateUser('disabled = false')
  })

  it('counts a user as enabled whose disabling has run out', async () => {
    await updateUser(`disabled = true, disabled_expiry = timezone('utc', now()) - interval '1 second'`)
    expect(outcome(await login({ username: 'ana' }))).toEqual(TWO_TRIPS)
    await updateUser('disabled = false, disabled_expiry = null')
  })

  it('lets a user in by another isolate', async () => {
    const body = { auth_data: { username: 'ana' }, password: 'secret' }
    expect(outcome(await app.reopen().call('auth:login', body))).toEqual(TWO_TRIPS)
  })
})
