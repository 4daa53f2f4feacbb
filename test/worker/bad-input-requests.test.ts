import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'
import { EVERYTHING_CONFIGURED, isRefused, MALFORMED, TEN_MEGABYTES } from '../support/bad-input.ts'
import { endpoints, inhabitants, requestTo } from '../support/endpoints.ts'
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

const actions = endpoints.filter(({ kind }) => kind === 'action')
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
    for (const endpoint of endpoints) {
      const { path, access, kind } = endpoint
      const answer = await app.send(`${path}${query}`, requestTo(endpoint, {}))
      const text = await answer.text()
      // A document or file may not be there; an action that asks nothing is always answered.
      if (access === 'anyone' && kind !== 'action') expect(answer.status).toBeLessThan(500)
      else if (access === 'anyone') expect([path, answer.status]).toEqual([path, 200])
      else expect([path, answer.status, isRefused(answer.status, text)]).toEqual([path, 401, true])
      if (kind === 'route' && access !== 'anyone') expect(text).toContain('"code":10')
    }
  })
})

const METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'PROPFIND']
describe.each(endpoints.filter(({ kind }) => kind !== 'action'))('$name', ({ path, kind }) => {
  it('answers no other method', async () => {
    const own = endpoints.filter((each) => each.path === path).map(({ method }) => method)
    for (const method of METHODS.filter((each) => !own.includes(each))) {
      const answer = await app.send(path, { method, headers: keys() })
      if (kind === 'v2') expect([method, answer.status]).toEqual([method, 405])
      else if (method === 'HEAD') expect(answer.status).toBe(404)
      else expect(await refusal(answer)).toEqual([404, 117])
    }
  })
})

describe('a host that is no app’s', () => {
  it.each(['x'.repeat(300), 'a..b', '_', '-', '127.0.0.1', '[::1]', '%00', 'a b', 'host:x', "';--"])(
    '%j is 110/404 for everything, in v2’s words for v2',
    async (host) => {
      for (const { path, method, kind } of endpoints) {
        const headers = { ...keys(), host }
        const answer = await app.send(path, { method, headers })
        // HEAD has a status and nothing else.
        if (method === 'HEAD') expect(answer.status).toBe(404)
        else if (kind === 'v2') expect([answer.status, await answer.text()]).toEqual([404, 'Not found\n'])
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
