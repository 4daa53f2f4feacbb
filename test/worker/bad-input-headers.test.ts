import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { png } from '../gear/asset/pictures.ts'
import { stored } from '../gear/asset/assets.ts'
import { testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'
import { EVERYTHING_CONFIGURED, expectBorne, isRefused } from '../support/bad-input.ts'
import { endpoints, pathTo, requestTo, shownTo, type Endpoint } from '../support/endpoints.ts'

let app: TestApp
let user: TestUser
/** The name of a picture that anybody may have, by either dialect. */
let picture: string
beforeAll(async () => {
  const { auth } = EVERYTHING_CONFIGURED.gear_config
  app = await testApp({ document: { gear_config: { auth, asset: { public: true } } } })
  user = await app.guest()
  picture = (await stored(app, await png(20, 10))).name
})

const secured = endpoints.filter(({ kind, access }) => kind === 'action' && access !== 'anyone')
const keys = () => ({ 'x-skygear-api-key': app.apiKey, 'x-skygear-access-token': user.token })
const post = (path: string, headers: HeadersInit) => app.send(path, { method: 'POST', headers, body: '{}' })

/** Where each endpoint is asked: for the picture by who reads, for what is not there by who writes. */
const pathsOf = (endpoint: Endpoint): readonly string[] => {
  const isRead = /^(GET|HEAD)$/.test(endpoint.method)
  const path = pathTo(endpoint, isRead ? encodeURIComponent(picture) : 'none.png')
  return isRead && endpoint.path.endsWith('*') ? [path, `${path}?pipeline=image/resize,w_5`] : [path]
}

/** Everything there is, asked as the master key, which nothing is refused for want of a permission. */
async function everythingBears(given: HeadersInit): Promise<void> {
  for (const endpoint of endpoints)
    for (const path of pathsOf(endpoint)) {
      const headers = new Headers(shownTo(endpoint, { key: app.masterKey }))
      for (const [name, value] of new Headers(given)) headers.set(name, value)
      const body = endpoint.kind === 'action' ? '{"ids":[],"records":[],"password":"x"}' : '{}'
      const response = await app.send(path, requestTo(endpoint, headers, body))
      await expectBorne(response, endpoint.name)
    }
}

const LONG = 100_000
const ABUSE: readonly [string, Readonly<Record<string, string>>][] = [
  ['empty keys', { 'x-skygear-api-key': '', 'x-skygear-access-token': '' }],
  ['a key of 100 kB', { 'x-skygear-api-key': 'k'.repeat(LONG) }],
  ['a token of 100 kB', { 'x-skygear-access-token': 't'.repeat(LONG) }],
  ['a key that is no ASCII', { 'x-skygear-api-key': 'clé' }],
  ['a token that is no ASCII', { 'x-skygear-access-token': 'é.é.é' }],
  ['a token of dots', { 'x-skygear-access-token': '..' }],
  ['a token whose algorithm is none', { 'x-skygear-access-token': 'eyJhbGciOiJub25lIn0.e30.' }],
  ['a token with a header that is no object', { 'x-skygear-access-token': 'MQ.MQ.MQ' }],
  ['a bearer of nothing', { 'x-skygear-api-key': '', authorization: 'Bearer ' }],
  ['a bearer of 100 kB', { 'x-skygear-api-key': '', authorization: `Bearer ${'t'.repeat(LONG)}` }],
  ['a bearer that is no ASCII', { 'x-skygear-api-key': '', authorization: 'Bearer é.é.é' }],
  ['a bearer of no algorithm', { 'x-skygear-api-key': '', authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
  ['another way to authenticate', { 'x-skygear-api-key': '', authorization: 'Basic %%%' }],
  ['a cookie of 100 kB', { cookie: `session=${'c'.repeat(LONG)}` }],
  ['cookies of any kind', { cookie: '__proto__=1; =; ;;; $Version=1; access_token="a\\"b"; api_key=%00' }],
  ['an origin that is none', { origin: 'é"<>\\, null' }],
  ['a pre-flight of 100 kB', { 'access-control-request-headers': 'x,'.repeat(LONG / 2) }],
  ['an encoding that lies', { 'content-encoding': 'br' }],
  ['an expectation', { expect: '200-ok', range: 'bytes=0-', 'if-none-match': '*' }],
  ['a method in a header', { 'x-http-method-override': 'DELETE', 'x-method-override': 'PUT' }],
  ...['multipart/form-data; boundary=', 'multipart/form-data; boundary="', ';;=', 'x'.repeat(LONG)].map(
    (type): [string, { 'content-type': string }] => [
      `a content type of ${type.slice(0, 40)}`,
      { 'content-type': type },
    ],
  ),
  ['JSON in another charset', { 'content-type': 'application/json; charset=utf-16' }],
  ['a form that is none', { 'content-type': 'application/x-www-form-urlencoded; charset=é' }],
  ...['"', 'W/', 'a b', ',', '"a', '*, "a"', '"a",'.repeat(LONG / 4)].flatMap((tag) =>
    ['if-none-match', 'if-match', 'if-range'].map((name): [string, Record<string, string>] => [
      `${name}: ${tag.slice(0, 20)}`,
      { [name]: tag, ...(name === 'if-range' && { range: 'bytes=0-1' }) },
    ]),
  ),
  ...['yesterday', '-1', 'Thu, 99 Foo 99999 99:99:99 GMT', 'x'.repeat(LONG)].flatMap((date) =>
    ['if-modified-since', 'if-unmodified-since'].map((name): [string, Record<string, string>] => [
      `${name}: ${date.slice(0, 40)}`,
      { [name]: date },
    ]),
  ),
  ...[
    'bytes=',
    'bytes=5-1',
    'bytes=-0',
    'bytes=999999999999999-',
    `bytes=${'9'.repeat(400)}-`,
    'bytes=a-b',
    'lines=1-2',
    `bytes=${'0-0,'.repeat(LONG / 4)}`,
  ].map((range): [string, { range: string }] => [`a range of ${range.slice(0, 40)}`, { range }]),
  [
    'places that are none',
    { 'cf-connecting-ip': 'é', 'x-real-ip': '::::', 'x-forwarded-for': ',,é,', forwarded: 'for="_x";;;=' },
  ],
  ['a place of 100 kB', { 'cf-connecting-ip': '1'.repeat(LONG), 'x-forwarded-for': '1,'.repeat(LONG / 2) }],
  ['another way here', { 'x-forwarded-proto': 'javascript', 'x-forwarded-host': '"><script>', via: 'é' }],
  // What is long is ASCII: workerd says every other value on its standard error, byte by byte.
  ['languages that are none', { 'accept-language': 'en;q=x,;q=1,é,*;q=9999' }],
  ['languages of 100 kB', { 'accept-language': 'x-'.repeat(LONG / 2) }],
  ['types that are none', { accept: 'image/*;q=x,;q=1,é' }],
  ['types of 100 kB', { accept: '*/*,'.repeat(LONG / 4) }],
  ['an agent that is no ASCII', { 'user-agent': 'é' }],
  ['an agent of 100 kB', { 'user-agent': 'x'.repeat(LONG) }],
  ['an upgrade to nothing', { upgrade: 'h2c', connection: 'é' }],
  ['half an upgrade', { upgrade: 'websocket', 'sec-websocket-key': 'é', 'sec-websocket-version': '-1' }],
]

describe('headers', () => {
  it.each(ABUSE)(
    'with %s are refused or borne by everything there is',
    async (_, headers) => {
      await everythingBears(headers)
    },
    60_000,
  )

  it('of any text are refused or borne by everything there is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...NAMES.split(' ')), headerValue), everythingBears),
      { numRuns: 15 },
    )
  }, 60_000)

  it('twice with one name are one key, which is nobody’s', async () => {
    for (const { path } of secured) {
      const headers = new Headers(keys())
      headers.append('x-skygear-api-key', app.masterKey)
      const answer = await post(path, headers)
      const text = await answer.text()
      expect([answer.status, isRefused(answer.status, text), codeOf(text)]).toEqual([401, true, 103])
    }
  })

  it('of any text never prove who somebody is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...secured),
        fc.dictionary(fc.constantFrom(...NAMES.split(' ')), headerValue),
        async ({ path }, headers) => {
          const answer = await post(path, headers)
          expect([answer.status, isRefused(answer.status, await answer.text())]).toEqual([401, true])
        },
      ),
      { numRuns: 150 },
    )
  })
})

const NAMES =
  'x-skygear-api-key x-skygear-access-token authorization cookie origin accept x-forwarded-for forwarded cf-connecting-ip ' +
  'accept-language content-type range if-range if-match if-none-match if-modified-since if-unmodified-since'
/** Values that HTTP lets through. */
const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
})
const codeOf = (text: string) => (JSON.parse(text) as { error: Json }).error['code']
