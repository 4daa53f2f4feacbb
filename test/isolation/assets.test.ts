import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { escapedName } from '../../src/core/asset/name.ts'
import { register } from '../../src/gateway/route.ts'
import { gears } from '../../src/gears.ts'
import { variantsOfApp } from '../../src/gear/asset/variant.ts'
import { get, stored } from '../gear/asset/assets.ts'
import { png } from '../gear/asset/pictures.ts'
import { MASTER, v2Of } from '../gear/asset/v2-calls.ts'
import { testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'
import { snapshot } from '../support/snapshot.ts'

const RUNS = 30
/** Every endpoint of v2's API, so that what is new is tested by being there. */
const endpoints = [...register(gears).v2.values()].map(({ name, route }) => ({ name, route }))
type Endpoint = (typeof endpoints)[number]

const SECRET = `secret-${crypto.randomUUID()}`
const PIPELINE = 'image/resize,w_10'
const picture = await png(20, 10)

/** An app with files, and their names and signed URLs' parameters, of which an attacker may have heard. */
async function victim() {
  const app = await testApp()
  const user = await app.guest()
  const v2 = v2Of(app, user)
  const secret = Uint8Array.from(Buffer.from(SECRET))
  const publicName = await v2.uploaded(picture, { 'content-type': 'image/png' })
  const privateName = await v2.uploaded(picture, { 'content-type': 'image/png' }, { access: 'private' })
  const text = await v2.uploaded(secret, { 'content-type': 'text/plain' })
  const { name: announced } = await stored(app, secret)
  const url = await v2.signed(privateName)
  for (const each of [`/_asset/get/${publicName}?pipeline=${PIPELINE}`, `${url}&pipeline=${PIPELINE}`])
    expect((await get(app, each)).status).toBe(200)
  const { url: upload } = await v2.presigned({ 'content-length': '3' })
  const { app_id } = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
  const [kept] = (await env.ASSETS.list({ prefix: variantsOfApp(app_id) })).objects
  const ids = {
    publicName,
    privateName,
    text,
    announced,
    key: `${app_id}/${text}`,
    variant: kept?.key ?? '',
    appId: app_id,
    masterKey: app.masterKey,
    token: user.token,
    signed: new URL(url).search.slice(1),
    signedUpload: new URL(upload).search.slice(1),
  }
  return { app, appId: app_id, ids }
}
type Ids = Readonly<Record<string, string>>

/** The same names, of nothing that exists. */
const invented = (ids: Ids): Ids =>
  Object.fromEntries(
    Object.entries(ids).map(([name, id]) => [
      name,
      id.replaceAll(/[0-9a-f]{8}/g, () => crypto.randomUUID().slice(0, 8)),
    ]),
  )

let b: Awaited<ReturnType<typeof victim>>
let fictions: Ids
let a: { app: TestApp; user: TestUser }
let before: unknown
const everything = async () => {
  const of = async (prefix: string) =>
    (await env.ASSETS.list({ prefix })).objects.map(({ key, etag }) => `${key} ${etag}`)
  // Pictures of public files are made for anybody.
  const made = (await of(variantsOfApp(b.appId))).filter((key) => !key.includes(b.ids.publicName))
  return [await snapshot(b.app), await of(`${b.appId}/`), made]
}
beforeAll(async () => {
  b = await victim()
  fictions = invented(b.ids)
  const app = await testApp()
  a = { app, user: await app.guest() }
  before = await everything()
})
afterAll(async () => expect(await everything()).toEqual(before))

const slot = (name: string) => `⟦${name}⟧`
const fill = (template: string, ids: Ids) =>
  template.replaceAll(/⟦(\w+)⟧/g, (whole, name: string) => ids[name] ?? whole)

const name = fc.constantFrom(
  ...['publicName', 'privateName', 'text', 'announced', 'key', 'variant'].map(slot),
  `../${slot('key')}`,
  `/${slot('key')}`,
  'nothing.png',
)
const query = fc.array(
  fc.oneof(
    fc.constantFrom(slot('signed'), slot('signedUpload')),
    fc.constantFrom(PIPELINE, 'image', 'nonsense').map((text) => `pipeline=${text}`),
    name.map((each) => `prefix=${each}`),
    name.map((each) => `pagination_token=${each}`),
  ),
  { maxLength: 3 },
)
const body = fc.oneof(
  fc.record({
    assets: fc.array(fc.record({ asset_name: name, pipeline: fc.constant(PIPELINE) }), { maxLength: 2 }),
  }),
  fc.record({ prefix: name, headers: fc.constant({ 'content-length': '3' }) }),
  fc.constant({}),
)
type Shown = { readonly key?: string; readonly token?: string }

async function send(
  { route }: Endpoint,
  host: string,
  ids: Ids,
  given: { readonly name: string; readonly query: readonly string[]; readonly body: Json },
  { key, token }: Shown,
) {
  const path = route.path.replace('*', () => encodeURIComponent(fill(given.name, ids)))
  const url = new URL(`https://${host}${path}`)
  url.search = given.query.map((each) => fill(each, ids)).join('&')
  const headers = new Headers({ 'content-type': 'application/json' })
  if (key !== undefined) headers.set('x-skygear-api-key', fill(key, ids))
  if (token !== undefined) headers.set('authorization', `Bearer ${fill(token, ids)}`)
  const hasBody = ['POST', 'PUT'].includes(route.method)
  const response = await a.app.fetch(
    new Request(url, {
      method: route.method,
      headers,
      ...(hasBody && { body: fill(JSON.stringify(given.body), ids) }),
    }),
  )
  const kept = [...response.headers].filter(([header]) => !/request-id|length|security-policy/.test(header))
  return { status: response.status, headers: kept, text: await response.text() }
}

/** Without what differs between two requests, and with names as slots; what was to be signed repeats the request. */
function masked(answer: Awaited<ReturnType<typeof send>>, ids: Ids) {
  let text = answer.text.replace(/"canonical_request":"[^"]*"/, '"canonical_request":"…"')
  const longestFirst = Object.entries(ids).toSorted(([, one], [, other]) => other.length - one.length)
  for (const [each, id] of longestFirst)
    for (const written of [id, escapedName(id)]) text = text.replaceAll(written, slot(each))
  return {
    ...answer,
    text: text
      .replaceAll(/signature=[0-9a-f]{64}/g, 'signature=<signature>')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\dZ/g, '<time>'),
  }
}

describe.each(endpoints)('$name', (endpoint) => {
  const asked = fc.record({ name, query, body })

  it('at another app’s host takes no credential of this app for more than an invented one', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.boolean(), fc.boolean(), async (given, withKey, withToken) => {
        const own: Shown = {
          ...(withKey && { key: a.app.masterKey }),
          ...(withToken && { token: a.user.token }),
        }
        const fake: Shown = { ...(withKey && { key: 'made up' }), ...(withToken && { token: 'made.up.too' }) }
        // Who holds a signed URL may use it: none of the victim's is held here.
        const heard = {
          ...b.ids,
          signed: fictions['signed'] ?? '',
          signedUpload: fictions['signedUpload'] ?? '',
        }
        const answer = await send(endpoint, b.app.host, heard, given, own)
        const other = await send(endpoint, b.app.host, heard, given, fake)
        expect(masked(answer, {})).toEqual(masked(other, {}))
        if (endpoint.route.access !== 'anyone') expect(answer.status).toBe(401)
      }),
      { numRuns: RUNS },
    )
  })

  it('at this app’s host answers about another app’s names as about invented ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        asked,
        fc.constantFrom<Shown>(
          {},
          { key: a.app.masterKey },
          { token: a.user.token },
          { key: slot('masterKey') },
          { token: slot('token') },
        ),
        async (given, shown) => {
          const about = await send(endpoint, a.app.host, b.ids, given, shown)
          const fiction = await send(endpoint, a.app.host, fictions, given, shown)
          expect(masked(about, b.ids)).toEqual(masked(fiction, fictions))
          expect(about.text).not.toContain(SECRET)
        },
      ),
      { numRuns: RUNS },
    )
  })
})

describe('two apps with the same secrets', () => {
  it('do not take each other’s signed URLs, of pictures either', async () => {
    const document = await testApp().then(
      async ({ host }) => JSON.parse((await env.TENANTS.get(`host:${host}`)) ?? '{}') as Json,
    )
    const { app_config } = document
    const [one, two] = [
      await testApp({ document: { app_config } }),
      await testApp({ document: { app_config } }),
    ]
    await two.guest()
    const v2 = v2Of(one, await one.guest())
    const own = await v2.uploaded(picture, { 'content-type': 'image/png' }, { access: 'private' })
    const url = `${await v2.signed(own)}&pipeline=${PIPELINE}`
    const { app_id } = JSON.parse((await env.TENANTS.get(`host:${two.host}`)) ?? '{}') as { app_id: string }
    await env.ASSETS.put(`${app_id}/${own}`, picture, { httpMetadata: { contentType: 'image/png' } })
    expect((await get(one, url)).status).toBe(200)
    expect((await get(two, url)).status).toBe(400)
    expect((await get(two, `/_asset/get/${own}?pipeline=${PIPELINE}`)).status).toBe(401)
  })

  it('keep what they make of equal pictures apart', async () => {
    const made = []
    for (const app of [await testApp(), await testApp()]) {
      const v2 = v2Of(app, await app.guest())
      const own = await v2.uploaded(picture, { 'content-type': 'image/png' })
      await get(app, `/_asset/get/${own}?pipeline=${PIPELINE}`)
      const { app_id } = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
      made.push((await env.ASSETS.list({ prefix: variantsOfApp(app_id) })).objects.length)
      await v2.call('DELETE', `delete/${own}`, undefined, MASTER)
    }
    expect(made).toEqual([1, 1])
  })
})
