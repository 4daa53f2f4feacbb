import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'

describe('auth:disable:set', () => {
  let app: TestApp
  let admin: TestUser
  let user: TestUser
  beforeAll(async () => {
    app = await testApp()
    admin = await app.guest()
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Admin')`, [admin.id])
  })
  beforeEach(async () => {
    user = await app.guest()
  })
  const set = (body: object, as: object = admin) =>
    app.call('auth:disable:set', { auth_id: user.id, ...body }, as)

  it('disables a user on the next call, with a message and an expiry, and enables them again', async () => {
    const answer = await set({ disabled: true, message: 'spam', expiry: '2999-01-02T03:04:05.678+01:00' })
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json).toEqual({ result: { status: 'OK' } })
    for (const isolate of [app, app.reopen()])
      expect(outcome(await isolate.call('me', {}, user))).toEqual({
        status: 403,
        trips: 1,
        code: 127,
        info: { message: 'spam', expiry: '2999-01-02T02:04:05Z' },
      })
    expect(outcome(await set({ disabled: false, message: 'x', expiry: 'x' }))).toEqual(OK)
    expect(outcome(await app.call('me', {}, user)), 'with the token from before').toEqual(OK)
    const [row] = await app.sql(
      `select disabled, disabled_message, disabled_expiry from ${app.table('_core_user')} where id = $1`,
      [user.id],
    )
    expect(row).toEqual({ disabled: false, disabled_message: null, disabled_expiry: null })
  })

  it('leaves a disabled user anonymous where nobody need be logged in', async () => {
    await set({ disabled: true })
    expect((await app.call('record:query', { record_type: 'note' }, user)).status).toBe(200)
  })

  it('enables where it is not said', async () => {
    await set({ disabled: true })
    await set({})
    expect(outcome(await app.call('me', {}, user))).toEqual(OK)
  })

  it('is the master key’s as well', async () => {
    expect(outcome(await set({ disabled: true }, { key: app.masterKey }))).toEqual(OK)
    expect(outcome(await app.call('me', {}, user)).code).toBe(127)
  })

  it('is nobody else’s, and changes nothing', async () => {
    expect(outcome(await set({ disabled: true }, user))).toEqual({ status: 403, trips: 1, code: 102 })
    expect(outcome(await set({ disabled: true }, {}))).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await app.call('me', {}, user))).toEqual(OK)
  })

  it.each([
    [{ auth_id: 'nobody' }, { status: 404, trips: 1, code: 110 }],
    [{ auth_id: null }, { status: 400, trips: 0, code: 108, info: { arguments: ['auth_id'] } }],
    [
      { disabled: true, expiry: 'tomorrow' },
      { status: 400, trips: 0, code: 108, info: { arguments: ['expiry'] } },
    ],
    [{ disabled: 'yes' }, { status: 400, trips: 0, code: 107, info: { arguments: ['disabled'] } }],
  ])('refuses %o', async (body, expected) => {
    expect(outcome(await set(body))).toEqual(expected)
  })
})
