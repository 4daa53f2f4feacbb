import { createServer, request } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startSmtp, type ReceivedMail, type RunningSmtp, type SmtpOptions } from '../../local/mailbox/smtp.ts'
import { bundle, putTenant, startWorker, type RunningWorker } from '../../local/workerd.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'

/** Mail as an app's users get it: from the Worker itself, over real SMTP and TLS, to another's server and parser. */

const LOGIN = { login: 'notes', password: 'pässwörd' }
type Tls = { readonly key: string; readonly cert: string }
type App = { readonly url: string; readonly key: string }

let dir: string
let tenants: string
let worker: RunningWorker
/** Of an authority that the Worker trusts, and of one that it does not. */
let [trusted, stranger]: readonly [Tls, Tls] = [
  { key: '', cert: '' },
  { key: '', cert: '' },
]
const mails: ReceivedMail[] = []
/** A provider's API, and what it was posted. */
let api: string
const posted: { authorization: string | undefined; url: string | undefined; body: string }[] = []
const running: (RunningSmtp | { close: () => Promise<void> })[] = []

const certificate = async (): Promise<Tls> => {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  return { key: made.private, cert: made.cert }
}

async function startApi(): Promise<string> {
  const server = createServer((asked, response) => {
    let body = ''
    asked.on('data', (chunk: Buffer) => (body += chunk.toString()))
    asked.on('end', () => {
      posted.push({ authorization: asked.headers.authorization, url: asked.url, body })
      if (asked.url === '/elsewhere') response.writeHead(307, { location: '/emails' }).end()
      else response.writeHead(asked.url === '/refusing' ? 422 : 200).end('{"id":"1"}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  running.push({ close: async () => void server.close() })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  api = await startApi()
  dir = bundle('wrangler.toml')
  tenants = await mkdtemp(join(tmpdir(), 'skygear-mail-'))
  ;[trusted, stranger] = await Promise.all([certificate(), certificate()])
  worker = await startWorker({
    bundle: dir,
    entry: 'worker.js',
    tenants,
    trustedCertificates: [trusted.cert],
    bindings: {
      DATABASE_URL: inject('databaseUrl'),
      NEON_LOCAL_ENDPOINT: inject('neonEndpoint'),
      LOG_SAMPLE: '0',
      TWILIO_URL: api,
    },
  })
}, 60_000)
afterAll(async () => {
  await worker.stop()
  for (const server of running) await server.close()
  for (const folder of [dir, tenants]) await rm(folder, { recursive: true, force: true })
})

const smtp = async (options: Omit<SmtpOptions, 'receive'>): Promise<number> => {
  const server = await startSmtp({ ...options, receive: (mail) => mails.push(mail) })
  running.push(server)
  return server.port
}

/** An app at a host of its own, which is this machine. */
function appWith(app_config: object, auth: object = {}): App {
  const name = `m${crypto.randomUUID().slice(0, 12)}`
  const document = newDocument({ name, random: () => crypto.randomUUID(), production: false })
  putTenant(
    tenants,
    `host:${name}.localhost`,
    JSON.stringify({
      ...document,
      gear_config: { ...document.gear_config, auth },
      app_config: {
        ...document.app_config,
        display_app_name: 'Notizen “München”',
        forgot_password: {
          sender: '"Notizen München" <no-reply@notes.example>',
          subject: 'Neues Passwort für Dich',
        },
        user_verification: { login_id_keys: [{ key: 'email' }] },
        ...app_config,
      },
    }),
  )
  return {
    url: `http://${name}.localhost:${new URL(worker.url).port}`,
    key: document.app_config.clients[0]?.client_id ?? '',
  }
}
type Sent = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
/** To the app's host, whatever this machine thinks of its name. */
const send = (app: App, path: string, { method = 'GET', headers = {}, body }: Sent = {}) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { host, pathname, search } = new URL(path, app.url)
    const asked = request(
      worker.url,
      { method, path: pathname + search, headers: { ...headers, host } },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
async function call({ url, key }: App, action: string, body: object, token?: string) {
  const response = await send({ url, key }, `/${action.replaceAll(':', '/')}`, {
    method: 'POST',
    headers: { 'x-skygear-api-key': key, ...(token !== undefined && { 'x-skygear-access-token': token }) },
    body: JSON.stringify(body),
  })
  return { status: response.status, json: JSON.parse(response.text) as { result?: Record<string, string> } }
}
const signUp = async (app: App) => {
  const email = `ana-${crypto.randomUUID().slice(0, 8)}@example.com`
  const { json } = await call(app, 'auth:signup', { auth_data: { email }, password: 'secret' })
  return { email, token: json.result?.['access_token'] ?? '' }
}
/** Waits for the provider, so the answer tells whether it took the mail. */
const verificationSent = async (app: App) => {
  const { token } = await signUp(app)
  return (await call(app, 'user:verify_request', { args: { record_key: 'email' } }, token)).status
}
const mailTo = async (email: string): Promise<ReceivedMail> => {
  await expect.poll(() => mails.some(({ to }) => to.includes(email)), { timeout: 10_000 }).toBe(true)
  return mails.findLast(({ to }) => to.includes(email)) as ReceivedMail
}

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

it('a text message goes to Twilio’s API, as its account', async () => {
  const app = appWith({
    user_verification: { login_id_keys: [{ key: 'phone', code_format: 'numeric' }] },
    twilio: { account_sid: 'AC1', auth_token: 'token', from: '+15005550006' },
  })
  const verify = async (phone: string) => {
    const { json } = await call(app, 'auth:signup', { profile: { phone } })
    return call(app, 'user:verify_request', { args: { record_key: 'phone' } }, json.result?.['access_token'])
  }
  expect((await verify('+85298765432')).status).toBe(200)
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
  expect((await verify('98765432&From=+1')).status).toBe(500)
  expect(posted.length).toBe(before)
})
