import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v2Of } from '../gear/asset/v2-calls.ts'
import { testApp, type Json } from '../support/app.ts'
import { endpoints, pathTo, requestTo, shownTo, type Endpoint } from '../support/endpoints.ts'
import { LEGAL } from '../support/legal.ts'
import { snapshot } from '../support/snapshot.ts'

const SECRET = `secret-${crypto.randomUUID()}`
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text))
const v2 = endpoints.filter(({ kind }) => kind === 'v2')

/** An app with a private file, at a host for each of the assignments. */
async function home(text: string) {
  const app = await testApp()
  const user = await app.guest()
  const calls = v2Of(app, user)
  const file = await calls.uploaded(bytesOf(text), { 'content-type': 'text/plain' }, { access: 'private' })
  const { app_id } = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
  const alias = (assignment: string) => `${assignment}-${app.host}`
  for (const assignment of ['default', 'microservices', 'asset', 'auth'])
    await env.TENANTS.put(`host:${alias(assignment)}`, JSON.stringify({ alias_of: app.host, assignment }))
  return { app, user, calls, file, appId: app_id, alias }
}
type Home = Awaited<ReturnType<typeof home>>

/** Ways to the asset gear of an app, and to its auth gear. */
const ASSET: Readonly<Record<string, (of: Home) => string>> = {
  'its own host': ({ app }) => app.host,
  'the label of the asset gear': ({ app }) => `assets.${app.host}`,
  'the same in capitals, with dot and port': ({ app }) => `ASSETS.${app.host.toUpperCase()}.:8443`,
  'a further default host': ({ alias }) => alias('default'),
  'the label before a further default host': ({ alias }) => `assets.${alias('default')}`,
  'a host for microservices': ({ alias }) => alias('microservices'),
  'a host of the asset gear': ({ alias }) => alias('asset'),
}
const AUTH: typeof ASSET = {
  'the label of the auth gear': ({ app }) => `accounts.${app.host}`,
  'the label before a further default host': ({ alias }) => `accounts.${alias('default')}`,
  'a host of the auth gear': ({ alias }) => alias('auth'),
}
/** Where no app is: labels name a gear before default hosts only, and but one. */
const NOWHERE: typeof ASSET = {
  'a label before a host of the asset gear': ({ alias }) => `assets.${alias('asset')}`,
  'a label before a host of the auth gear': ({ alias }) => `assets.${alias('auth')}`,
  'a label before a host for microservices': ({ alias }) => `assets.${alias('microservices')}`,
  'two labels': ({ app }) => `assets.assets.${app.host}`,
}

let a: Home
let b: Home
let before: unknown
const everything = async () => [
  await snapshot(b.app),
  (await env.ASSETS.list({ prefix: `${b.appId}/` })).objects.map(({ key, etag }) => `${key} ${etag}`),
]
beforeAll(async () => {
  b = await home(SECRET)
  a = await home('of this app')
  before = await everything()
})
afterAll(async () => expect(await everything()).toEqual(before))

type Shown = { readonly key?: string; readonly token?: string; readonly query?: string }
type Asked = { readonly status: number; readonly text: string }

/** A request about a file of the other app, through the attacker's isolate, which so has served both. */
async function ask(
  endpoint: Endpoint,
  host: string,
  { query = '', ...shown }: Shown,
  more: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const [legal = {}] = LEGAL[endpoint.name] ?? []
  const body = JSON.stringify(legal).replaceAll('cat.png', b.file)
  const address = `https://${a.app.host}${pathTo(endpoint, b.file)}?prefix=${b.file}&${query}`
  const headers = { ...shownTo(endpoint, shown), ...more, host }
  const response = await a.app.fetch(new Request(address, requestTo(endpoint, headers, body)))
  const text = await response.text()
  // Ids are others each time: a page's nonce.
  return { status: response.status, text: text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>') }
}

/** What the attacker has, and the like of it that nobody has given out. */
async function credentials(): Promise<readonly (readonly [own: Shown, madeUp: Shown])[]> {
  const signed = new URL(await a.calls.signed(b.file)).search.slice(1)
  const upload = new URL((await a.calls.presigned({ 'content-length': '3' })).url).search.slice(1)
  const forged = (query: string) => query.replace(/(?<=signature=)[0-9a-f]+/, '0'.repeat(64))
  return [
    [{ key: a.app.masterKey }, { key: 'made up' }],
    [
      { key: a.app.apiKey, token: a.user.token },
      { key: 'made up', token: 'made.up.too' },
    ],
    [{ query: signed }, { query: forged(signed) }],
    [
      { query: upload, key: a.app.masterKey },
      { query: forged(upload), key: 'made up' },
    ],
  ]
}

describe.each(v2)('$name', (endpoint) => {
  it.each(Object.entries({ ...ASSET, ...AUTH, ...NOWHERE }))(
    'at %s of another app takes no credential of this app for more than an invented one',
    async (_, hostOf) => {
      for (const [own, madeUp] of await credentials()) {
        const answer = await ask(endpoint, hostOf(b), own)
        expect(answer).toEqual(await ask(endpoint, hostOf(b), madeUp))
        expect(answer.text).not.toContain(SECRET)
        if (endpoint.access !== 'anyone') expect([401, 404]).toContain(answer.status)
      }
    },
  )

  it('is the asset gear’s alone: at hosts of the auth gear, and where no app is, it is not found', async () => {
    for (const hostOf of [...Object.values(AUTH), ...Object.values(NOWHERE)])
      for (const key of [a.app.masterKey, b.app.masterKey])
        expect((await ask(endpoint, hostOf(b), { key })).status).toBe(404)
  })

  it('at this app’s hosts is about this app, whatever else names the other', async () => {
    const others = {
      'x-forwarded-host': `assets.${b.app.host}`,
      'x-original-host': b.alias('asset'),
      'x-skygear-app-name': b.appId,
      'x-skygear-gear': 'asset',
      origin: `https://assets.${b.app.host}`,
    }
    for (const hostOf of Object.values(ASSET))
      for (const shown of [{ key: b.app.masterKey }, { token: b.user.token }, { key: a.app.masterKey }]) {
        const { text, status } = await ask(endpoint, hostOf(a), shown, others)
        expect(text).not.toContain(SECRET)
        if (endpoint.access !== 'anyone' && shown.key !== a.app.masterKey) expect(status).toBe(401)
      }
  })
})

describe('a host under another app’s', () => {
  it('that is this app’s by its own row is this app’s: the label then means nothing', async () => {
    const host = `assets.x-${b.app.host}`
    await env.TENANTS.put(
      `host:x-${b.app.host}`,
      JSON.stringify({ alias_of: b.app.host, assignment: 'default' }),
    )
    await env.TENANTS.put(`host:${host}`, JSON.stringify({ alias_of: a.app.host, assignment: 'asset' }))
    const list = async (key: string) => {
      const headers = { host, 'x-skygear-api-key': key }
      const response = await a.app.fetch(new Request(`https://${host}/_asset/assets`, { headers }))
      return { status: response.status, json: await response.json<{ result?: Json }>() }
    }
    expect(await list(b.app.masterKey)).toMatchObject({ status: 401 })
    const { json } = await list(a.app.masterKey)
    expect(json.result).toEqual({ assets: [{ asset_name: a.file, size: 'of this app'.length }] })
  })
})
