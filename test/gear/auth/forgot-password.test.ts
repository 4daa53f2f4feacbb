import { beforeAll, describe, expect, it } from 'vitest'
import { outcome, testApp, type TestApp } from '../../support/app.ts'
import { forgot, linkIn, mailApp, mailUser, reset } from './mail-app.ts'

const SENT = { status: 200, trips: 0 }

describe('user:forgot-password', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await mailApp()
  })

  it('mails a link to the user who has the address, after the answer', async () => {
    const ana = await mailUser(app)
    const answer = await forgot(app, ana.email.toUpperCase())
    expect(outcome(answer)).toEqual(SENT)
    expect(answer.json).toEqual({ result: { status: 'OK' } })
    const mail = app.mails.at(-1)
    expect(mail).toMatchObject({
      from: 'no-reply@skygear.io',
      to: ana.email,
      subject: 'Reset password instruction',
    })
    const { url, user_id, code, expire_at } = linkIn(app)
    expect(url.pathname).toBe('/reset-password')
    expect(user_id).toBe(ana.id)
    expect(code).toMatch(/^[0-9A-Z]{32}$/)
    expect(expire_at - Date.now() / 1000).toBeCloseTo(43_200, -2)
    expect(mail?.text).toContain('Notes & Co')
    expect(mail?.html).toContain('Notes &amp; Co')
    expect(mail?.html).toContain(`user_id&#x3D;${ana.id}&amp;`)
  })

  it('user enumeration: an unknown address gets the same bytes and status, and nobody looks before the answer', async () => {
    const ana = await mailUser(app)
    const sent = app.mails.length
    const [known, unknown] = [await forgot(app, ana.email), await forgot(app, 'nobody@example.com')]
    expect(unknown.text).toBe(known.text)
    expect([known, unknown].map(outcome)).toEqual([SENT, SENT])
    const names = (headers: Headers) => [...headers.keys()].toSorted()
    expect(names(unknown.headers)).toEqual(names(known.headers))
    expect(app.mails.length).toBe(sent + 1)
  })

  it('keeps a hash of the code, never the code', async () => {
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    const { code } = linkIn(app)
    const rows = await app.sql(`select * from ${app.table('_auth_code')} where user_id = $1`, [ana.id])
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(code)
    expect(rows[0]?.['hash']).toMatch(/^[0-9a-f]{64}$/)
  })

  it('mail bombing: a user is sent five links an hour, however often and however written somebody asks', async () => {
    const production = await mailApp({}, {}, { production: true })
    const ana = await mailUser(production)
    const asked = await Promise.all(
      Array.from({ length: 9 }, (_, i) =>
        forgot(production, i % 2 === 0 ? ana.email : ana.email.toUpperCase()),
      ),
    )
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(production.mails).toHaveLength(5)
  })

  it('user enumeration: the sixth of an hour is refused with the same bytes, whether somebody has the address or not', async () => {
    const production = await mailApp({}, {}, { production: true })
    const ana = await mailUser(production)
    const sixOf = async (email: string) => {
      const answers = []
      for (let i = 0; i < 6; i++) answers.push(await forgot(production, email))
      return answers.map(({ status, text }) => [status, text.replaceAll(/\d{3} seconds|\d{3}\}/g, '…')])
    }
    const [known, unknown] = [await sixOf(ana.email), await sixOf('nobody@example.com')]
    expect(unknown).toEqual(known)
    expect(known.map(([status]) => status)).toEqual([200, 200, 200, 200, 200, 429])
  })

  it('is as often as one likes in development, and of the links the latest five are good', async () => {
    const ana = await mailUser(app)
    const links: ReturnType<typeof linkIn>[] = []
    for (let i = 0; i < 7; i++) {
      await forgot(app, ana.email)
      links.push(linkIn(app))
    }
    const resetBy = (i: number) => reset(app, { ...links[i], new_password: 'fresh' })
    expect(outcome(await resetBy(1)).code).toBe(110)
    expect((await resetBy(2)).status).toBe(200)
  })

  it('tells that nobody has an address in an app that wants it to, and then only', async () => {
    const telling = await mailApp({ forgot_password: { secure_match: false } })
    const ana = await mailUser(telling)
    expect(outcome(await forgot(telling, ana.email))).toEqual({ status: 200, trips: 1 })
    expect(linkIn(telling).user_id).toBe(ana.id)
    for (const email of ['nobody@example.com', ''])
      expect(outcome(await forgot(telling, email))).toMatchObject({ status: 400, code: 108 })
    expect(telling.mails).toHaveLength(1)
    const discreet = await mailApp({ forgot_password: { secure_match: true } })
    expect(outcome(await forgot(discreet, 'nobody@example.com'))).toEqual({ ...SENT, trips: 0 })
  })

  it('host-header poisoning: a link leads to the host that was found among the apps, and no other header has a say', async () => {
    const ana = await mailUser(app)
    await app.send('/user/forgot-password', {
      method: 'POST',
      headers: {
        'x-skygear-api-key': app.apiKey,
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        forwarded: 'host=evil.example',
        origin: 'https://evil.example',
        referer: 'https://evil.example/',
      },
      body: JSON.stringify({ args: { email: ana.email } }),
    })
    expect(linkIn(app).url.host).toBe(app.host)
  })

  it('links to the base that the document names', async () => {
    const own = await mailApp({}, { base_url: 'https://notes.example/' })
    const ana = await mailUser(own)
    await forgot(own, ana.email)
    expect(linkIn(own).url.href).toMatch(/^https:\/\/notes\.example\/reset-password\?code=/)
  })

  it('reports a mail that could not be sent, to the operator alone', async () => {
    const broken = await mailApp({}, {}, { mailFault: 'smtp: RCPT was answered 550' })
    const ana = await mailUser(broken)
    expect(outcome(await forgot(broken, ana.email))).toEqual(SENT)
    expect(broken.reports).toEqual(['forgot_password mail: smtp: RCPT was answered 550'])
  })

  it.each([
    [{}, { status: 400, trips: 0, code: 108, info: { arguments: ['args'] } }],
    [{ args: { email: null } }, { status: 400, trips: 0, code: 108, info: { arguments: ['args'] } }],
    [{ args: { email: 1 } }, { status: 400, trips: 0, code: 107, info: { arguments: ['args'] } }],
  ])('refuses %o', async (body, expected) => {
    expect(outcome(await app.call('user:forgot-password', body))).toEqual(expected)
  })

  it('sends nothing to what is no text that anybody could have', async () => {
    const sent = app.mails.length
    for (const email of ['', 'a\u0000b@example.com', 'x'.repeat(10_000)])
      expect(outcome(await forgot(app, email))).toEqual(SENT)
    expect(app.mails.length).toBe(sent)
  })

  it('says so where the app sends no mail, whoever is asked for', async () => {
    const mute = await testApp()
    expect(outcome(await forgot(mute, 'nobody@example.com'))).toMatchObject({ status: 503, code: 125 })
  })

  it('code of another app: a link is worth nothing elsewhere', async () => {
    const other = await mailApp()
    const [ana, ben] = [await mailUser(app), await mailUser(other)]
    await forgot(app, ana.email)
    const { code, expire_at } = linkIn(app)
    for (const user_id of [ana.id, ben.id])
      expect(outcome(await reset(other, { user_id, code, expire_at, new_password: 'taken' })).code).toBe(110)
  })
})
