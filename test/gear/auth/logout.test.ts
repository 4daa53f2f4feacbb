import { beforeEach, beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'

describe('auth:logout', () => {
  let app: TestApp
  let user: TestUser
  beforeAll(async () => {
    app = await testApp()
  })
  beforeEach(async () => {
    user = await app.guest()
  })
  const sessions = async () =>
    (await app.sql(`select id from ${app.table('_core_session')} where user_id = $1`, [user.id])).length

  it('ends the session', async () => {
    const answer = await app.call('auth:logout', {}, user)
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json).toEqual({ result: { status: 'OK' } })
    expect(await sessions()).toBe(0)
  })

  const actions: readonly [string, object][] = [
    ['me', {}],
    ['auth:logout', {}],
    ['record:save', { records: [{ _id: 'note/1' }] }],
    ['record:fetch', { ids: ['note/1'] }],
    ['record:query', { record_type: 'note' }],
    ['record:delete', { ids: ['note/1'] }],
  ]
  it.each(actions)(
    'leaves a token that %s refuses, here and in every other isolate',
    async (action, body) => {
      await app.call('auth:logout', {}, user)
      for (const isolate of [app, app.reopen()])
        expect(outcome(await isolate.call(action, body, user))).toEqual({ status: 401, trips: 1, code: 104 })
    },
  )

  it('ends every token of the session', async () => {
    const { access_token } = authOf(await app.call('me', {}, user))
    await app.call('auth:logout', {}, user)
    const answer = await app.call('me', {}, { token: access_token })
    expect(outcome(answer)).toEqual({ status: 401, trips: 1, code: 104 })
  })

  it('leaves other sessions of the user alone', async () => {
    const acting = { ...(await app.call('me', { _user_id: user.id }, { key: app.masterKey })) }
    const other = authOf(acting).access_token
    await app.call('auth:logout', {}, user)
    expect(outcome(await app.call('me', {}, { token: other }))).toEqual(OK)
  })

  it('leaves the sessions of other users alone', async () => {
    const other = await app.guest()
    await app.call('auth:logout', {}, user)
    expect(outcome(await app.call('me', {}, other))).toEqual(OK)
  })

  it('works by the token alone', async () => {
    const answer = await app.call('auth:logout', {}, { key: null, token: user.token })
    expect(outcome(answer)).toEqual(OK)
    expect(await sessions()).toBe(0)
  })

  it('ends the session of a disabled user, who would have it back when enabled again', async () => {
    await app.sql(`update ${app.table('_core_user')} set disabled = true where id = $1`, [user.id])
    expect((await app.call('auth:logout', {}, user)).json).toEqual({ result: { status: 'OK' } })
    expect(await sessions()).toBe(0)
  })

  it('has nothing to do where there is no token', async () => {
    expect(outcome(await app.call('auth:logout'))).toEqual({ status: 200, trips: 0 })
    expect(outcome(await app.call('auth:logout', { access_token: null }))).toEqual({ status: 200, trips: 0 })
    expect(outcome(await app.call('auth:logout', {}, { key: null }))).toEqual({
      status: 401,
      trips: 0,
      code: 101,
    })
    expect(await sessions()).toBe(1)
  })
})
