import type { AddressInfo, Server } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { startMailSystem, type App } from './mail-system.ts'

/** Mail as an app's users get it: from the Worker itself, over real SMTP and TLS, to another's server and parser. */

const LOGIN = { login: 'notes', password: 'pässwörd' }
const { api, appWith, call, mails, mailTo, posted, running, send, signUp, smtp, stop, ...made } =
  await startMailSystem()
const { stranger, trusted, verificationSent } = made
afterAll(stop)

describe('a link to set a password', () => {
  it.each([
    ['TLS at once, AUTH PLAIN', 'once', 'ssl', 'PLAIN'],
    ['STARTTLS, AUTH LOGIN', 'starttls', 'normal', 'LOGIN'],
  ] as const)('arrives over %s, and leads to a new password', async (_, at, mode, method) => {
    const auth = { user: LOGIN.login, password: LOGIN.password, method }
    const port = await smtp({ tls: { ...trusted, at }, auth })
    const app = appWith({ smtp: { host: 'localhost', port, mode, ...LOGIN } })
    const { email, token } = await signUp(app)
    expect((await call(app, 'user:forgot-password', { args: { email } })).status).toBe(200)

    const mail = await mailTo(email)
    expect(mail).toMatchObject({
      from: 'no-reply@notes.example',
      to: [email],
      isTls: true,
      login: `${LOGIN.login} by ${method}`,
      parsed: {
        from: { name: 'Notizen München', address: 'no-reply@notes.example' },
        to: [{ address: email }],
        subject: 'Neues Passwort für Dich',
      },
    })
    expect(mail.parsed.text).toContain('a new password for Notizen “München”')
    const link = /http:\/\/\S+/.exec(mail.parsed.text ?? '')?.[0] ?? ''
    expect(mail.parsed.html).toContain(link.split('?')[0]?.replaceAll('/', '&#x2F;'))

    expect((await send(app, link)).text).toContain('<form method="post"')
    const done = await send(app, link, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'password=fresh&confirm=fresh',
    })
    expect(done.text).toContain('You can log in')
    const login = (password: string) => call(app, 'auth:login', { auth_data: { email }, password })
    expect((await login('fresh')).status).toBe(200)
    expect((await login('secret')).status).toBe(401)
    expect((await call(app, 'me', {}, token)).status).toBe(401)
  })
})

describe('an SMTP server', () => {
  it('without TLS is sent a mail, but never a password unless it is on this machine', async () => {
    const port = await smtp({})
    expect(await verificationSent(appWith({ smtp: { host: 'localhost', port } }))).toBe(200)
    const auth = { user: LOGIN.login, password: LOGIN.password, method: 'PLAIN' } as const
    const guarded = await smtp({ auth })
    expect(await verificationSent(appWith({ smtp: { host: 'localhost', port: guarded, ...LOGIN } }))).toBe(
      200,
    )
    // This machine by a name that anybody could have.
    expect(await verificationSent(appWith({ smtp: { host: '0.0.0.0', port } }))).toBe(200)
    expect(await verificationSent(appWith({ smtp: { host: '0.0.0.0', port: guarded, ...LOGIN } }))).toBe(500)
  })

  it.each(['once', 'starttls'] as const)(
    'man in the middle: with a certificate of nobody’s is told nothing (%s)',
    async (at) => {
      const port = await smtp({ tls: { ...stranger, at } })
      const before = mails.length
      const mode = at === 'once' ? 'ssl' : 'normal'
      expect(await verificationSent(appWith({ smtp: { host: 'localhost', port, mode } }))).toBe(500)
      expect(mails.length).toBe(before)
    },
  )

  it('that refuses the password, or is not there, is a failure', async () => {
    const auth = { user: LOGIN.login, password: 'another', method: 'PLAIN' } as const
    const port = await smtp({ auth })
    expect(await verificationSent(appWith({ smtp: { host: 'localhost', port, ...LOGIN } }))).toBe(500)
    expect(await verificationSent(appWith({ smtp: { host: 'localhost', port: 1 } }))).toBe(500)
  })

  it.each([
    ['ends in the middle', '220 hello\r\n'],
    ['speaks no SMTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['injects answers before TLS', '220 hello\r\n250-hello\r\n250 STARTTLS\r\n220 go\r\n250 injected\r\n'],
  ])('that %s is a failure', async (_, text) => {
    const server: Server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.end(text)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    running.push({ close: async () => void server.close() })
    const { port } = server.address() as AddressInfo
    expect(await verificationSent(appWith({ smtp: { host: 'localhost', port } }))).toBe(500)
  })
})

describe('an HTTP provider', () => {
  const appBy = (path: string) => appWith({}, { mail_api: { url: api + path, auth_token: 're_1' } })

  it('is posted the mail in the shape of Resend’s API', async () => {
    expect(await verificationSent(appBy('/emails'))).toBe(200)
    const { authorization, body } = posted.at(-1) ?? {}
    expect(authorization).toBe('Bearer re_1')
    expect(JSON.parse(body ?? '')).toEqual({
      from: 'no-reply@skygear.io',
      to: [expect.stringMatching(/^ana-.*@example\.com$/)],
      subject: 'Verification instruction',
      text: expect.stringContaining('is yours') as unknown,
      html: expect.stringContaining('<b>') as unknown,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  })

  it('that refuses is a failure, and so is one that sends the token elsewhere', async () => {
    expect(await verificationSent(appBy('/refusing'))).toBe(500)
    const before = posted.length
    expect(await verificationSent(appBy('/elsewhere'))).toBe(500)
    expect(posted.length).toBe(before + 1)
  })
})

const textTo = async (app: App, phone: string) => {
  const { json } = await call(app, 'auth:signup', { profile: { phone } })
  return call(app, 'user:verify_request', { args: { record_key: 'phone' } }, json.result?.['access_token'])
}
const byPhone = { login_id_keys: [{ key: 'phone', code_format: 'numeric' }] }

it('a text message goes to Nexmo’s API where the app has both, and what it says no to is a failure', async () => {
  const appBy = (api_secret: string, template_items: readonly object[] = []) =>
    appWith(
      {
        user_verification: byPhone,
        twilio: { account_sid: 'AC1', auth_token: 'token', from: '+15005550006' },
        nexmo: { api_key: 'key', api_secret, from: 'Notes' },
      },
      {},
      { template_items },
    )
  expect((await textTo(appBy('secret'), '+85298765432')).status).toBe(200)
  const { url, body } = posted.at(-1) ?? {}
  expect(url).toBe('/nexmo/sms/json')
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    api_key: 'key',
    api_secret: 'secret',
    from: 'Notes',
    to: '85298765432',
    text: expect.stringMatching(/^\d{6} is your code for /) as unknown,
    type: 'text',
  })
  expect((await textTo(appBy('wrong'), '+85298765432')).status).toBe(500)
  expect((await textTo(appBy('mute'), '+85298765432')).status, 'an answer without a body').toBe(500)
  const uri = `data:text/plain,${encodeURIComponent('香港 {{code}}')}`
  const chinese = appBy('secret', [{ type: 'user_verification_sms.txt', uri }])
  expect((await textTo(chinese, '+85298765432')).status).toBe(200)
  expect(Object.fromEntries(new URLSearchParams(posted.at(-1)?.body))).toMatchObject({
    text: expect.stringMatching(/^香港 \d{6}$/) as unknown,
    type: 'unicode',
  })
})

it('a text message goes to Twilio’s API, as its account', async () => {
  const app = appWith({
    user_verification: byPhone,
    twilio: { account_sid: 'AC1', auth_token: 'token', from: '+15005550006' },
  })
  expect((await textTo(app, '+85298765432')).status).toBe(200)
  const { url, authorization, body } = posted.at(-1) ?? {}
  expect({ url, authorization }).toEqual({
    url: '/2010-04-01/Accounts/AC1/Messages.json',
    authorization: `Basic ${btoa('AC1:token')}`,
  })
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    To: '+85298765432',
    From: '+15005550006',
    Body: expect.stringMatching(/^\d{6} is your code for /) as unknown,
  })
  const before = posted.length
  expect((await textTo(app, '98765432&From=+1')).status).toBe(500)
  expect(posted.length).toBe(before)
})
