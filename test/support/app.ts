import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { modules } from '../../migrations/bundle.ts'
import type { Database, Provisioner } from '../../src/core/ports.ts'
import { gateway } from '../../src/gateway/app.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'
import type { RequestLog } from '../../src/gateway/log.ts'
import { tenants } from '../../src/gateway/tenants.ts'
import { gears } from '../../src/gears.ts'
import { durableHubs } from '../../src/platform/durable-hubs.ts'
import { joseTokens } from '../../src/platform/jose-tokens.ts'
import { kvTenants } from '../../src/platform/kv-tenants.ts'
import { neonDatabase, neonProvisioner, useLocalEndpoint } from '../../src/platform/neon.ts'
import { scryptPasswords } from '../../src/platform/scrypt-passwords.ts'
import { heads, sections } from '../../src/worker.ts'

useLocalEndpoint(inject('neonEndpoint'))

export type Json = Readonly<Record<string, unknown>>
export type Answer = {
  readonly status: number
  readonly json: Json
  readonly headers: Headers
  /** Round trips to the database that the request made. */
  readonly trips: number
}
export type Credentials = { readonly key?: string | null; readonly token?: string }

/** One app of its own: own host in KV, own schema in Postgres, the real gears on the real ports. */
export type TestApp = {
  readonly host: string
  readonly apiKey: string
  readonly masterKey: string
  readonly schema: string
  readonly logs: readonly RequestLog[]
  readonly call: (action: string, body?: unknown, as?: Credentials) => Promise<Answer>
  readonly send: (path: string, init?: RequestInit) => Promise<Response>
  /** A user, signed up. */
  readonly signUp: (username: string) => Promise<{ readonly id: string; readonly token: string }>
  /** Straight to Postgres, past the system. `app.schema` is not set: qualify. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<readonly Json[]>
}

export type Options = {
  readonly production?: boolean
  /** Laid over the composed document. */
  readonly document?: Json
  readonly provision?: boolean
  readonly databaseUrl?: string
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

/** Another isolate for the same app: nothing remembered. */
export function openApp(host: string, document: ReturnType<typeof newDocument>, options: Options = {}): TestApp {
  const databaseUrl = options.databaseUrl ?? inject('databaseUrl')
  const logs: RequestLog[] = []
  const provisioner: Provisioner | null = options.provision === false ? null : neonProvisioner(modules)
  const hono = gateway(gears, heads, {
    tenants: tenants({
      source: kvTenants(env.TENANTS),
      sections,
      defaultDatabaseUrl: databaseUrl,
      cacheSeconds: 60,
      now: Date.now,
      warn: () => undefined,
    }),
    databaseOf: (tenant) => neonDatabase(tenant.databaseUrl),
    provisioner,
    tokens: joseTokens(),
    passwords: scryptPasswords(),
    hubs: durableHubs(env.PUBSUB),
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    log: (entry) => logs.push(entry),
    report: (_, cause) => console.error(cause),
  })

  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const execution = createExecutionContext()
    const response = await hono.fetch(new Request(`https://${host}${path}`, init as never), {}, execution)
    await waitOnExecutionContext(execution)
    return response
  }
  const apiKey = document.app_config.clients[0]?.client_id ?? ''

  const call: TestApp['call'] = async (action, body = {}, { key = apiKey, token } = {}) => {
    const headers = new Headers()
    if (key !== null) headers.set('x-skygear-api-key', key)
    if (token !== undefined) headers.set('x-skygear-access-token', token)
    const response = await send(`/${action.replaceAll(':', '/')}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return {
      status: response.status,
      json: await response.json(),
      headers: response.headers,
      trips: logs.at(-1)?.trips ?? NaN,
    }
  }

  return {
    host,
    apiKey,
    masterKey: document.app_config.master_key,
    schema: document.database_config.database_schema,
    logs,
    send,
    call,
    async signUp(username) {
      const { json } = await call('auth:signup', { auth_data: { username }, password: 'secret' })
      const result = json['result'] as { user_id: string; access_token: string }
      return { id: result.user_id, token: result.access_token }
    },
    async sql(text, values = []) {
      const database: Database = neonDatabase(databaseUrl)
      const answer = await database.transact([{ text, values }])
      if (!answer.ok) throw new Error(`${answer.error.code} ${answer.error.message}`)
      return answer.value[0] ?? []
    },
  }
}
