import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, type Json, type TestApp } from '../../support/app.ts'
import { login, mailApp, mailUser, open, type MailUser } from './mail-app.ts'

const PHONE = '+85298765432'
const WRONG = { status: 400, trips: 1, code: 108, info: { arguments: ['code'] } }

describe('user:verify_code', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await mailApp()
  })
  const request = async (record_key: string, as: MailUser, own = app) => {
    expect(outcome(await own.call('user:verify_request', { args: { record_key } }, as))).toEqual(OK)
    const text = record_key === 'email' ? own.mails.at(-1)?.text : own.texts.at(-1)?.text
    return /(?:: |^)([0-9A-Z]{6,8})(?:\n| is)/.exec(text ?? '')?.[1] ?? ''
  }
  const verify = (code: string, as: MailUser, own = app) =>
    own.call('user:verify_code', { args: { code } }, as)
  const profileOf = async (as: MailUser, own = app): Promise<Json> =>
    authOf(await own.call('me', {}, as)).profile
  const save = (as: MailUser, fields: Json, own = app) =>
    own.call('record:save', { records: [{ _id: `user/${as.id}`, ...fields }] }, as)

  it('verifies what the code was sent to: the flags of the record, and v2’s of the user', async () => {
    const ana = await mailUser(app)
    const code = await request('email', ana)
    expect(await profileOf(ana)).toMatchObject({ email: ana.email })
    const answer = await verify(code, ana)
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json).toEqual({})
    expect(await profileOf(ana)).toMatchObject({
      email_verified: true,
      phone_verified: false,
      is_verified: true,
    })
    const [user] = await app.sql(
      `select verified, manually_verified, verify_info from ${app.table('_core_user')} where id = $1`,
      [ana.id],
    )
    expect(user).toEqual({ verified: true, manually_verified: false, verify_info: { [ana.email]: true } })
  })

  it('takes a code as people type it', async () => {
    const ana = await mailUser(app)
    const code = await request('email', ana)
    const typed = `${code.slice(0, 4)}-${code.slice(4)}`
      .toLowerCase()
      .replaceAll('1', 'l')
      .replaceAll('0', 'o')
    expect(outcome(await verify(typed, ana))).toEqual(OK)
  })

  it('code replay: a code works once, also of two at once', async () => {
    const ana = await mailUser(app)
    const code = await request('email', ana)
    const answers = await Promise.all([verify(code, ana), verify(code, ana)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400])
    expect(outcome(await verify(code, ana))).toEqual(WRONG)
  })

  it('code guessing: after five wrong ones the right one is worth nothing, until another is sent', async () => {
    const ana = await mailUser(app, { phone: PHONE })
    const code = await request('phone', ana)
    const other = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
    for (let i = 0; i < 5; i++) expect(outcome(await verify(other, ana))).toEqual(WRONG)
    expect(outcome(await verify(code, ana))).toEqual(WRONG)
    expect(outcome(await verify(await request('phone', ana), ana))).toEqual(OK)
  })

  it('code guessing: many at once are counted one by one', async () => {
    const ana = await mailUser(app, { phone: PHONE })
    const code = await request('phone', ana)
    const guesses = Array.from({ length: 12 }, (_, i) =>
      String((Number(code) + 1 + i) % 1_000_000).padStart(6, '0'),
    )
    await Promise.all(guesses.map((guess) => verify(guess, ana)))
    expect(outcome(await verify(code, ana))).toEqual(WRONG)
  })

  it('code guessing: in production nobody tries more than ten an hour, however many codes are sent', async () => {
    const own = await mailApp({}, {}, { production: true })
    const ana = await mailUser(own)
    const statuses = []
    for (let i = 0; i < 11; i++) statuses.push((await verify('ABCDEFGH', ana, own)).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429])
    expect(await request('email', ana, own)).toMatch(/^[0-9A-Z]{8}$/)
  })

  it('expired code: refused as a wrong one', async () => {
    const ana = await mailUser(app)
    const code = await request('email', ana)
    await app.sql(
      `update ${app.table('_auth_code')} set expires_at = timezone('utc', now()) where user_id = $1`,
      [ana.id],
    )
    const [expired, wrong] = [await verify(code, ana), await verify('ABCDEFGH', ana)]
    expect(outcome(expired)).toEqual(WRONG)
    expect(expired.text).toBe(wrong.text)
  })

  it.each([undefined, null, ''])('no code (%j): 108, and no attempt', async (code) => {
    const ana = await mailUser(app)
    expect(outcome(await app.call('user:verify_code', { args: { code } }, ana))).toMatchObject({
      status: 400,
      code: 108,
      trips: 0,
    })
  })

  it('code of another user: refused, and still good for whose it is', async () => {
    const [ana, ben] = [await mailUser(app), await mailUser(app)]
    const code = await request('email', ana)
    expect(outcome(await verify(code, ben))).toEqual(WRONG)
    expect(outcome(await verify(code, ana))).toEqual(OK)
  })

  it('refuses a code where the value has changed since', async () => {
    const ana = await mailUser(app)
    const code = await request('email', ana)
    await save(ana, { email: `moved-${ana.email}` })
    expect(outcome(await verify(code, ana))).toEqual(WRONG)
  })

  it('another value is not verified, and the one before is when it comes back', async () => {
    const ana = await mailUser(app)
    await verify(await request('email', ana), ana)
    await save(ana, { email: `moved-${ana.email}` })
    expect(await profileOf(ana)).toMatchObject({ email_verified: false, is_verified: false })
    await save(ana, { email: ana.email })
    expect(await profileOf(ana)).toMatchObject({ email_verified: true, is_verified: true })
  })

  it('forged flags: nobody makes themselves verified by a save, before or after the app verified anybody', async () => {
    const own = await mailApp()
    const forged = { email_verified: true, phone_verified: true, is_verified: true }
    const flagsOf = async (as: MailUser) => {
      const { email_verified, phone_verified, is_verified } = await profileOf(as, own)
      return [email_verified, phone_verified, is_verified]
    }
    const ana = await mailUser(own, forged)
    expect(await flagsOf(ana), 'at sign-up').toEqual([undefined, undefined, undefined])
    const saved = await save(ana, forged, own)
    expect([saved.status, saved.text]).toEqual([200, expect.not.stringContaining('verified')])
    expect(await flagsOf(ana), 'by a save').toEqual([undefined, undefined, undefined])

    const ben = await mailUser(own)
    await request('email', ben, own)
    expect(await flagsOf(ana), 'once there are codes').toEqual([undefined, undefined, undefined])
    expect((await save(ana, forged, own)).status).toBe(200)
    expect(await flagsOf(ana), 'by a save then').toEqual([false, false, false])
  })

  it('the flags are fields like others where the app verifies nothing', async () => {
    const own = await mailApp({ user_verification: {} })
    const ana = await mailUser(own, { email_verified: true })
    expect(await profileOf(ana, own)).toMatchObject({ email_verified: true })
  })

  it('criteria all: every field that has a value', async () => {
    const login_id_keys = [{ key: 'email' }, { key: 'phone', code_format: 'numeric' }]
    const own = await mailApp({ user_verification: { criteria: 'all', login_id_keys } })
    const ana = await mailUser(own, { phone: PHONE })
    await verify(await request('email', ana, own), ana, own)
    expect(await profileOf(ana, own)).toMatchObject({ email_verified: true, is_verified: false })
    await verify(await request('phone', ana, own), ana, own)
    expect(await profileOf(ana, own)).toMatchObject({ phone_verified: true, is_verified: true })
    const ben = await mailUser(own)
    await verify(await request('email', ben, own), ben, own)
    expect(await profileOf(ben, own)).toMatchObject({ phone_verified: false, is_verified: true })
  })

  it('keeps whom Skygear v1 had verified, by its flags or by hand', async () => {
    const own = await mailApp()
    const [ana, ben, cleo] = [await mailUser(own), await mailUser(own), await mailUser(own)]
    // As the adoption leaves them.
    await own.sql(
      `alter table ${own.table('user')} add column email_verified boolean, add column is_verified boolean`,
    )
    for (const [{ id }, byEmail] of [[ana, true] as const, [ben, false] as const]) {
      await own.sql(`update ${own.table('_core_user')} set verified = true where id = $1`, [id])
      await own.sql(
        `update ${own.table('user')} set email_verified = $2, is_verified = true where _id = $1`,
        [id, byEmail],
      )
    }
    await request('email', cleo, own)
    const flags = (email_verified: boolean, is_verified: boolean) => ({ email_verified, is_verified })
    expect(await profileOf(ana, own)).toMatchObject(flags(true, true))
    expect(await profileOf(ben, own)).toMatchObject(flags(false, true))
    await save(ana, { email: `moved-${ana.email}` }, own)
    expect(await profileOf(ana, own)).toMatchObject(flags(false, false))
  })

  describe('the page /user/verify-code/form', () => {
    const linkFor = async (as: MailUser, own = app) => {
      await request('email', as, own)
      return /https?:\/\/\S+/.exec(own.mails.at(-1)?.text ?? '')?.[0] ?? ''
    }

    it('verifies by the link in the mail, once', async () => {
      const ana = await mailUser(app)
      const link = await linkFor(ana)
      const done = await open(app, link)
      expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Confirmed')])
      expect(await profileOf(ana)).toMatchObject({ is_verified: true })
      const again = await open(app, link)
      expect([again.status, await again.text()]).toEqual([
        400,
        expect.stringContaining('the code is wrong or has expired'),
      ])
    })

    it('counts guesses as the action does', async () => {
      const ana = await mailUser(app, { phone: PHONE })
      const code = await request('phone', ana)
      const other = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
      for (let i = 0; i < 5; i++) await open(app, `/user/verify-code/form?code=${other}&auth_id=${ana.id}`)
      expect(outcome(await verify(code, ana))).toEqual(WRONG)
    })

    it('leads to the pages that the app names', async () => {
      const login_id_keys = [
        {
          key: 'email',
          success_redirect: 'https://notes.example/in',
          error_redirect: 'https://notes.example/no',
        },
      ]
      const own = await mailApp({ user_verification: { login_id_keys } })
      const ana = await mailUser(own)
      const done = await open(own, await linkFor(ana, own))
      expect([done.status, done.headers.get('location')]).toEqual([
        302,
        expect.stringMatching(/^https:\/\/notes\.example\/in\?code=[0-9A-Z]{8}$/),
      ])
      const bad = await open(own, '/user/verify-code/form?code=x&auth_id=y')
      expect(bad.headers.get('location')).toMatch(/^https:\/\/notes\.example\/no\?code=x&error=/)
    })
  })
})

describe('the verification gate (v1 protocol, section 2.6)', () => {
  it('keeps users who are not verified from their data and their password, and lets them log in, out and verify', async () => {
    const app = await mailApp({}, { verification_required: true })
    const ana = await mailUser(app)
    const REQUIRED = { status: 403, trips: 1, code: 128 }
    const gated: readonly (readonly [string, Json])[] = [
      ['me', {}],
      ['record:save', { records: [{ _id: 'note/1', text: 'x' }] }],
      ['record:fetch', { ids: ['note/1'] }],
      ['record:query', { record_type: 'user' }],
      ['record:delete', { ids: ['note/1'] }],
      ['auth:password', { old_password: 'secret', password: 'other' }],
    ]
    for (const [action, body] of gated)
      expect([action, outcome(await app.call(action, body, ana)).code]).toEqual([action, REQUIRED.code])
    expect(outcome(await app.call('me', {}, ana))).toEqual(REQUIRED)
    expect((await login(app, ana.email, 'secret')).status).toBe(200)
    expect((await app.call('record:query', { record_type: 'user' })).status, 'nobody').toBe(200)
    expect((await app.call('record:query', { record_type: 'user' }, { key: app.masterKey })).status).toBe(200)

    await app.call('user:verify_request', { args: { record_key: 'email' } }, ana)
    const code = /: ([0-9A-Z]{8})\n/.exec(app.mails.at(-1)?.text ?? '')?.[1] ?? ''
    expect(outcome(await app.call('user:verify_code', { args: { code } }, ana))).toEqual(OK)
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
    expect((await app.call('auth:logout', {}, ana)).status).toBe(200)
  })
})
