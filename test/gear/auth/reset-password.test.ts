import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, type TestApp } from '../../support/app.ts'
import { patiently } from './auth-app.ts'
import { forgot, linkIn, login, mailApp, mailUser, reset } from './mail-app.ts'

const WRONG = { status: 404, trips: 1, code: 110 }

describe('user:reset-password', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await mailApp()
  })
  /** A user, and what the link says that they were sent. */
  const recovering = async () => {
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    const { user_id, code, expire_at } = linkIn(app)
    return { ...ana, link: { user_id, code, expire_at } }
  }

  it('sets the password by the code, and ends every session', async () => {
    const ana = await recovering()
    const answer = await reset(app, { ...ana.link, new_password: 'fresh' })
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    expect(answer.json).toEqual({ result: { status: 'OK' } })
    expect(outcome(await app.call('me', {}, ana)).code).toBe(104)
    expect((await login(app, ana.email, 'fresh')).status).toBe(200)
    expect(outcome(await login(app, ana.email, 'secret')).code).toBe(105)
  })

  it('code replay: a code works once', async () => {
    const ana = await recovering()
    await reset(app, { ...ana.link, new_password: 'fresh' })
    expect(outcome(await reset(app, { ...ana.link, new_password: 'again' }))).toEqual(WRONG)
    expect((await login(app, ana.email, 'fresh')).status).toBe(200)
  })

  it('code replay: of two at once, one counts', async () => {
    const ana = await recovering()
    const answers = await Promise.all(
      ['one', 'two'].map((new_password) => patiently(() => reset(app, { ...ana.link, new_password }))),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404])
  })

  it('a code is worth nothing once another has set the password, or somebody who knew it', async () => {
    const ana = await recovering()
    await forgot(app, ana.email)
    await reset(app, { ...linkIn(app), new_password: 'fresh' })
    expect(outcome(await reset(app, { ...ana.link, new_password: 'older' }))).toEqual(WRONG)
    const ben = await recovering()
    await app.call('auth:password', { old_password: 'secret', password: 'changed' }, ben)
    expect(outcome(await reset(app, { ...ben.link, new_password: 'stolen' }))).toEqual(WRONG)
  })

  it('a code is worth nothing once its address is not the user’s any more', async () => {
    const ana = await recovering()
    const moved = { _id: `user/${ana.id}`, email: `moved-${ana.email}` }
    expect(outcome(await app.call('record:save', { records: [moved] }, ana)).status).toBe(200)
    expect(outcome(await reset(app, { ...ana.link, new_password: 'stolen' }))).toEqual(WRONG)
  })

  it('expired code: refused with the same bytes as a wrong one', async () => {
    const ana = await recovering()
    await app.sql(
      `update ${app.table('_auth_code')} set expires_at = timezone('utc', now()) - interval '1 second' where user_id = $1`,
      [ana.id],
    )
    const expired = await reset(app, { ...ana.link, new_password: 'late' })
    const wrong = await reset(app, { ...ana.link, code: '0'.repeat(32), new_password: 'late' })
    const nobody = await reset(app, { ...ana.link, user_id: 'nobody', new_password: 'late' })
    expect([expired, wrong, nobody].map(outcome)).toEqual([WRONG, WRONG, WRONG])
    expect(new Set([expired.text, wrong.text, nobody.text]).size).toBe(1)
  })

  it('a later expiry than was sent makes a code no better', async () => {
    const ana = await recovering()
    const { link } = ana
    expect(
      outcome(await reset(app, { ...link, expire_at: link.expire_at + 3600, new_password: 'x' })),
    ).toEqual(WRONG)
  })

  it('code of another user: refused, and still good for whose it is', async () => {
    const [ana, ben] = [await recovering(), await mailUser(app)]
    expect(outcome(await reset(app, { ...ana.link, user_id: ben.id, new_password: 'stolen' }))).toEqual(WRONG)
    expect((await login(app, ben.email, 'secret')).status).toBe(200)
    expect((await reset(app, { ...ana.link, new_password: 'fresh' })).status).toBe(200)
  })

  it('takes what a form or an old SDK sends: the expiry as a text', async () => {
    const ana = await recovering()
    const expire_at = String(ana.link.expire_at)
    expect((await reset(app, { ...ana.link, expire_at, new_password: 'fresh' })).status).toBe(200)
  })

  it('holds the new password to the app’s policy, and keeps the code for another try', async () => {
    const strict = await mailApp({ password_policy: { min_length: 8 } })
    const email = 'strict@example.com'
    await strict.call('auth:signup', { auth_data: { email }, password: 'long enough' })
    await forgot(strict, email)
    const { user_id, code, expire_at } = linkIn(strict)
    const short = await reset(strict, { user_id, code, expire_at, new_password: 'short' })
    expect(outcome(short)).toMatchObject({ status: 400, code: 126, trips: 1 })
    expect((await reset(strict, { user_id, code, expire_at, new_password: 'longer again' })).status).toBe(200)
  })

  it('gives a password to a user who has none', async () => {
    const guest = await app.guest()
    const email = `guest-${guest.id}@example.com`
    await app.call('record:save', { records: [{ _id: `user/${guest.id}`, email }] }, guest)
    await forgot(app, email)
    const { user_id, code, expire_at } = linkIn(app)
    expect((await reset(app, { user_id, code, expire_at, new_password: 'first' })).status).toBe(200)
    expect((await login(app, email, 'first')).status).toBe(200)
  })

  it.each(['user_id', 'code', 'expire_at', 'new_password'])(
    'refuses a call without %s, or with nothing in it',
    async (field) => {
      for (const nothing of [undefined, null, field === 'expire_at' ? 0 : '']) {
        const args = { user_id: 'u', code: 'c', expire_at: 1, new_password: 'p', [field]: nothing }
        expect(outcome(await reset(app, args))).toMatchObject({ status: 400, trips: 0, code: 108 })
      }
    },
  )

  it('is for whoever has the key of the app, and nobody is logged in by it', async () => {
    const ana = await recovering()
    const answer = await app.call(
      'user:reset-password',
      { args: { ...ana.link, new_password: 'x' } },
      { key: null },
    )
    expect(outcome(answer)).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
  })
})
