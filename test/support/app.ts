import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { modules } from '../../migrations/bundle.ts'
import type { Gear } from '../../src/core/gear.ts'
import type { Database, DirectUploads, Images, Mail, Provisioner } from '../../src/core/ports.ts'
import type { TenantRegistry } from '../../src/core/registry.ts'
import { gateway } from '../../src/gateway/app.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'
import type { RequestLog } from '../../src/core/request-log.ts'
import { err, ok } from '../../src/core/result.ts'
import { tenants } from '../../src/gateway/tenants.ts'
import { gears, sections } from '../../src/gears.ts'
import { durableHubs } from '../../src/platform/durable-hubs.ts'
import { durableLimiter } from '../../src/platform/durable-limiter.ts'
import { durablePasswords } from '../../src/platform/durable-passwords.ts'
import { fetchWebhooks } from '../../src/platform/fetch-webhooks.ts'
import { joseTokens } from '../../src/platform/jose-tokens.ts'
import { kvTenants } from '../../src/platform/kv-tenants.ts'
import { randomText } from '../../src/platform/random-text.ts'
import { templateSource } from '../../src/platform/template-source.ts'
import { neonDatabase, neonProvisioner, useLocalEndpoint } from '../../src/platform/neon.ts'
import { zxcvbnStrength } from '../../src/platform/zxcvbn-strength.ts'
import { nodeDigests } from '../../src/platform/node-digests.ts'
import { photonImages } from '../../src/platform/images/photon-images.ts'
import { r2Files } from '../../src/platform/r2-files.ts'
import { heads } from '../../src/worker.ts'

useLocalEndpoint(inject('neonEndpoint'))

export type Json = Readonly<Record<string, unknown>>
export type Answer = {
  readonly status: number
  /** The body as it came: for answers that must not differ by a byte. */
  readonly text: string
  readonly json: Json
  readonly headers: Headers
  /** Round trips to the database that the request made. */
  readonly trips: number
}
/** `key` null: none is sent. */
export type Credentials = { readonly key?: string | null; readonly token?: string }
export type TestUser = { readonly id: string; readonly token: string }

/** One app of its own: own host in KV, own schema in Postgres, the real gears on the real ports. */
export type TestApp = {
  readonly host: string
  readonly apiKey: string
  readonly masterKey: string
  readonly schema: string
  readonly call: (action: string, body?: unknown, as?: Credentials) => Promise<Answer>
  readonly send: (path: string, init?: RequestInit) => Promise<Response>
  /** Any request, whatever its host: this app's isolate serves every app. */
  readonly fetch: (request: Request) => Promise<Response>
  /** A user with a username and the password `secret`: costs a hash, 0.1 s. */
  readonly signUp: (username: string) => Promise<TestUser>
  /** A user without login ids or password: costs no hash. */
  readonly guest: () => Promise<TestUser>
  /** Straight to Postgres, past the system. `app.schema` is not set: qualify, or use `table`. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<readonly Json[]>
  /** A table's quoted name with its schema. */
  readonly table: (name: string) => string
  /** The log line of a request, by the id that its answer carried. */
  readonly logOf: (requestId: string | null) => RequestLog | undefined
  /** What was reported under the id of a request, which its answer carries. */
  readonly errorOf: (requestId: string | null) => unknown
  /** What the operator has been told. */
  readonly reports: readonly string[]
  /** What the app has sent, oldest first: the transport alone is not real. */
  readonly mails: readonly Mail[]
  readonly texts: readonly { readonly to: string; readonly text: string }[]
  /** Another isolate for the same app: no tenant, key or token remembered (record types are, by the module). */
  readonly reopen: (options?: Options) => TestApp
}

export type Options = {
  readonly production?: boolean
  /** Laid over the composed document. */
  readonly document?: Json
  readonly provision?: boolean
  readonly databaseUrl?: string
  /** Where the isolate reads documents, instead of in KV. */
  readonly source?: Pick<TenantRegistry, 'get'>
  /** What makes pictures, where it is not about their pixels. */
  readonly images?: Images
  readonly directUploads?: DirectUploads
  /** Beside the real ones. */
  readonly gears?: readonly Gear[]
  /** Why no mail can be sent. */
  readonly mailFault?: string
  /** What the isolate takes for the present; Postgres has its own clock. */
  readonly now?: () => Date
}

/** Made anew for every app: an isolate of its own, as far as caches of tenants and tokens go. */
export async function testApp(options: Options = {}): Promise<TestApp> {
  const name = `t${crypto.randomUUID().slice(0, 18)}`
  const host = `${name}.localhost`
  const document = {
    ...newDocument({ name, random: () => crypto.randomUUID(), production: options.production ?? false }),
    ...options.document,
  }
  await env.TENANTS.put(`host:${host}`, JSON.stringify(document))
  return openApp(host, document, options)
}

/** An app as one isolate serves it. */
function openApp(host: string, document: ReturnType<typeof newDocument>, options: Options): TestApp {
  const databaseUrl = options.databaseUrl ?? inject('databaseUrl')
  const logs = new Map<string, RequestLog>()
  const mails: Mail[] = []
  const reports: string[] = []
  const errors = new Map<string, unknown>()
  const texts: { to: string; text: string }[] = []
  const provisioner: Provisioner | null = options.provision === false ? null : neonProvisioner(modules)
  const hono = gateway([...gears, ...(options.gears ?? [])], heads, {
    tenants: tenants({
      source: options.source ?? kvTenants(env.TENANTS),
      sections,
      defaultDatabaseUrl: databaseUrl,
      cacheSeconds: 60,
      now: Date.now,
      warn: () => undefined,
    }),
    databaseOf: (tenant) => neonDatabase(tenant.databaseUrl),
    provisioner,
    tokens: joseTokens(),
    passwords: durablePasswords(env.PASSWORDS),
    limiter: durableLimiter(env.LIMITS, (message) => console.warn(message)),
    strength: zxcvbnStrength(),
    webhooks: fetchWebhooks((message) => console.warn(message)),
    hubs: durableHubs(env.PUBSUB),
    files: r2Files(env.ASSETS),
    images: options.images ?? photonImages(),
    directUploads: options.directUploads ?? null,
    digests: nodeDigests(),
    mailer: {
      async send(_, mail) {
        mails.push(mail)
        return options.mailFault === undefined ? ok(undefined) : err(options.mailFault)
      },
    },
    textMessages: {
      async send(_, to, text) {
        texts.push({ to, text })
        return ok(undefined)
      },
    },
    templates: templateSource(Date.now),
    randomText,
    now: options.now ?? (() => new Date()),
    newId: () => crypto.randomUUID(),
    clock: () => performance.now(),
    observe: (entry) => logs.set(entry.request_id, entry),
    report: (requestId, cause) => {
      errors.set(requestId, cause)
      if (typeof cause === 'string') reports.push(cause)
      else console.error(cause)
    },
  })

  const fetch = async (request: Request): Promise<Response> => {
    const execution = createExecutionContext()
    const response = await hono.fetch(request, {}, execution)
    await waitOnExecutionContext(execution)
    return response
  }
  const send = (path: string, init: RequestInit = {}) => fetch(new Request(`https://${host}${path}`, init))
  const apiKey = document.app_config.clients[0]?.client_id ?? ''
  const schema = document.database_config.database_schema

  const call: TestApp['call'] = async (action, body = {}, { key = apiKey, token } = {}) => {
    const headers = new Headers()
    if (key !== null) headers.set('x-skygear-api-key', key)
    if (token !== undefined) headers.set('x-skygear-access-token', token)
    const response = await send(`/${action.replaceAll(':', '/')}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return {
      status: response.status,
      text,
      json: JSON.parse(text) as Json,
      headers: response.headers,
      trips: logs.get(response.headers.get('x-skygear-request-id') ?? '')?.trips ?? NaN,
    }
  }
  const user = async (body: Json): Promise<TestUser> => {
    const { status, json } = await call('auth:signup', body)
    if (status !== 200) throw new Error(`signing up: ${JSON.stringify(json)}`)
    const result = json['result'] as { user_id: string; access_token: string }
    return { id: result.user_id, token: result.access_token }
  }

  return {
    host,
    apiKey,
    masterKey: document.app_config.master_key,
    schema,
    send,
    fetch,
    call,
    mails,
    reports,
    texts,
    logOf: (requestId) => logs.get(requestId ?? ''),
    errorOf: (requestId) => errors.get(requestId ?? ''),
    signUp: (username) => user({ auth_data: { username }, password: 'secret' }),
    guest: () => user({}),
    async sql(text, values = []) {
      const database: Database = neonDatabase(inject('databaseUrl'))
      const answer = await database.transact([{ text, values }])
      if (!answer.ok) throw new Error(`${answer.error.code} ${answer.error.message}`)
      return answer.value[0] ?? []
    },
    table: (name) => `"${schema}"."${name.replaceAll('"', '""')}"`,
    reopen: (others = {}) => openApp(host, document, { ...options, ...others }),
  }
}

/** What a caller can tell of an answer without reading its result: one row of a table of expectations. */
export function outcome({ status, json, trips }: Answer) {
  const error = json['error'] as { code: number; info?: Json } | undefined
  return { status, trips, ...(error && { code: error.code }), ...(error?.info && { info: error.info }) }
}

/** A success in one round trip. */
export const OK = { status: 200, trips: 1 }

/** `result` of an answer that is a list: records and refused items. */
export const itemsOf = ({ json }: Answer) => (json['result'] ?? []) as readonly Json[]

/** The codes of refused items, null for what went well. */
export const codesOf = (answer: Answer) => itemsOf(answer).map((item) => item['code'] ?? null)

/** `result` of an answer that is an auth response. */
export const authOf = ({ json }: Answer) =>
  json['result'] as {
    readonly user_id: string
    readonly access_token: string
    readonly profile: Json
    readonly roles?: readonly string[]
    readonly last_login_at?: string
    readonly last_seen_at?: string
  }

/** The claims of an access token, unverified. */
export const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json

export const keypath = (name: string) => ({ $type: 'keypath', $val: name })
