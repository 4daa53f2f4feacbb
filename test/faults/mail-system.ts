import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { expect, inject } from 'vitest'
import { startSmtp, type ReceivedMail, type SmtpOptions } from '../../local/mailbox/smtp.ts'
import { bundle, putTenant, startWorker } from '../../local/workerd.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'

type Tls = { readonly key: string; readonly cert: string }
export type App = { readonly url: string; readonly key: string; readonly masterKey: string }
type Posted = {
  readonly authorization: string | undefined
  readonly url: string | undefined
  readonly body: string
}

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

type Sent = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
/** To the app's host, whatever this machine thinks of its name. */
const sendTo = (
  workerUrl: string,
  app: App,
  path: string,
  { method = 'GET', headers = {}, body }: Sent = {},
) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { host, pathname, search } = new URL(path, app.url)
    const asked = request(
      workerUrl,
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
/** As Nexmo's API refuses a wrong secret: with status 200. */
const nexmoAnswer = (body: string): string => {
  const status = new URLSearchParams(body).get('api_secret') === 'secret' ? '0' : '4'
  return JSON.stringify({ 'message-count': '1', messages: [{ status }] })
}

/** The Worker itself, and what it sends mail through: SMTP servers, and a provider's API. */
export async function startMailSystem() {
  const mails: ReceivedMail[] = []
  const posted: Posted[] = []
  const running: { readonly close: () => Promise<void> }[] = []

  const provider = createServer((asked, response) => {
    let body = ''
    asked.on('data', (chunk: Buffer) => (body += chunk.toString()))
    asked.on('end', () => {
      posted.push({ authorization: asked.headers.authorization, url: asked.url, body })
      if (asked.url === '/elsewhere') response.writeHead(307, { location: '/emails' }).end()
      else if (asked.url === '/nexmo/sms/json' && body.includes('api_secret=mute'))
        response.writeHead(204).end()
      else if (asked.url === '/nexmo/sms/json') response.end(nexmoAnswer(body))
      else response.writeHead(asked.url === '/refusing' ? 422 : 200).end('{"id":"1"}')
    })
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  running.push({ close: async () => void provider.close() })
  const api = `http://localhost:${(provider.address() as AddressInfo).port}`

  const dir = bundle('wrangler.toml')
  const tenants = await mkdtemp(join(tmpdir(), 'skygear-mail-'))
  // Of an authority that the Worker trusts, and of one that it does not.
  const [trusted, stranger] = await Promise.all([certificate(), certificate()])
  const worker = await startWorker({
    bundle: dir,
    entry: 'worker.js',
    tenants,
    trustedCertificates: [trusted.cert],
    bindings: {
      DATABASE_URL: inject('databaseUrl'),
      NEON_LOCAL_ENDPOINT: inject('neonEndpoint'),
      LOG_SAMPLE: '0',
      TWILIO_URL: api,
      NEXMO_URL: `${api}/nexmo`,
    },
  })

  const send = (app: App, path: string, sent: Sent = {}) => sendTo(worker.url, app, path, sent)
  const smtp = async (options: Omit<SmtpOptions, 'receive'>): Promise<number> => {
    const server = await startSmtp({ ...options, receive: (mail) => mails.push(mail) })
    running.push(server)
    return server.port
  }

  /** An app at a host of its own, which is this machine. */
  function appWith(app_config: object, auth: object = {}, rest: object = {}): App {
    const name = `m${crypto.randomUUID().slice(0, 12)}`
    const document = newDocument({ name, random: () => crypto.randomUUID(), production: false })
    putTenant(
      tenants,
      `host:${name}.localhost`,
      JSON.stringify({
        ...document,
        ...rest,
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
      masterKey: document.app_config.master_key,
    }
  }
  async function call(app: App, action: string, body: object, token?: string, key = app.key) {
    const response = await send(app, `/${action.replaceAll(':', '/')}`, {
      method: 'POST',
      headers: { 'x-skygear-api-key': key, ...(token !== undefined && { 'x-skygear-access-token': token }) },
      body: JSON.stringify(body),
    })
    const json = JSON.parse(response.text) as { result?: Record<string, string> }
    return { status: response.status, text: response.text, json }
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

  return {
    mails,
    posted,
    running,
    api,
    trusted,
    stranger,
    smtp,
    appWith,
    send,
    call,
    signUp,
    verificationSent,
    mailTo,
    stop: async () => {
      await worker.stop()
      for (const server of running) await server.close()
      for (const folder of [dir, tenants]) await rm(folder, { recursive: true, force: true })
    },
  }
}
