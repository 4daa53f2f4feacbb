import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, type Json, type TestApp } from '../../support/app.ts'
import { authApp, patiently } from './auth-app.ts'

const DUPLICATED = { status: 409, trips: 1, code: 109 }
const INVALID = { status: 400, trips: 0, code: 108, info: { arguments: ['auth_data'] } }

describe('an app whose users are known by username and email together', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await authApp({ auth_record_keys: [['username', 'email'], ['phone']] })
    await app.guest()
  })
  const signup = (auth_data: Json) => app.call('auth:signup', { auth_data, password: 'secret' })
  const login = (auth_data: Json) => app.call('auth:login', { auth_data, password: 'secret' })

  it('signs up and logs in by both, however they are written', async () => {
    const answer = await signup({ username: 'Ana', email: 'ana@x.io' })
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer).profile).toMatchObject({ username: 'Ana', email: 'ana@x.io' })
    const found = await login({ username: 'ana', email: 'Ana@X.io' })
    expect(outcome(found)).toEqual({ status: 200, trips: 2 })
    expect(authOf(found).user_id).toBe(authOf(answer).user_id)
  })

  it('has each of them as often as it comes, and both together once', async () => {
    await signup({ username: 'bob', email: 'bob@x.io' })
    expect(outcome(await signup({ username: 'bob', email: 'other@x.io' }))).toEqual(OK)
    expect(outcome(await signup({ username: 'other', email: 'bob@x.io' }))).toEqual(OK)
    expect(outcome(await signup({ username: 'BOB', email: 'bob@x.io' }))).toEqual(DUPLICATED)
  })

  it('does not find a user by a half', async () => {
    for (const auth_data of [{ username: 'ana' }, { email: 'ana@x.io' }])
      expect(outcome(await login(auth_data))).toEqual(INVALID)
  })

  it('finds a user by what was saved since', async () => {
    const dan = authOf(await signup({ username: 'dan', email: 'dan@x.io' }))
    const records = [{ _id: `user/${dan.user_id}`, username: 'daniel' }]
    await app.call('record:save', { records }, { token: dan.access_token })
    expect(authOf(await login({ username: 'daniel', email: 'dan@x.io' })).user_id).toBe(dan.user_id)
    expect(outcome(await login({ username: 'dan', email: 'dan@x.io' })).code).toBe(105)
  })

  it('makes one user of twenty sign-ups at once', async () => {
    const auth_data = { username: 'rush', email: 'rush@x.io' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => patiently(() => signup(auth_data))))
    const statuses = answers.map(({ status }) => status).toSorted((x, y) => x - y)
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)])
  })
})

it('a username is one user’s by itself where an email is only with a phone', async () => {
  const app = await authApp({ auth_record_keys: [['username'], ['email', 'phone']] })
  const signup = (auth_data: Json) => app.call('auth:signup', { auth_data, password: 'secret' })
  const ana = { username: 'ana', email: 'a@x.io', phone: '1' }
  const { user_id } = authOf(await signup(ana))
  expect(outcome(await signup({ username: 'bob', email: 'a@x.io', phone: '2' }))).toEqual(OK)
  expect(outcome(await signup({ username: 'ANA', email: 'c@x.io', phone: '3' }))).toEqual(DUPLICATED)
  expect(outcome(await signup({ username: 'cyd', email: 'a@x.io', phone: '1' }))).toEqual(DUPLICATED)
  for (const auth_data of [{ username: 'ana' }, { email: 'A@x.io', phone: '1' }])
    expect(authOf(await app.call('auth:login', { auth_data, password: 'secret' })).user_id).toBe(user_id)
})
