import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp, type TestUser } from '../support/app.ts'
import { endpoints, requestTo, shownTo } from '../support/endpoints.ts'
import { snapshot } from '../support/snapshot.ts'
import { victim, type Victim } from './victim.ts'

let a: TestApp
let user: TestUser
let b: Victim
let before: Awaited<ReturnType<typeof snapshot>>

beforeAll(async () => {
  b = await victim()
  a = await testApp()
  user = await a.guest()
  await a.call('record:save', { records: [{ _id: 'note/1', title: 'of this app' }] }, user)
  before = await snapshot(b.app)
})
afterAll(async () => expect(await snapshot(b.app)).toEqual(before))

/** Asks for notes with the credentials of `a`, at whatever host the headers or the address may name. */
const ask = (address: string, headers: Readonly<Record<string, string>>, more: object = {}) =>
  a.fetch(
    new Request(address, {
      method: 'POST',
      headers: { 'x-skygear-api-key': a.apiKey, 'x-skygear-access-token': user.token, ...headers },
      body: JSON.stringify({ record_type: 'note', ...more }),
    }),
  )

/** Where other servers look for a host: nowhere here. */
const HOST_LIKE_HEADERS = [
  'x-forwarded-host',
  'x-forwarded-server',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  'x-host',
  'x-http-host-override',
  'x-skygear-app-name',
  'x-skygear-gear',
  'forwarded',
  'origin',
  'referer',
  'cf-worker',
]
const HOST_LIKE_FIELDS = ['host', 'hostname', 'app', 'app_id', 'app_name', 'tenant', 'schema', 'database_url']

/** Ways to write a host that name the same app. */
const SPELLINGS: Readonly<Record<string, (host: string) => string>> = {
  'as it is': (host) => host,
  'in capitals': (host) => host.toUpperCase(),
  'with the final dot': (host) => `${host}.`,
  'with a port': (host) => `${host}:8443`,
  'with a final dot and a port': (host) => `${host}.:443`,
}

const value = (): fc.Arbitrary<string> =>
  fc.constantFrom(
    b.app.host,
    `for=1.1.1.1;host=${b.app.host}`,
    `https://${b.app.host}/record/query`,
    b.app.schema,
  )

describe('the host of a request', () => {
  it('alone says whose data it is about: no other header, no parameter and no field does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...HOST_LIKE_HEADERS), value()),
        fc.dictionary(fc.constantFrom(...HOST_LIKE_FIELDS), value()),
        fc.dictionary(fc.constantFrom(...HOST_LIKE_FIELDS), value()),
        fc.constantFrom(...Object.values(SPELLINGS)),
        async (headers, fields, parameters, spell) => {
          const query = new URLSearchParams(parameters).toString()
          const answer = await ask(
            `https://${a.host}/record/query?${query}`,
            { ...headers, host: spell(a.host) },
            fields,
          )
          const text = await answer.text()
          expect([answer.status, text]).toEqual([200, expect.stringContaining('of this app')])
          expect(text).not.toContain(b.secrets[0])
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each(Object.entries(SPELLINGS))(
    '%s is the other app’s, where this app’s keys are worth nothing, whatever the address says',
    async (_, spell) => {
      for (const address of [`https://${a.host}/`, `https://${b.app.host}/`])
        for (const endpoint of endpoints) {
          const { path, access, kind } = endpoint
          if (access === 'anyone') continue
          const headers = {
            ...shownTo(endpoint, { key: a.masterKey, token: user.token }),
            host: spell(b.app.host),
            'x-forwarded-host': a.host,
          }
          const answer = await a.fetch(
            new Request(
              new URL(path, address),
              requestTo(endpoint, headers, JSON.stringify({ _user_id: b.user.id })),
            ),
          )
          const refusal = kind === 'v2' ? /"reason":"(NotAuthenticated|AccessKey)/ : /"code":10[134]/
          expect([path, answer.status, await answer.text()]).toEqual([
            path,
            401,
            expect.stringMatching(refusal),
          ])
        }
    },
  )

  it.each([
    (own: string, other: string) => `${own}, ${other}`,
    (own: string, other: string) => `${own} ${other}`,
    (own: string, other: string) => `${own}/${other}`,
    (own: string, other: string) => `${own}@${other}`,
    (own: string, other: string) => `${own}:80@${other}`,
    (own: string, other: string) => `${own}#${other}`,
    (own: string, other: string) => `${own}%00${other}`,
    (_: string, other: string) => `.${other}`,
    (_: string, other: string) => `${other}..`,
    (_: string, other: string) => `${other}:123456`,
    (_: string, other: string) => `host:${other}`,
    () => 'plan:default',
  ])('that is two, or none, is nobody’s: case %#', async (spell) => {
    const answer = await ask(`https://${a.host}/record/query`, { host: spell(a.host, b.app.host) })
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 110 } }])
  })

  it('may be an alias that points to the other app: it is that app, and this app’s keys stay out', async () => {
    const alias = `x${a.host}`
    await env.TENANTS.put(`host:${alias}`, JSON.stringify({ alias_of: b.app.host }))
    const answer = await ask(`https://${alias}/record/query`, {})
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: 103 } }])
    const theirs = await ask(`https://${alias}/record/query`, {
      'x-skygear-api-key': b.app.apiKey,
      'x-skygear-access-token': b.user.token,
    })
    expect(await theirs.text()).toContain(b.secrets[0])
  })
})
