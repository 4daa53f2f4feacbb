import { request, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'

const url = inject('databaseUrl')
const driver = { 'neon-connection-string': url, 'neon-raw-text-output': 'true', 'neon-array-mode': 'true' }
const uuid = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string
/** A port where nothing listens. */
const nowhere = 'postgres://nobody:secret@127.0.0.1:1/none'
let endpoint: NeonEndpoint
beforeAll(async () => {
  endpoint = await startNeonEndpoint({ databases: [url, nowhere] })
})
afterAll(() => endpoint.close())

/** Not `fetch`, which sets headers of its own, refuses others and hides some of the answer's. */
async function send(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  const sent = request({ port: endpoint.port, path, method, headers })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { headers: IncomingHttpHeaders; statusCode: number },
  ]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const { date: _, connection: __, 'keep-alive': ___, ...rest } = response.headers
  return { status: response.statusCode, headers: rest, text: Buffer.concat(chunks).toString() }
}

const post = async (body: unknown, headers: Record<string, string> = {}) => {
  const answer = await send('POST', '/sql', { ...driver, ...headers }, JSON.stringify(body))
  return { ...answer, json: JSON.parse(answer.text) as Record<string, unknown> }
}

const failure = (message: string) => ({
  ...Object.fromEntries(KEYS.map((key) => [key, null])),
  message,
  code: '',
  severity: '',
})
const KEYS = [
  'message',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'severity',
  'where',
  'table',
  'column',
  'schema',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
]

describe('headers', () => {
  it('of an answer are the content’s, leave for any origin, and an id of the request', async () => {
    const answer = await post({ query: 'select 1' })
    expect(answer.headers).toEqual({
      'content-type': 'application/json',
      'content-length': String(answer.text.length),
      'access-control-allow-origin': '*',
      'neon-request-id': uuid,
    })
    expect((await post({ query: 'select 1' })).headers['neon-request-id']).not.toBe(
      answer.headers['neon-request-id'],
    )
  })

  it('of an error are the same', async () => {
    const answer = await post({ query: 'select bogus' })
    expect([answer.status, answer.headers]).toEqual([
      400,
      {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(answer.text)),
        'access-control-allow-origin': '*',
        'neon-request-id': uuid,
      },
    ])
  })

  const batch = {
    'neon-batch-isolation-level': 'Serializable',
    'neon-batch-read-only': 'true',
    'neon-batch-deferrable': 'true',
  }
  const queries = [
    `select current_setting('transaction_isolation'), current_setting('transaction_read_only'),
       current_setting('transaction_deferrable')`,
  ].map((query) => ({ query }))

  it('of a batch are honoured and said again', async () => {
    const { headers, json } = await post({ queries }, batch)
    expect(headers).toMatchObject(batch)
    expect(json).toMatchObject({ results: [{ rows: [['serializable', 'on', 'on']] }] })
  })

  it('of a batch mean nothing where they are not exactly "true", or for a single statement', async () => {
    const odd = { 'neon-batch-read-only': 'TRUE', 'neon-batch-deferrable': '1' }
    const ignored = await post({ queries }, odd)
    expect(ignored.json).toMatchObject({ results: [{ rows: [['read committed', 'off', 'off']] }] })
    expect(Object.keys(ignored.headers).filter((name) => name.startsWith('neon-batch'))).toEqual([])
    const single = await post({ query: queries[0]?.query }, batch)
    expect(single.json).toMatchObject({ rows: [['read committed', 'off', 'off']] })
    expect(Object.keys(single.headers).filter((name) => name.startsWith('neon-batch'))).toEqual([])
  })

  it('name one of four isolation levels, even before a single statement', async () => {
    for (const level of ['serializable', 'READ COMMITTED', '']) {
      const answer = await post({ query: 'select 1' }, { 'neon-batch-isolation-level': level })
      expect([answer.status, answer.json]).toEqual([400, failure('invalid isolation level')])
    }
  })
})

describe('an error', () => {
  it('has all keys, in Neon’s order', async () => {
    const { json, status } = await post({ query: 'select bogus' })
    expect(status).toBe(400)
    expect(Object.keys(json)).toEqual(KEYS)
    expect(json).toMatchObject({ code: '42703', position: '8', severity: 'ERROR', detail: null, hint: null })
  })

  it('tells a position in a function’s own query apart', async () => {
    const name = `boom_${crypto.randomUUID().replaceAll('-', '')}`
    const body = `begin execute 'select 1 from nowhere_at_all'; end`
    await post({ query: `create function ${name}() returns void language plpgsql as $$${body}$$` })
    const { json } = await post({ query: `select ${name}()` })
    await post({ query: `drop function ${name}()` })
    expect(json).toMatchObject({
      position: null,
      internalPosition: '15',
      internalQuery: 'select 1 from nowhere_at_all',
      where: expect.stringContaining('PL/pgSQL') as string,
    })
  })

  it.each([
    ['a wrong password', { password: 'wrong' }, 'postgres'],
    ['a user that is not there', { username: 'no%20body' }, 'no body'],
  ])('of %s is the proxy’s, without Postgres’ fields', async (_, change, user) => {
    const connection = Object.assign(new URL(url), change).href
    const { status, json } = await post({ query: 'select 1' }, { 'neon-connection-string': connection })
    expect([status, json]).toEqual([400, failure(`password authentication failed for user '${user}'`)])
  })

  it('of a database that is not there is Postgres’', async () => {
    const connection = Object.assign(new URL(url), { pathname: '/missing' }).href
    const { status, json } = await post({ query: 'select 1' }, { 'neon-connection-string': connection })
    expect(status).toBe(400)
    expect(json).toMatchObject({ code: '3D000', severity: 'FATAL', routine: 'InitPostgres' })
  })

  it('of a login that Postgres refuses for another reason is 500', async () => {
    const name = `barred_${crypto.randomUUID().replaceAll('-', '')}`
    await post({ query: `create role ${name} nologin password 'x'` })
    const connection = Object.assign(new URL(url), { username: name, password: 'x' }).href
    const { status, json } = await post({ query: 'select 1' }, { 'neon-connection-string': connection })
    await post({ query: `drop role ${name}` })
    expect(status).toBe(500)
    expect(json).toMatchObject({ code: '28000', severity: 'FATAL' })
  })

  it('of a database that is down is 500', async () => {
    const { status, json } = await post({ query: 'select 1' }, { 'neon-connection-string': nowhere })
    expect([status, json]).toEqual([500, failure("Couldn't connect to compute node")])
  })
})

describe('what is looked at first:', () => {
  const bad = { 'neon-connection-string': 'x', 'neon-batch-isolation-level': 'x' }
  it('the connection string, then the isolation level, then the body, then the database', async () => {
    const level = await post(1, { ...bad, 'neon-connection-string': nowhere })
    const body = await post(1, { 'neon-connection-string': nowhere })
    const database = await post({ query: '' }, { 'neon-connection-string': nowhere })
    expect((await post(1, bad)).json['message']).toBe(
      'invalid connection string: relative URL without a base',
    )
    expect(level.json['message']).toBe('invalid isolation level')
    expect(body.json['message']).toContain('could not parse the HTTP request body')
    expect(database.json['message']).toBe("Couldn't connect to compute node")
  })

  it('a connection string that is missing or not ASCII is an invalid header', async () => {
    const invalid = failure('invalid header: neon-connection-string')
    const missing = await send('POST', '/sql', {}, '{}')
    expect([missing.status, JSON.parse(missing.text)]).toEqual([400, invalid])
    const odd = await post({ query: '' }, { 'neon-connection-string': 'postgres://ü:p@h/d' })
    expect([odd.status, odd.json]).toEqual([400, invalid])
  })

  it('a token instead of a password is refused', async () => {
    const { status, json } = await post({ query: '' }, { authorization: 'Bearer x' })
    const message = 'missing authentication credentials: required password'
    expect([status, json]).toEqual([400, failure(message)])
  })

  it('a body whose length is announced as more than 64 MB, before it is sent', async () => {
    const headers = { ...driver, 'content-length': String(64 * 1024 * 1024 + 1) }
    const sent = request({ port: endpoint.port, path: '/sql', method: 'POST', headers })
    sent.on('error', () => undefined)
    sent.flushHeaders()
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    sent.destroy()
    expect(response.statusCode).toBe(413)
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual(
      failure('request is too large (max is 67108864 bytes)'),
    )
  })
})

describe('another request', () => {
  it.each([
    ['GET', '/sql'],
    ['PUT', '/sql'],
    ['POST', '/'],
    ['POST', '/sql/'],
    ['POST', '/SQL'],
    ['OPTIONS', '/'],
  ])('%s %s is not supported', async (method, path) => {
    const answer = await send(method, path, driver)
    expect(answer).toEqual({
      status: 400,
      headers: { 'content-type': 'application/json', 'content-length': '24', 'neon-request-id': uuid },
      text: '"query is not supported"',
    })
  })

  it('to /sql may have a query string', async () => {
    expect((await send('POST', '/sql?x=1', driver, '{"query":"select 1"}')).status).toBe(200)
  })

  it('OPTIONS /sql says what may be asked', async () => {
    expect(await send('OPTIONS', '/sql')).toEqual({
      status: 200,
      headers: {
        allow: 'OPTIONS, POST',
        'access-control-allow-origin': '*',
        'access-control-allow-headers':
          'Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, Neon-Pool-Opt-In, Neon-Batch-Read-Only, Neon-Batch-Isolation-Level',
        'access-control-max-age': '86400',
        'content-length': '0',
        'neon-request-id': uuid,
      },
      text: '',
    })
  })

  it('of a web page is refused, before and after it has asked', async () => {
    const origin = 'http://evil.example'
    for (const method of ['OPTIONS', 'POST']) {
      const { status, headers } = await send(method, '/sql', { ...driver, origin })
      expect(status).toBe(403)
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
  })

  it('that offers HTTP/2 is answered as it is', async () => {
    const headers = {
      ...driver,
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABk',
    }
    expect((await send('POST', '/sql', headers, '{"query":"select 1"}')).status).toBe(200)
  })
})

describe('a WebSocket', () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }
  it.each<[string, Record<string, string>, string]>([
    ['without a key', { 'sec-websocket-version': '13' }, 'MissingSecWebSocketKey'],
    [
      'of another version',
      { 'sec-websocket-key': 'x', 'sec-websocket-version': '8' },
      'InvalidSecWebsocketVersion',
    ],
    ['of no version', { 'sec-websocket-key': 'x' }, 'InvalidSecWebsocketVersion'],
  ])('%s is refused in the proxy’s words', async (_, headers, msg) => {
    const answer = await send('GET', '/v2', { ...upgrade, ...headers })
    expect([answer.status, answer.text]).toEqual([400, JSON.stringify({ msg })])
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'neon-request-id': uuid })
  })
})
