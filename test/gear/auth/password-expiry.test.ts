import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, type Answer, type TestApp, type TestUser } from '../../support/app.ts'
import { authApp } from './auth-app.ts'

const EXPIRED = { status: 401, trips: 1, code: 126, info: { reason: 'PasswordExpired' } }

describe('a password that is older than the app lets it be', () => {
  let app: TestApp
  let ana: TestUser
  beforeAll(async () => {
    app = await authApp({}, { expiry_days: 30 })
    ana = await app.signUp('ana')
    await app.call('record:save', { records: [{ _id: 'note/1', title: 'a' }] }, ana)
  })
  const age = (interval: string, user = ana) =>
    app.sql(
      `update ${app.table('_auth_authenticator_password')}
       set updated_at = timezone('utc', now()) - $2::interval where user_id = $1`,
      [user.id, interval],
    )
  const login = (): Promise<Answer> =>
    app.call('auth:login', { auth_data: { username: 'ana' }, password: 'secret' })

  it('holds as long as it is young enough', async () => {
    await age('29 days 23 hours')
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
  })

  it('refuses the sessions that are there, from the next call on and without a trip of its own', async () => {
    await age('30 days 1 second')
    expect(outcome(await app.call('me', {}, ana))).toEqual(EXPIRED)
    const save = { records: [{ _id: 'note/2', title: 'b' }] }
    expect(outcome(await app.call('record:save', save, ana))).toEqual(EXPIRED)
    expect(await app.sql(`select _id from ${app.table('note')} where _id = '2'`)).toEqual([])
    expect(outcome(await app.call('record:delete', { ids: ['note/1'] }, ana))).toEqual(EXPIRED)
    expect(await app.sql(`select _id from ${app.table('note')} where _id = '1'`)).toHaveLength(1)
  })

  it('makes its user nobody where a user is optional', async () => {
    const query = { record_type: 'note' }
    const nobodys = await app.call('record:query', query)
    const answer = await app.call('record:query', query, ana)
    expect([answer.status, answer.json]).toEqual([200, nobodys.json])
    expect(outcome(await app.call('role:get', { users: [ana.id] }, ana)).code).toBe(101)
    expect(outcome(await app.call('record:query', { ...query, database_id: '_private' }, ana)).code).toBe(101)
  })

  it('still logs in, to be changed and to nothing else, as in v1', async () => {
    const answer = await login()
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    const { access_token: token } = authOf(answer)
    expect(outcome(await app.call('me', {}, { token }))).toEqual(EXPIRED)
  })

  it('lets its user log out', async () => {
    const { access_token: token } = authOf(await login())
    expect(outcome(await app.call('auth:logout', {}, { token }))).toEqual(OK)
  })

  it('is told to nobody who does not know it', async () => {
    const body = { auth_data: { username: 'ana' }, password: 'wrong' }
    expect(outcome(await app.call('auth:login', body))).toEqual({ status: 401, trips: 1, code: 105 })
  })

  it('gives way to a new one, by its user', async () => {
    const change = { old_password: 'secret', password: 'second' }
    expect(outcome(await app.call('auth:password', { ...change, old_password: 'wrong' }, ana))).toMatchObject(
      {
        code: 105,
      },
    )
    const answer = await app.call('auth:password', change, ana)
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    const { access_token: token } = authOf(answer)
    expect(outcome(await app.call('me', {}, { token }))).toEqual(OK)
    ana = { id: ana.id, token }
  })

  it('gives way to a new one, by the master key', async () => {
    await age('31 days')
    const reset = { auth_id: ana.id, password: 'third' }
    const { access_token: token } = authOf(
      await app.call('auth:reset_password', reset, { key: app.masterKey }),
    )
    expect(outcome(await app.call('me', {}, { token }))).toEqual(OK)
    ana = { id: ana.id, token }
  })

  it('is no hindrance to the master key in its user’s place', async () => {
    await age('31 days')
    expect(outcome(await app.call('me', { _user_id: ana.id }, { key: app.masterKey }))).toEqual(OK)
  })

  it('is none of a user who has none', async () => {
    const guest = await app.guest()
    await app.sql(`update ${app.table('_core_user')} set created_at = now() - interval '1 year'`)
    expect(outcome(await app.call('me', {}, guest))).toEqual(OK)
  })
})

it('a password of any age holds where the app asks for no age', async () => {
  const app = await authApp({})
  const ana = await app.signUp('ana')
  await app.sql(`update ${app.table('_auth_authenticator_password')} set updated_at = timestamp '2001-01-01'`)
  expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
})
