import { describe, expect, inject, it } from 'vitest'
import { unique } from './client.ts'
import { call, errorObject, expectFailure, itemsOf, post, query, save, send, signUp } from './wire.ts'

const { demo } = inject('system')

const OK = { result: { status: 'OK' } }
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const key = { 'x-skygear-api-key': demo.api_key }
const signup = JSON.stringify({ action: 'auth:signup', api_key: demo.api_key })

describe('routing', () => {
  it.each(['GET', 'POST', 'PUT'])('§1.9 %s / without an action answers OK, without a key', async (method) => {
    const { status, json } = await send(demo, '/', { method })
    expect([status, json]).toEqual([200, OK])
  })

  it.each(['GET', 'POST'])('§1.9 %s /_status/healthz answers OK, without a key', async (method) => {
    const { status, json } = await send(demo, '/_status/healthz', { method })
    expect([status, json]).toEqual([200, OK])
  })

  it('§1.2 finds an action by its path', async () => {
    const { status, json } = await post(demo, '/record/query', JSON.stringify({ record_type: 'none' }), key)
    expect([status, json]).toEqual([200, { result: [] }])
  })

  it('§1.2 finds an action by the body where the path is none', async () => {
    const body = JSON.stringify({ action: 'record:query', record_type: 'none' })
    for (const path of ['/', '/no/such/action']) {
      const { status, json } = await post(demo, path, body, key)
      expect([status, json]).toEqual([200, { result: [] }])
    }
  })

  it('§1.2.1 the path beats the body', async () => {
    const body = JSON.stringify({ action: 'auth:signup', record_type: 'none' })
    const { json } = await post(demo, '/record/query', body, key)
    expect(json).toEqual({ result: [] })
  })

  it('§1.2.3 an unknown action is 117/404', async () => {
    expectFailure(await call(demo, 'no:such:action'), 117)
    expectFailure(await post(demo, '/', '{"action":"nope"}', key), 117)
    expectFailure(await post(demo, '/', '{"action":"constructor"}', key), 117)
  })

  it('§1.2.4 [Q] an unknown path without an action is 117/404 too', async () => {
    expectFailure(await send(demo, '/no/such/path'), 117)
    expectFailure(await post(demo, '/__proto__', '{}', key), 117)
  })

  it('§1.2.5 the method does not matter to an action', async () => {
    const body = JSON.stringify({ record_type: 'none' })
    const { status, json } = await send(demo, '/record/query', { method: 'PUT', body, headers: key })
    expect([status, json]).toEqual([200, { result: [] }])
    expectFailure(await send(demo, '/me', { headers: key }), 101)
  })
})

describe('the body', () => {
  it('§1.3 the Content-Type does not matter', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
      const { status } = await post(demo, '/', '{"action":"record:query","record_type":"none"}', {
        ...key,
        'content-type': type,
      })
      expect(status).toBe(200)
    }
  })

  it('§1.3 an empty body is an empty object', async () => {
    expectFailure(await send(demo, '/me', { method: 'POST', headers: key }), 101)
    expectFailure(await post(demo, '/record/query', '', key), 108, { arguments: ['record_type'] })
  })

  it.each([
    ['half an object', '{"action":'],
    ['no JSON', 'action=me'],
    ['an array', '[{"action":"me"}]'],
    ['a string', '"me"'],
    ['a number', '1'],
    ['null', 'null'],
    ['a body that is no UTF-8', '{"action":"\xff"}'],
  ])('§1.3 [Q] %s is 107/400, in an envelope', async (name, body) => {
    const bytes = name.endsWith('UTF-8') ? Buffer.from(body, 'latin1') : body
    const answer = await send(demo, '/me', { method: 'POST', body: bytes, headers: key })
    expectFailure(answer, 107)
  })

  it.each<[string, string, object]>([
    ['auth:signup', 'auth_data', { auth_data: 'ana' }],
    ['auth:signup', 'password', { auth_data: { username: 'a' }, password: 1 }],
    ['auth:signup', 'profile', { profile: ['a'] }],
    ['auth:login', 'auth_data', { auth_data: [] }],
    ['auth:login', 'password', { auth_data: { username: 'a' }, password: true }],
  ])('§1.3 %s refuses a wrong type of %s with 107/400, which names it', async (action, name, fields) => {
    expectFailure(await call(demo, action, { ...fields }), 107, { arguments: [name] })
  })

  it('§1.3 unknown fields are ignored, and null is absent', async () => {
    const fields = { record_type: 'none', unheard_of: [1], predicate: null, sort: null, limit: null }
    const { status, json } = await call(demo, 'record:query', { ...fields, database_id: null })
    expect([status, json]).toEqual([200, { result: [] }])
  })

  it('§1.3 strings are not taken for numbers or booleans', async () => {
    const { token } = await signUp(demo, unique('strict'), 'password')
    const type = unique('note')
    const records = [{ _id: `${type}/1` }]
    expectFailure(await save(demo, records, { token }, { atomic: 'true' }), 107, { arguments: ['atomic'] })
    await save(demo, records, { token })
    // Ill-typed limit and count are ignored.
    const answer = await query(demo, type, {}, { limit: '0', count: 'true', offset: '5' })
    expect(itemsOf(answer)).toHaveLength(1)
    expect(answer.json).not.toHaveProperty('info')
  })
})

describe('the answer', () => {
  it('§1.5 is JSON, with a request id of its own, whatever happens', async () => {
    const answers = await Promise.all([
      send(demo, '/'),
      query(demo, 'none'),
      call(demo, 'me'),
      call(demo, 'no:such:action'),
      post(demo, '/me', '{'),
    ])
    const ids = answers.map(({ headers }) => headers.get('x-skygear-request-id'))
    for (const id of ids) expect(id).toMatch(UUID_V4)
    expect(new Set(ids).size).toBe(answers.length)
    for (const { headers } of answers) expect(headers.get('content-type')).toMatch(/^application\/json\b/)
  })

  it('§1.5 the envelope of a success has result and nothing else', async () => {
    expect((await query(demo, 'none')).json).toEqual({ result: [] })
    expect(Object.keys((await post(demo, '/', signup)).json)).toEqual(['result'])
  })

  it('§3.1 the envelope of a refusal has error, of name, code and message, and nothing else', async () => {
    expect((await call(demo, 'me')).json).toEqual({ error: errorObject(101) })
  })

  it('§3.1 info says which arguments are wrong', async () => {
    const { json } = await call(demo, 'record:query', {})
    expect(json).toEqual({ error: errorObject(108, { arguments: ['record_type'] }) })
  })

  it('§3.1 a refusal does not tell what database or code is behind it', async () => {
    const { token } = await signUp(demo, unique('curious'), 'password')
    const [type, odd] = [unique('note'), `it's "odd"; --`]
    await save(demo, [{ _id: `${type}/1`, a: 1, [odd]: 1 }], { token })
    const path = { $type: 'keypath', $val: odd }
    const refused = [
      await save(demo, [{ _id: `${type}/1`, a: 'text' }], { token }),
      await save(demo, [{ _id: `${type}/1`, to: { $type: 'ref', $id: `${unique('never')}/1` } }], { token }),
      await query(demo, type, {}, { predicate: ['like', path, 'x'] }),
      await query(demo, type, {}, { predicate: ['eq', path, { $type: 'geo', $lng: 1, $lat: 1 }] }),
      await query(demo, type, {}, { sort: [[{ $type: 'keypath', $val: `${odd}.b` }, 'asc']] }),
    ]
    for (const { status, text } of refused) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(text).not.toMatch(/\bselect\b|syntax|postgres|neon|sqlstate|operator does not|\bat .+\.[jt]s\b/i)
    }
  })
})

describe('CORS', () => {
  const SDK_HEADERS = 'content-type,x-skygear-access-token,x-skygear-api-key,x-skygear-sdk-version'
  const origin = 'https://app.example.org'

  it('§1.7 [SDK] a preflight allows what the SDK sends, with an empty body, and runs nothing', async () => {
    const { status, text, headers } = await send(demo, '/auth/signup', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': SDK_HEADERS,
      },
    })
    expect([status, text]).toEqual([200, ''])
    expect(['*', origin]).toContain(headers.get('access-control-allow-origin'))
    expect(headers.get('access-control-allow-methods')).toBe('POST')
    const allowed = (headers.get('access-control-allow-headers') ?? '').split(/, */)
    expect(allowed.toSorted()).toEqual(SDK_HEADERS.split(','))
  })

  it('§1.7 every answer, refusals included, may be read by the app’s page', async () => {
    const answers = [
      await send(demo, '/', { headers: { origin } }),
      await post(demo, '/me', '{}', { ...key, origin }),
      await post(demo, '/no/such/action', '{', { ...key, origin }),
    ]
    for (const { headers } of answers)
      expect(['*', origin]).toContain(headers.get('access-control-allow-origin'))
  })
})
