import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'
import { EVERYTHING_CONFIGURED, isRefused } from '../support/bad-input.ts'
import { endpoints, inhabitants } from '../support/endpoints.ts'
import { snapshot } from '../support/snapshot.ts'
import { anyText } from '../support/text.ts'

let app: TestApp
let user: TestUser
let before: Json
beforeAll(async () => {
  app = await testApp({ document: EVERYTHING_CONFIGURED })
  user = await app.guest()
  await app.call('record:save', { records: [{ _id: 'note/1', title: 'x' }] }, user)
  before = await snapshot(app)
})
afterAll(async () => expect(await snapshot(app)).toEqual(before))

const actions = endpoints.filter(({ isRoute }) => !isRoute)
const secured = actions.filter(({ access }) => access !== 'anyone')
const keys = () => ({ 'x-skygear-api-key': app.apiKey, 'x-skygear-access-token': user.token })

/** Status and code of a refusal; an answer that is none fails the test. */
async function refusal(response: Response): Promise<readonly [number, unknown]> {
  const text = await response.text()
  expect([response.status, isRefused(response.status, text)]).toEqual([response.status, true])
  expect(response.headers.get('x-skygear-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  return [response.status, (JSON.parse(text) as { error: Json }).error['code']]
}
const post = (path: string, body: BodyInit, headers: HeadersInit = keys()) =>
  app.send(path, { method: 'POST', headers, body })

const bytes = (...parts: readonly (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  )
const MALFORMED: readonly [string, BodyInit][] = [
  ['cut off', '{"records":[{"_id":"note/2"}'],
  ['followed by another', '{}{}'],
  ['with a comment', '{/**/}'],
  ['with single quotes', "{'a':1}"],
  ['a form', 'record_type=note'],
  ['an array', '[{"record_type":"note"}]'],
  ['a string', '"record:query"'],
  ['a number', '1e999'],
  ['null', 'null'],
  ['NUL', '\u0000'],
  ['of invalid UTF-8', bytes('{"record_type":"', [0xff, 0xc0, 0xaf], '"}')],
  ['of half a surrogate pair', bytes('{"record_type":"', [0xed, 0xa0, 0x80], '"}')],
  ['in UTF-16', bytes([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
  ['nested 65 deep', `{"predicate":${'['.repeat(64)}${']'.repeat(64)}}`],
  ['nested a million deep', '{"a":'.repeat(1_000_000)],
  ['compressed without saying', bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
]
const TEN_MEGABYTES = `{"a":"${'x'.repeat(10_000_000)}"}`

describe.each(actions)('$name', ({ path }) => {
  it.each(MALFORMED)('refuses a body that is %s: 107/400', async (_, body) => {
    expect(await refusal(await post(path, body))).toEqual([400, 107])
  })

  it('refuses 10 MB, said or not, and in truth or not: 107/413', async () => {
    expect(await refusal(await post(path, TEN_MEGABYTES))).toEqual([413, 107])
    for (const said of ['1', '0', '99999999999', '-1', 'many'])
      expect(await refusal(await post(path, TEN_MEGABYTES, { ...keys(), 'content-length': said }))).toEqual([
        413, 107,
      ])
    const lie = await post(path, '{}', { ...keys(), 'content-length': String(10_000_000) })
    expect(await refusal(lie)).toEqual([413, 107])
  })
})

describe('a name that is no action', () => {
  const NAMES = [
    'nope',
    '__proto__',
    'constructor',
    'toString',
    'record',
    'record:',
    ':save',
    'RECORD:SAVE',
    'x\u0000',
  ]
  it.each([...NAMES, 'x'.repeat(5000), "'; drop table note", 'record:save:', '../record:save', '日本'])(
    '%j, in the body or as a path, is 117/404',
    async (name) => {
      expect(await refusal(await post('/', JSON.stringify({ action: name })))).toEqual([404, 117])
      const path = name.split(':').map(encodeURIComponent).join('/')
      expect(await refusal(await post(`/${path}`, '{}'))).toEqual([404, 117])
    },
  )

  it.each([1, null, [], {}, true])(
    'and no text either, %j, is no name: at the root, it is home',
    async (name) => {
      expect((await post('/', JSON.stringify({ action: name }))).status).toBe(200)
    },
  )

  it('whatever it is, is refused', async () => {
    const known = new Set(actions.map(({ name }) => name))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anyText(),
          fc.constantFrom(...known).map((name) => `${name}x`),
        ),
        fc.webPath(),
        async (name, path) => {
          fc.pre(name !== '' && !known.has(name))
          const url = new URL(`https://x.example${path}`)
          fc.pre(!endpoints.some((one) => one.path === url.pathname))
          const answer = await post(`${url.pathname}${url.search}`, JSON.stringify({ action: name }))
          expect(await refusal(answer)).toEqual([404, 117])
        },
      ),
      { numRuns: 200 },
    )
  })
})

/** Values that HTTP lets through. */
const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
})
const ABUSE: readonly [string, Readonly<Record<string, string>>][] = [
  ['empty keys', { 'x-skygear-api-key': '', 'x-skygear-access-token': '' }],
  ['a key of 100 kB', { 'x-skygear-api-key': 'k'.repeat(100_000) }],
  ['a token of 100 kB', { 'x-skygear-access-token': 't'.repeat(100_000) }],
  ['a key that is no ASCII', { 'x-skygear-api-key': 'clé' }],
  ['a token that is no ASCII', { 'x-skygear-access-token': 'é.é.é' }],
  ['a token of dots', { 'x-skygear-access-token': '..' }],
  ['a token whose algorithm is none', { 'x-skygear-access-token': 'eyJhbGciOiJub25lIn0.e30.' }],
  ['a token with a header that is no object', { 'x-skygear-access-token': 'MQ.MQ.MQ' }],
  ['a cookie of 100 kB', { cookie: `session=${'c'.repeat(100_000)}` }],
  ['cookies of any kind', { cookie: '__proto__=1; =; ;;; $Version=1; access_token="a\\"b"; api_key=%00' }],
  ['an origin that is none', { origin: 'é"<>\\, null' }],
  ['a pre-flight of 100 kB', { 'access-control-request-headers': 'x,'.repeat(50_000) }],
  ['a content type that lies', { 'content-type': 'multipart/form-data; boundary=' }],
  ['an encoding that lies', { 'content-encoding': 'br' }],
  ['an expectation', { expect: '200-ok', range: 'bytes=0-', 'if-none-match': '*' }],
  ['a method in a header', { 'x-http-method-override': 'DELETE', 'x-method-override': 'PUT' }],
]

describe('headers', () => {
  it.each(ABUSE)('with %s are refused or borne by every action', async (_, headers) => {
    for (const { path } of actions) {
      const answer = await post(path, '{"ids":[],"records":[],"password":"x"}', {
        'x-skygear-api-key': app.apiKey,
        ...headers,
      })
      isRefused(answer.status, await answer.text())
    }
  })

  it('twice with one name are one key, which is nobody’s', async () => {
    for (const { path } of secured) {
      const headers = new Headers(keys())
      headers.append('x-skygear-api-key', app.masterKey)
      expect(await refusal(await post(path, '{}', headers))).toEqual([401, 103])
    }
  })

  it('of any text never break an answer, nor prove who somebody is', async () => {
    const names = [
      'x-skygear-api-key',
      'x-skygear-access-token',
      'cookie',
      'origin',
      'authorization',
      'accept',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...secured),
        fc.dictionary(fc.constantFrom(...names, 'x-forwarded-for', 'content-type'), headerValue),
        async ({ path }, headers) => {
          const answer = await post(path, '{}', headers)
          expect((await refusal(answer))[0]).toBe(401)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('a query string', () => {
  const QUERIES = [
    '?action=record:delete&ids=note/1',
    '?%00&%ff&=&&==&a[]=1&a[b]=2',
    `?${'a=1&'.repeat(10_000)}`,
    `?api_key=${'k'.repeat(10_000)}`,
    '?__proto__[key]=master&constructor.prototype=1',
    '?api_key=a&api_key=b&access_token=%F0%9F',
  ]
  it.each(QUERIES)('is refused or borne by everything there is: case %#', async (query) => {
    for (const { path, method, access, isRoute } of endpoints) {
      const init = { method, ...(method === 'POST' && { body: '{}' }) }
      const answer = await app.send(`${path}${query}`, init)
      const text = await answer.text()
      // A document or file may not be there; an action that asks nothing is always answered.
      if (access === 'anyone' && isRoute) expect(answer.status).toBeLessThan(500)
      else if (access === 'anyone') expect([path, answer.status]).toEqual([path, 200])
      else expect([path, answer.status, isRefused(answer.status, text)]).toEqual([path, 401, true])
      if (isRoute && access !== 'anyone') expect(text).toContain('"code":10')
    }
  })
})

describe('a route', () => {
  const METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'PROPFIND']
  it.each(endpoints.filter(({ isRoute }) => isRoute))('$name answers no other method', async ({ path }) => {
    const own = endpoints.filter((each) => each.path === path).map(({ method }) => method)
    for (const method of METHODS.filter((each) => !own.includes(each))) {
      const answer = await app.send(path, { method, headers: keys() })
      if (method === 'HEAD') expect(answer.status).toBe(404)
      else expect(await refusal(answer)).toEqual([404, 117])
    }
  })
})

describe('a host that is no app’s', () => {
  it.each(['x'.repeat(300), 'a..b', '_', '-', '127.0.0.1', '[::1]', '%00', 'a b', 'host:x', "';--"])(
    '%j is 110/404 for everything',
    async (host) => {
      for (const { path, method } of endpoints) {
        const headers = { ...keys(), host }
        const answer = await app.send(path, { method, headers })
        // HEAD has a status and nothing else.
        if (method === 'HEAD') expect(answer.status).toBe(404)
        else expect(await refusal(answer)).toEqual([404, 110])
      }
    },
  )
})

describe.each(actions)('$name, sent any JSON', ({ path, input, access }) => {
  it('by nobody, is a refusal or what an empty body gets', async () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    const anything = fc.oneof(json, anyText())
    const shaped = inhabitants(input, { text: anyText({ maxLength: 20 }), anything })
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.dictionary(anyText({ maxLength: 10 }), json), shaped), async (body) => {
        const answer = await post(path, JSON.stringify(body), {})
        const refused = isRefused(answer.status, await answer.text())
        expect(refused).toBe(access !== 'anyone')
      }),
      { numRuns: 15 },
    )
  })
})
