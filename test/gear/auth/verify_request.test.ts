import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, type TestApp } from '../../support/app.ts'
import { mailApp, mailUser, type MailUser } from './mail-app.ts'

const PHONE = '+85298765432'

describe('user:verify_request', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await mailApp()
  })
  const ask = (record_key: unknown, as: MailUser | undefined) =>
    app.call('user:verify_request', { args: { record_key } }, as)

  it('mails the user who calls a code and a link for the address of their record', async () => {
    const ana = await mailUser(app)
    const answer = await ask('email', ana)
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json).toEqual({})
    const mail = app.mails.at(-1)
    expect(mail).toMatchObject({ to: ana.email, subject: 'Verification instruction' })
    const code = /: ([0-9A-Z]{8})\n/.exec(mail?.text ?? '')?.[1]
    expect(mail?.text).toContain(`http://${app.host}/user/verify-code/form?code=${code}&auth_id=${ana.id}`)
    expect(mail?.html).toContain(`<b>${code}</b>`)
  })

  it('sends a short number to a phone', async () => {
    const ana = await mailUser(app, { phone: PHONE })
    expect(outcome(await ask('phone', ana))).toEqual(OK)
    expect(app.texts.at(-1)).toEqual({
      to: PHONE,
      text: expect.stringMatching(/^\d{6} is your code for /) as unknown,
    })
  })

  it('keeps a hash of the code with a salt of its own, never the code', async () => {
    const ana = await mailUser(app, { phone: PHONE })
    await ask('phone', ana)
    const code = /^\d{6}/.exec(app.texts.at(-1)?.text ?? '')?.[0] ?? 'none'
    const [row] = await app.sql(`select * from ${app.table('_auth_code')} where user_id = $1`, [ana.id])
    expect(row?.['hash']).toMatch(/^[0-9a-f]{64}$/)
    const unsalted = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code))
    expect(row?.['hash']).not.toBe(Buffer.from(unsalted).toString('hex'))
  })

  it('mail bombing: five codes an hour of all fields together, also of many at once, then 429 with Retry-After', async () => {
    const production = await mailApp({}, {}, { production: true })
    const ana = await mailUser(production)
    const asking = () => production.call('user:verify_request', { args: { record_key: 'email' } }, ana)
    const asked = await Promise.all(Array.from({ length: 12 }, asking))
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(production.mails).toHaveLength(5)
    const refused = await asking()
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(600)
    expect(seconds).toBeLessThanOrEqual(720)
    expect([outcome(refused), refused.json]).toEqual([
      { status: 429, trips: 0, code: 102, info: { retry_after: seconds } },
      {
        error: {
          name: 'PermissionDenied',
          code: 102,
          message: `too many attempts: try again in ${seconds} seconds`,
          info: { retry_after: seconds },
        },
      },
    ])
    const ben = await mailUser(production)
    expect(
      (await production.call('user:verify_request', { args: { record_key: 'email' } }, ben)).status,
    ).toBe(200)
  })

  it('counts what was sent: not what could not be, as there is nothing to verify', async () => {
    const own = await mailApp({}, { limits: { verification: { account: { count: 1, seconds: 600 } } } })
    const ana = await mailUser(own)
    const of = async (record_key: string) =>
      (await own.call('user:verify_request', { args: { record_key } }, ana)).status
    expect([await of('phone'), await of('phone'), await of('email'), await of('email')]).toEqual([
      400, 400, 200, 429,
    ])
  })

  it('sends as many as the app says, and a test suite’s in development', async () => {
    const unbounded = await mailApp({}, { limits: { verification: { account: null } } }, { production: true })
    for (const own of [unbounded, app]) {
      const ana = await mailUser(own)
      const sent = own.mails.length
      for (let i = 0; i < 20; i++)
        await own.call('user:verify_request', { args: { record_key: 'email' } }, ana)
      expect(own.mails.length).toBe(sent + 20)
    }
  })

  it('is bounded by address as well', async () => {
    const own = await mailApp({}, { limits: { verification: { address: { count: 2, seconds: 600 } } } })
    const statuses = []
    for (let i = 0; i < 3; i++) {
      const { token } = await mailUser(own)
      const answer = await own.send('/user/verify_request', {
        method: 'POST',
        headers: {
          'x-skygear-api-key': own.apiKey,
          'x-skygear-access-token': token,
          'cf-connecting-ip': '203.0.113.9',
        },
        body: JSON.stringify({ args: { record_key: 'email' } }),
      })
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([200, 200, 429])
  })

  it('waits for the provider, and says that it failed, not why', async () => {
    const broken = await mailApp({}, {}, { mailFault: 'smtp: AUTH was answered 535' })
    const ana = await mailUser(broken)
    const answer = await broken.call('user:verify_request', { args: { record_key: 'email' } }, ana)
    expect(outcome(answer)).toMatchObject({ status: 500, code: 10000 })
    expect(answer.text).not.toContain('535')
    expect(broken.reports).toEqual(['user_verification mail: smtp: AUTH was answered 535'])
  })

  it('refuses a field that the app does not verify, one that is empty, and whoever is not logged in', async () => {
    const ana = await mailUser(app)
    expect(outcome(await ask('username', ana))).toMatchObject({ status: 400, code: 108, trips: 0 })
    expect(outcome(await ask('phone', ana))).toMatchObject({ status: 400, code: 108, trips: 1 })
    for (const nothing of [null, ''])
      expect(outcome(await ask(nothing, ana))).toMatchObject({ status: 400, code: 108, trips: 0 })
    expect(outcome(await ask('email', undefined))).toMatchObject({ status: 401, code: 101 })
  })

  it('refuses the master key where there is no such user record', async () => {
    const answer = await app.call(
      'user:verify_request',
      { args: { record_key: 'email' } },
      { key: app.masterKey },
    )
    expect(outcome(answer)).toMatchObject({ status: 400, code: 108 })
  })

  it('sends codes at sign-up where the app wants that, for what is given', async () => {
    const eager = await mailApp({
      user_verification: { auto_send_on_signup: true, login_id_keys: [{ key: 'email' }, { key: 'phone' }] },
    })
    const ana = await mailUser(eager)
    expect(eager.mails.map(({ to }) => to)).toEqual([ana.email])
    await eager.guest()
    expect(eager.mails).toHaveLength(1)
    expect(eager.texts).toEqual([])
  })

  it('sends codes at sign-up where users must be verified', async () => {
    const strict = await mailApp({}, { verification_required: true })
    const ana = await mailUser(strict)
    expect(strict.mails.map(({ to }) => to)).toEqual([ana.email])
  })
})
