import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'

describe('auth:signup with a profile', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })

  const values: readonly [string, string, unknown, unknown?][] = [
    ['text', 'nick', `O'Neil "the \\ 🦄"`],
    ['number', 'height', 1.75],
    ['boolean', 'grown', false],
    ['list', 'tags', ['a', { b: null }]],
    ['object', 'address', { street: 'x', no: 1 }],
    ['place', 'home', { $type: 'geo', $lng: 114.1, $lat: -22.5 }],
    [
      'time',
      'born',
      { $type: 'date', $date: '1990-01-01T01:00:00.000+01:00' },
      { $type: 'date', $date: '1990-01-01T00:00:00Z' },
    ],
  ]
  it.each(values)('keeps a %s', async (_, field, value, stored = value) => {
    const first = await app.call('auth:signup', { profile: { [field]: value } })
    expect(first.status).toBe(200)
    expect(authOf(first).profile[field]).toEqual(stored)
    const second = await app.call('auth:signup', { profile: { [field]: value } })
    expect(outcome(second), 'the column exists by now').toEqual(OK)
    const me = await app.call('me', {}, { token: authOf(second).access_token })
    expect(authOf(me).profile[field]).toEqual(stored)
  })

  it('keeps a reference to another user', async () => {
    const friend = await app.guest()
    const ref = { $type: 'ref', $id: `user/${friend.id}` }
    const answer = await app.call('auth:signup', { profile: { friend: ref } })
    expect(authOf(answer).profile['friend']).toEqual(ref)
  })

  it('numbers users by a sequence', async () => {
    const numbers: unknown[] = []
    for (const profile of [{ no: { $type: 'seq' } }, {}, {}])
      numbers.push(authOf(await app.call('auth:signup', { profile })).profile['no'])
    expect(numbers).toEqual([...numbers].toSorted((a, b) => Number(a) - Number(b)))
    expect(new Set(numbers).size).toBe(3)
  })

  it('drops reserved fields of a profile', async () => {
    const answer = await app.call('auth:signup', {
      profile: { _owner_id: 'x', _id: 'user/x', _access: [], '': 1 },
    })
    const { user_id, profile } = authOf(answer)
    expect(profile).toMatchObject({ _id: `user/${user_id}`, _ownerID: user_id, _access: null })
  })

  it('logs a user in by an email that was given in the profile, since both are one login id', async () => {
    const body = { auth_data: { username: 'paul' }, password: 'secret', profile: { email: 'paul@x.io' } }
    const { user_id } = authOf(await app.call('auth:signup', body))
    const login = await app.call('auth:login', { auth_data: { email: 'paul@x.io' }, password: 'secret' })
    expect(outcome(login)).toEqual({ status: 200, trips: 2 })
    expect(authOf(login).user_id).toBe(user_id)
  })

  it.each(['p', 'r', 'u', 'account', 'saved', 'constructor'])(
    'has a field called %s like any other',
    async (field) => {
      const answer = await app.call('auth:signup', { profile: { [field]: 'here' } })
      expect(answer.status).toBe(200)
      const { access_token, profile } = authOf(answer)
      expect(profile).toMatchObject({ [field]: 'here' })
      expect(authOf(await app.call('me', {}, { token: access_token })).profile).toMatchObject({
        [field]: 'here',
      })
    },
  )
})

describe('auth:signup with a profile in production', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp({ production: true })
    await app.guest()
  })

  it('refuses a field that has no column and makes nobody, so that the username stays free', async () => {
    const user = { auth_data: { username: 'pia' }, password: 'secret' }
    const answer = await app.call('auth:signup', { ...user, profile: { nick: 'p' } })
    expect(outcome(answer)).toEqual({ status: 409, trips: 1, code: 114 })
    expect(await app.sql(`select 1 from ${app.table('user')} where username is not null`)).toEqual([])
    expect(outcome(await app.call('auth:signup', user))).toEqual(OK)
  })

  it('makes the column where the master key asks', async () => {
    const body = { profile: { height: 1 } }
    const answer = await app.call('auth:signup', body, { key: app.masterKey })
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    const next = await app.call('auth:signup', body)
    expect(authOf(next).profile['height'], 'and then everybody has it').toBe(1)
  })
})
