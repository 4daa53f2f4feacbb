import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { patiently } from './auth-app.ts'

const ENDED = { status: 401, trips: 1, code: 104 }

describe('auth:reset_password', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
  })
  const reset = (body: object) => app.call('auth:reset_password', body, { key: app.masterKey })

  it('gives a user another password, ends their sessions and answers a token of theirs', async () => {
    const ana = await app.signUp('ana')
    const answer = await reset({ auth_id: ana.id, password: 'given' })
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    expect(authOf(answer).user_id).toBe(ana.id)
    expect(outcome(await app.call('me', {}, { token: authOf(answer).access_token }))).toEqual(OK)
    expect(outcome(await app.call('me', {}, ana))).toEqual(ENDED)
    const login = (password: string) => app.call('auth:login', { auth_data: { username: 'ana' }, password })
    expect((await login('given')).status).toBe(200)
    expect(outcome(await login('secret')).code).toBe(105)
  })

  it('makes a full user of an anonymous one who has saved a username: same id, same records', async () => {
    const guest = await app.guest()
    await app.call('record:save', { records: [{ _id: 'note/mine', text: 'kept' }] }, guest)
    await app.call('record:save', { records: [{ _id: `user/${guest.id}`, username: 'promoted' }] }, guest)
    const credentials = { auth_data: { username: 'promoted' }, password: 'secret' }
    expect(outcome(await app.call('auth:login', credentials)).code, 'without a password').toBe(105)
    await reset({ auth_id: guest.id, password: 'secret' })
    const answer = await app.call('auth:login', credentials)
    expect(authOf(answer).user_id).toBe(guest.id)
    const [note] = (
      await app.call('record:fetch', { ids: ['note/mine'] }, { token: authOf(answer).access_token })
    ).json['result'] as readonly object[]
    expect(note).toMatchObject({ text: 'kept', _ownerID: guest.id })
  })

  it('refuses whoever has no master key', async () => {
    const ana = await app.guest()
    const body = { auth_id: ana.id, password: 'x' }
    for (const as of [{}, ana])
      expect(outcome(await app.call('auth:reset_password', body, as))).toEqual({
        status: 403,
        trips: 0,
        code: 102,
      })
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
  })

  it.each([
    [
      { auth_id: 'nobody', password: 'x' },
      { status: 404, trips: 1, code: 10001 },
    ],
    [{ password: 'x' }, { status: 400, trips: 0, code: 108, info: { arguments: ['auth_id'] } }],
    [{ auth_id: 'nobody' }, { status: 400, trips: 0, code: 108, info: { arguments: ['password'] } }],
  ])('refuses %o', async (body, expected) => {
    expect(outcome(await reset(body))).toEqual(expected)
  })

  it('twenty at once for a user without a password leave one', async () => {
    const guest = await app.guest()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => patiently(() => reset({ auth_id: guest.id, password: `p${i}` }))),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const rows = await app.sql(
      `select user_id from ${app.table('_auth_authenticator_password')} where user_id = $1`,
      [guest.id],
    )
    expect(rows).toHaveLength(1)
  })
})
