import { SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, codesOf, type Credentials, type Json, type TestApp } from '../../support/app.ts'
import { mailApp, mailUser, type MailUser } from './mail-app.ts'

const SENT_ON_UPDATE = { verification_auto_send_on_update: true }
const save = (app: TestApp, { id }: MailUser, fields: Json, by: Credentials) =>
  app.call('record:save', { records: [{ _id: `user/${id}`, ...fields }] }, by)
const receivers = (app: TestApp, from = 0) => app.mails.slice(from).map(({ to }) => to)
const dueIn = (app: TestApp) => app.sql(`select target from ${app.table('_auth_code')} where purpose = 'due'`)

describe('a code is sent when a verified field changes (v1’s VERIFY_AUTO_SEND_UPDATE)', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await mailApp({}, SENT_ON_UPDATE)
  })

  it('to the new address, after the answer, by the first save that the app ever sees', async () => {
    const own = await mailApp({}, SENT_ON_UPDATE)
    const ana = await mailUser(own)
    expect(receivers(own), 'a sign-up is no change').toEqual([])
    const moved = `moved-${ana.email}`
    expect((await save(own, ana, { email: moved }, ana)).status).toBe(200)
    expect(receivers(own)).toEqual([moved])
    const code = /: ([0-9A-Z]{8})\n/.exec(own.mails[0]?.text ?? '')?.[1]
    expect((await own.call('user:verify_code', { args: { code } }, ana)).status).toBe(200)
  })

  it('once for each change: not for the same value, nor for another field, nor for none', async () => {
    const ana = await mailUser(app)
    const before = app.mails.length
    await save(app, ana, { nick: 'Ana', email: ana.email }, ana)
    await save(app, ana, { nick: 'Ana B' }, ana)
    expect(receivers(app, before)).toEqual([])
    await save(app, ana, { email: `b-${ana.email}`, nick: 'Ana C' }, ana)
    await save(app, ana, { email: `b-${ana.email}` }, ana)
    await save(app, ana, { email: null }, ana)
    expect(receivers(app, before)).toEqual([`b-${ana.email}`])
  })

  it('once for a change that is made many times at once', async () => {
    const ana = await mailUser(app)
    const before = app.mails.length
    const all = await Promise.all(
      Array.from({ length: 8 }, () => save(app, ana, { email: `once-${ana.email}` }, ana)),
    )
    expect(all.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(receivers(app, before)).toEqual([`once-${ana.email}`])
  })

  it('in an app where many change at once and nobody did before', async () => {
    const own = await mailApp({}, SENT_ON_UPDATE)
    const users = await Promise.all(Array.from({ length: 4 }, () => mailUser(own)))
    const all = await Promise.all(users.map((user) => save(own, user, { email: `new-${user.email}` }, user)))
    expect(all.map(({ status }) => status)).toEqual(Array(4).fill(200))
    expect(receivers(own).toSorted()).toEqual(users.map(({ email }) => `new-${email}`).toSorted())
  })

  it('where a custom token brings it', async () => {
    const own = await mailApp({}, { ...SENT_ON_UPDATE, custom_token_secret: 'secret' })
    const enter = async (email: string) => {
      const claims = { sub: 'ana', iat: Math.floor(Date.now() / 1000), skyprofile: { email } }
      const token = await new SignJWT({ ...claims, exp: claims.iat + 60 })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode('secret'))
      return (await own.call('sso:custom_token:login', { token })).status
    }
    for (const email of ['a@example.com', 'a@example.com', 'b@example.com'])
      expect(await enter(email)).toBe(200)
    expect(receivers(own)).toEqual(['b@example.com'])
  })

  it('for each field that changes, by mail or by text message', async () => {
    const ana = await mailUser(app)
    const [mails, texts] = [app.mails.length, app.texts.length]
    await save(app, ana, { email: `both-${ana.email}`, phone: '+85291112222' }, ana)
    expect([app.mails.length - mails, app.texts.slice(texts).map(({ to }) => to)]).toEqual([
      1,
      ['+85291112222'],
    ])
  })

  it('whoever makes it; and not for what has been proved before', async () => {
    const ana = await mailUser(app)
    const moved = `master-${ana.email}`
    const before = app.mails.length
    await save(app, ana, { email: moved }, { key: app.masterKey })
    const code = /: ([0-9A-Z]{8})\n/.exec(app.mails.at(-1)?.text ?? '')?.[1]
    expect((await app.call('user:verify_code', { args: { code } }, ana)).status).toBe(200)
    await save(app, ana, { email: ana.email }, { key: app.masterKey })
    await save(app, ana, { email: moved }, { key: app.masterKey })
    expect(receivers(app, before)).toEqual([moved, ana.email])
  })

  it('not for a save that is refused', async () => {
    const [ana, ben] = [await mailUser(app), await mailUser(app)]
    const before = app.mails.length
    const taken = await save(app, ana, { email: ben.email }, ana)
    expect(taken.json['result']).toMatchObject([{ code: 109 }])
    const records = [
      { _id: `user/${ana.id}`, email: `atomic-${ana.email}` },
      { _id: 'note/', text: 'x' },
    ]
    await app.call('record:save', { atomic: true, records }, ana)
    expect(receivers(app, before)).toEqual([])
  })

  it('mail bombing: as often as codes may be sent; the save itself goes through', async () => {
    const own = await mailApp(
      {},
      { ...SENT_ON_UPDATE, limits: { verification: { account: { count: 2, seconds: 600 } } } },
    )
    const ana = await mailUser(own)
    const statuses = []
    for (let i = 0; i < 4; i++)
      statuses.push((await save(own, ana, { email: `${i}-${ana.email}` }, ana)).status)
    expect(statuses).toEqual([200, 200, 200, 200])
    expect(receivers(own)).toEqual([`0-${ana.email}`, `1-${ana.email}`])
    const asked = await own.call('user:verify_request', { args: { record_key: 'email' } }, ana)
    expect(asked.status).toBe(429)
  })

  it('to the first fifty of those whom one call changes', async () => {
    const users = await Promise.all(Array.from({ length: 60 }, () => app.guest()))
    const before = app.texts.length
    const records = users.map(({ id }, i) => ({ _id: `user/${id}`, phone: `+852911100${10 + i}` }))
    const saved = await app.call('record:save', { records }, { key: app.masterKey, ...users[0] })
    expect(saved.json['result']).toHaveLength(60)
    const sent = app.texts.slice(before).map(({ to }) => to)
    expect(sent.toSorted()).toEqual(records.slice(0, 50).map(({ phone }) => phone))
    expect(await dueIn(app), 'nobody gets theirs later').toEqual([])
  })

  it('not once its time is over', async () => {
    const ana = await mailUser(app)
    await app.sql(
      `insert into ${app.table('_auth_code')} (id, user_id, purpose, record_key, target, hash, expires_at)
        values (gen_random_uuid(), $1, 'due', 'email', $2, '', timezone('utc', now()) - interval '1 minute')`,
      [ana.id, ana.email],
    )
    const before = app.mails.length
    await save(app, ana, { nick: 'Ana' }, ana)
    expect(receivers(app, before)).toEqual([])
    expect(await dueIn(app)).toEqual([])
  })

  it('not for a value that has been written over: that one has a code of its own', async () => {
    const own = await mailApp({}, SENT_ON_UPDATE)
    const ana = await mailUser(own)
    await save(own, ana, { nick: 'Ana' }, ana)
    await own.sql(
      `insert into ${own.table('_auth_code')} (id, user_id, purpose, record_key, target, hash, expires_at)
        values (gen_random_uuid(), $1, 'due', 'email', $2, '', timezone('utc', now()) + interval '1 minute')`,
      [ana.id, `old-${ana.email}`],
    )
    await save(own, ana, { nick: 'Ana B' }, ana)
    expect(receivers(own)).toEqual([])
  })

  it('once for each value, where several are written at once', async () => {
    const ana = await mailUser(app)
    const before = app.mails.length
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, i) => save(app, ana, { email: `n${i}-${ana.email}` }, ana)),
    )
    expect(all.map(({ status }) => status)).toEqual(Array(4).fill(200))
    const sent = receivers(app, before)
    expect(sent.toSorted()).toEqual([...new Set(sent)].toSorted())
    const last = authOf(await app.call('me', {}, ana)).profile['email']
    expect(sent).toContain(last)
  })

  it('not to a record that is no user’s any more, which is saved all the same', async () => {
    const ana = await mailUser(app)
    await app.sql(`delete from ${app.table('_core_user')} where id = $1`, [ana.id])
    const before = app.texts.length
    const saved = await save(app, ana, { phone: '+85293334444' }, { key: app.masterKey })
    expect(codesOf(saved)).toEqual([null])
    expect(app.texts.slice(before)).toEqual([])
  })

  it('costs the save no further round trip, and only in an app that wants it', async () => {
    const ana = await mailUser(app)
    await save(app, ana, { email: `warm-${ana.email}` }, ana)
    expect((await save(app, ana, { email: `trip-${ana.email}` }, ana)).trips).toBe(1)
    const quiet = await mailApp()
    const ben = await mailUser(quiet)
    await save(quiet, ben, { email: `moved-${ben.email}` }, ben)
    expect(quiet.mails).toEqual([])
  })
})
