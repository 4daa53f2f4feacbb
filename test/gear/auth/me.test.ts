import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, claimsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'

describe('me', () => {
  let app: TestApp
  let ana: TestUser
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
  })

  it('answers the user with a new token of the same session', async () => {
    const answer = await app.call('me', {}, ana)
    expect(outcome(answer)).toEqual(OK)
    const { user_id, access_token, profile } = authOf(answer)
    expect(user_id).toBe(ana.id)
    expect(profile).toMatchObject({ _id: `user/${ana.id}`, _type: 'record', _ownerID: ana.id })
    expect(access_token).not.toBe(ana.token)
    expect(claimsOf(access_token)['sid']).toBe(claimsOf(ana.token)['sid'])
  })

  it('leaves the old token alive', async () => {
    const { access_token } = authOf(await app.call('me', {}, ana))
    for (const token of [ana.token, access_token])
      expect(outcome(await app.call('me', {}, { token }))).toEqual(OK)
  })

  it('answers roles, and the times of before this request', async () => {
    await app.sql(`insert into ${app.table('_role')} (id) values ('Writer'), ('Editor')`)
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Writer'), ($1, 'Editor')`, [ana.id])
    await app.sql(
      `update ${app.table('_core_user')} set last_seen_at = '2020-01-02 03:04:05.5',
      last_login_at = '2020-01-01 00:00:00' where id = $1`,
      [ana.id],
    )
    const first = authOf(await app.call('me', {}, ana))
    expect(first).toMatchObject({
      roles: ['Editor', 'Writer'],
      last_seen_at: '2020-01-02T03:04:05.5Z',
      last_login_at: '2020-01-01T00:00:00Z',
    })
    const second = authOf(await app.call('me', {}, ana))
    expect(Date.parse(second.last_seen_at ?? '')).toBeGreaterThan(Date.parse('2020-01-03T00:00:00Z'))
    expect(second.last_login_at, 'seen is not logged in').toBe(first.last_login_at)
  })

  it('takes the token from the body as well, the header winning, and needs no key beside it', async () => {
    const { token } = ana
    expect(outcome(await app.call('me', { access_token: token }, { key: null }))).toEqual(OK)
    const answer = await app.call('me', { access_token: 'forged' }, { key: null, token })
    expect(outcome(answer)).toEqual(OK)
  })

  it.each([undefined, null, '', 1, {}])('counts a token that is %s as none', async (access_token) => {
    expect(outcome(await app.call('me', { access_token }))).toEqual({ status: 401, trips: 0, code: 101 })
  })

  it('refuses a wrong key beside a good token', async () => {
    const answer = await app.call('me', {}, { key: 'wrong', token: ana.token })
    expect(outcome(answer)).toEqual({ status: 401, trips: 0, code: 103 })
  })

  it('is whom the master key names', async () => {
    const answer = await app.call('me', { _user_id: ana.id }, { key: app.masterKey })
    expect(authOf(answer).user_id).toBe(ana.id)
    expect(claimsOf(authOf(answer).access_token)['sid']).not.toBe(claimsOf(ana.token)['sid'])
  })

  it('does not let a client key name anybody', async () => {
    const answer = await app.call('me', { _user_id: ana.id })
    expect(outcome(answer)).toEqual({ status: 401, trips: 0, code: 101 })
  })

  it('refuses the token of a session that was deleted', async () => {
    const { token } = await app.guest()
    await app.sql(`delete from ${app.table('_core_session')} where id = $1`, [claimsOf(token)['sid']])
    expect(outcome(await app.call('me', {}, { token }))).toEqual({ status: 401, trips: 1, code: 104 })
  })

  it('refuses the token of a session that has run out', async () => {
    const { token } = await app.guest()
    await app.sql(
      `update ${app.table('_core_session')} set expires_at = timezone('utc', now()) where id = $1`,
      [claimsOf(token)['sid']],
    )
    expect(outcome(await app.call('me', {}, { token }))).toEqual({ status: 401, trips: 1, code: 104 })
  })

  it('refuses the token of a user who was deleted', async () => {
    const { id, token } = await app.guest()
    await app.sql(`delete from ${app.table('_core_user')} where id = $1`, [id])
    expect(outcome(await app.call('me', {}, { token }))).toEqual({ status: 401, trips: 1, code: 104 })
  })

  it('tells a disabled user why, and lets them in again when enabled', async () => {
    const { id, token } = await app.guest()
    const set = (assignments: string) =>
      app.sql(`update ${app.table('_core_user')} set ${assignments} where id = $1`, [id])
    await set(`disabled = true, disabled_message = 'spam'`)
    const answer = await app.call('me', {}, { token })
    expect(outcome(answer)).toEqual({ status: 403, trips: 1, code: 127, info: { message: 'spam' } })
    await set('disabled = false')
    expect(outcome(await app.call('me', {}, { token }))).toEqual(OK)
  })
})
