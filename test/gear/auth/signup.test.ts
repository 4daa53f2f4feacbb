import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, claimsOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'

describe('auth:signup', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const countUsers = async () =>
    (await app.sql(`select count(*)::int as n from ${app.table('_core_user')}`))[0]

  it('makes a user with a username and a password, in one round trip', async () => {
    const answer = await app.call('auth:signup', { auth_data: { username: 'Ana' }, password: 's3cret' })
    expect(outcome(answer)).toEqual(OK)
    const { user_id } = authOf(answer)
    expect(answer.json).toEqual({
      result: {
        user_id,
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        profile: {
          _id: `user/${user_id}`,
          _type: 'record',
          _access: null,
          _ownerID: user_id,
          _created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          _created_by: user_id,
          _updated_at: expect.any(String),
          _updated_by: user_id,
          username: 'Ana',
        },
      },
    })
    const log = await app.call('me', {}, { token: authOf(answer).access_token })
    expect(authOf(log).user_id).toBe(user_id)
  })

  it('makes a user with an email only', async () => {
    const answer = await app.call('auth:signup', { auth_data: { email: 'Ema@x.io' }, password: 's3cret' })
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer).profile).toMatchObject({ email: 'Ema@x.io' })
    const again = await app.call('auth:signup', { auth_data: { email: 'eMA@X.io' }, password: 'other' })
    expect(outcome(again), 'an email in another letter case is the same').toEqual({
      status: 409,
      trips: 1,
      code: 109,
    })
  })

  it('makes one user of a username and an email, who logs in by either', async () => {
    const both = { username: 'both', email: 'both@x.io' }
    const { user_id, profile } = authOf(
      await app.call('auth:signup', { auth_data: both, password: 's3cret' }),
    )
    expect(profile).toMatchObject(both)
    for (const auth_data of [{ username: 'both' }, { email: 'both@x.io' }])
      expect(authOf(await app.call('auth:login', { auth_data, password: 's3cret' })).user_id).toBe(user_id)
  })

  it('makes an anonymous user where there is neither login id nor password', async () => {
    for (const body of [
      {},
      { auth_data: null, password: null, profile: null },
      { auth_data: {}, profile: {} },
    ]) {
      const answer = await app.call('auth:signup', body)
      expect(outcome(answer)).toEqual(OK)
      expect(Object.keys(authOf(answer).profile).filter((name) => !name.startsWith('_'))).toEqual([])
    }
  })

  it('gives the roles that are given by default', async () => {
    await app.sql(
      `insert into ${app.table('_role')} (id, by_default) values ('Member', true), ('Writer', false)`,
    )
    const answer = await app.call('auth:signup')
    expect({ ...outcome(answer), roles: authOf(answer).roles }).toEqual({ ...OK, roles: ['Member'] })
    await app.sql(`update ${app.table('_role')} set by_default = false`)
    expect(authOf(await app.call('auth:signup')).roles, 'no roles, no field').toBeUndefined()
  })

  it('keeps a username that is SQL as it is', async () => {
    const username = `x'; drop table "user"; --`
    const answer = await app.call('auth:signup', { auth_data: { username }, password: 's3cret' })
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer).profile['username']).toBe(username)
    expect((await app.call('auth:login', { auth_data: { username }, password: 's3cret' })).status).toBe(200)
  })

  it('answers 409 Duplicated to a username that is taken in another letter case, and makes nobody', async () => {
    await app.signUp('Taken')
    const before = await countUsers()
    const answer = await app.call('auth:signup', { auth_data: { username: 'tAKEN' }, password: 'other' })
    expect(outcome(answer)).toEqual({ status: 409, trips: 1, code: 109 })
    expect(await countUsers()).toEqual(before)
    const login = { auth_data: { username: 'taken' }, password: 'other' }
    expect(outcome(await app.call('auth:login', login)).code, 'the password of the refused one').toBe(105)
  })

  it('lets one of fifty concurrent sign-ups of a name through, and tells those too many to come back', async () => {
    const body = { auth_data: { username: 'rush' }, password: 's3cret' }
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.call('auth:signup', body)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => ![200, 409, 503].includes(status))).toEqual([])
    for (const { headers } of answers.filter(({ status }) => status === 503))
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    const rows = await app.sql(`select _id from ${app.table('user')} where username = 'rush'`)
    expect(rows).toHaveLength(1)
  })

  const refusals: readonly [string, unknown, object][] = [
    [
      'a password is missing',
      { auth_data: { username: 'n1' } },
      { status: 400, code: 108, info: { arguments: ['password'] } },
    ],
    [
      'a password is null',
      { auth_data: { username: 'n1' }, password: null },
      { status: 400, code: 108, info: { arguments: ['password'] } },
    ],
    [
      'a password is empty',
      { auth_data: { username: 'n1' }, password: '' },
      { status: 400, code: 108, info: { arguments: ['password'] } },
    ],
    [
      'a password holds NUL',
      { auth_data: { username: 'n1' }, password: 'a\u0000b' },
      { status: 400, code: 108, info: { arguments: ['password'] } },
    ],
    [
      'a password is 4097 bytes',
      { auth_data: { username: 'n1' }, password: 'p'.repeat(4097) },
      { status: 400, code: 108, info: { arguments: ['password'] } },
    ],
    [
      'a password is no text',
      { auth_data: { username: 'n1' }, password: 1 },
      { status: 400, code: 107, info: { arguments: ['password'] } },
    ],
    [
      'auth_data is empty beside a password',
      { auth_data: {}, password: 'p' },
      { status: 400, code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data is all null beside a password',
      { auth_data: { username: null }, password: 'p' },
      { status: 400, code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data has an unknown key',
      { auth_data: { username: 'n1', phone: '1' }, password: 'p' },
      { status: 400, code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'a username is no text',
      { auth_data: { username: 5 }, password: 'p' },
      { status: 400, code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'a username holds NUL',
      { auth_data: { username: 'n\u00001' }, password: 'p' },
      { status: 400, code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'a username has 513 characters',
      { auth_data: { username: 'n'.repeat(513) }, password: 'p' },
      { status: 400, code: 108, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data is a text',
      { auth_data: 'n1', password: 'p' },
      { status: 400, code: 107, info: { arguments: ['auth_data'] } },
    ],
    [
      'auth_data is a list',
      { auth_data: [] },
      { status: 400, code: 107, info: { arguments: ['auth_data'] } },
    ],
    ['profile is a list', { profile: ['n1'] }, { status: 400, code: 107, info: { arguments: ['profile'] } }],
    ['profile is a text', { profile: 'n1' }, { status: 400, code: 107, info: { arguments: ['profile'] } }],
    [
      'a profile value is malformed',
      { profile: { born: { $type: 'date', $date: 'today' } } },
      { status: 400, code: 108, info: { arguments: ['born'] } },
    ],
    [
      'a profile value has an unknown $type',
      { profile: { born: { $type: 'blob' } } },
      { status: 400, code: 108, info: { arguments: ['born'] } },
    ],
    [
      'a key is in auth_data and in profile',
      { auth_data: { username: 'n1', email: 'n1@x.io' }, password: 'p', profile: { email: 'n2@x.io' } },
      { status: 400, code: 108, info: { arguments: ['email'] } },
    ],
    [
      'the auth provider is unknown',
      { provider: 'com.example' },
      { status: 400, code: 108, info: { arguments: ['provider'] } },
    ],
  ]
  it.each(refusals)('refuses before the database, and makes nobody, where %s', async (_, body, expected) => {
    const before = await countUsers()
    expect(outcome(await app.call('auth:signup', body))).toEqual({ trips: 0, ...expected })
    expect(await countUsers()).toEqual(before)
  })

  it('asks for an API key', async () => {
    expect(outcome(await app.call('auth:signup', {}, { key: null }))).toEqual({
      status: 401,
      trips: 0,
      code: 101,
    })
    expect(outcome(await app.call('auth:signup', {}, { key: 'wrong' }))).toEqual({
      status: 401,
      trips: 0,
      code: 103,
    })
  })

  it('gives every user a session of their own', async () => {
    const [a, b] = [await app.guest(), await app.guest()]
    expect(claimsOf(a.token)['sid']).not.toBe(claimsOf(b.token)['sid'])
    expect(claimsOf(a.token)['sub']).toBe(a.id)
  })
})
