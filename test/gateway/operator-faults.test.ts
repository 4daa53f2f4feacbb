import { describe, expect, it } from 'vitest'
import { operator } from '../../src/gateway/operator.ts'
import { fakeRegistry } from '../support/registry.ts'
import { testGateway } from './app.fixture.ts'
import { notes } from './operator.fixture.ts'

const document = JSON.parse(JSON.stringify(notes)) as object
const bearer = { authorization: 'Bearer k' }
const DOCUMENTS = { 'host:notes.example': notes }
type Failing = 'get' | 'put' | 'delete' | 'list'

/** The gateway with an operator's host, whose registry fails where it is told to. */
function cluster(failing: readonly Failing[] = [], metrics?: () => Promise<never>) {
  const registry = fakeRegistry(DOCUMENTS)
  const away = () => Promise.reject(new Error('KV PUT failed: 500 secret-namespace'))
  const app = operator({
    registry: { ...registry, ...Object.fromEntries(failing.map((name) => [name, away])) },
    sections: {},
    key: 'k',
    migrations: { answer: async () => ({ status: 200, body: { result: 'ok' } }), databaseUrl: null },
    ...(metrics && { metrics }),
  })
  return testGateway([], {}, undefined, { operator: { host: 'operator.example', app } })
}
const url = (path: string) => `http://operator.example${path}`
const LINE = { host: 'operator.example', app: undefined, trips: 0 }

describe('the operator’s host, where its registry is away', () => {
  it.each([
    ['GET', '/tenants', 'list'],
    ['GET', '/tenants/notes.example', 'get'],
    ['PUT', '/tenants/notes.example', 'put'],
    ['PATCH', '/tenants/notes.example', 'get'],
    ['PATCH', '/tenants/notes.example', 'put'],
    ['DELETE', '/tenants/notes.example', 'delete'],
    ['POST', '/tenants/notes.example/suspend', 'put'],
    ['POST', '/tenants', 'list'],
    ['PUT', '/tenants/notes.example/aliases/www.example', 'put'],
    ['GET', '/plans/paid', 'get'],
    ['PUT', '/plans/paid', 'put'],
  ] as const)(
    'answers %s %s with 503 and when to come again, and tells no more: %s',
    async (method, path, failing) => {
      const { send, observed, reported } = cluster([failing])
      const bodies: Readonly<Record<string, object>> = {
        '/tenants': { name: 'shop' },
        '/tenants/notes.example': method === 'PUT' ? document : { set: { suspended: true } },
        '/plans/paid': { gears: null },
      }
      const body = method === 'GET' ? {} : { body: JSON.stringify(bodies[path] ?? {}) }
      const response = await send(url(path), { method, headers: bearer, ...body })
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
      expect(await response.json()).toEqual({
        error: { name: 'UnexpectedError', code: 10000, message: 'the tenant store cannot be reached' },
      })
      const requestId = response.headers.get('x-skygear-request-id')
      expect(reported).toEqual([{ requestId, cause: expect.objectContaining({ name: 'StoreFault' }) }])
      expect(observed).toMatchObject([{ request_id: requestId, status: 503, error: 'UnexpectedError' }])
    },
  )
})

it('a migration whose app cannot be looked up is 503 too, in the words of v2’s migration server', async () => {
  const registry = { ...fakeRegistry(), list: () => Promise.reject(new Error('KV is away')) }
  const app = operator({
    registry,
    sections: {},
    key: 'k',
    migrations: {
      answer: async (_, placeOf) => ({ status: 200, body: await placeOf('notes', null) }),
      databaseUrl: null,
    },
  })
  const response = await app.request('/migrate', { method: 'POST', headers: bearer, body: '{}' })
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
    503,
    '1',
    { error: 'the tenant store cannot be reached' },
  ])
})

describe('a request to the operator’s host', () => {
  it.each([
    ['GET', '/tenants', 200, 'GET /tenants', undefined],
    ['GET', '/tenants/x.example', 404, 'GET /tenants/:host', 'ResourceNotFound'],
    ['POST', '/tenants/notes.example/resume', 200, 'POST /tenants/:host/resume', undefined],
    ['GET', '/healthz', 200, 'GET /healthz', undefined],
    ['GET', '/nowhere', 404, null, 'UndefinedOperation'],
  ])(
    '%s %s has an id, a log line and a place among the counters',
    async (method, path, status, action, error) => {
      const { send, observed } = cluster()
      const response = await send(url(path), { method, headers: bearer })
      const request_id = response.headers.get('x-skygear-request-id')
      expect(request_id).toMatch(/^[-0-9a-f]{36}$/)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect(observed).toEqual([
        { ...LINE, request_id, method, status, action, error, fault: undefined, ms: expect.any(Number) },
      ])
    },
  )

  it('without the key is a line too', async () => {
    const { send, observed } = cluster()
    await send(url('/tenants'))
    await send(url('/migrate'), { method: 'POST' })
    expect(observed).toMatchObject([
      { status: 401, action: 'GET /tenants', error: 'AccessKeyNotAccepted' },
      { status: 401, action: 'POST /migrate', error: 'AccessKeyNotAccepted' },
    ])
  })

  it('that goes wrong otherwise is 500 with the id under which it was reported', async () => {
    const cause = new Error('the counters are away')
    const { send, observed, reported } = cluster([], () => Promise.reject(cause))
    const response = await send(url('/_cluster/metrics'), { headers: bearer })
    const requestId = response.headers.get('x-skygear-request-id')
    expect([response.status, await response.json()]).toEqual([
      500,
      {
        error: expect.objectContaining({ message: `unexpected error, reported as ${requestId}` }) as unknown,
      },
    ])
    expect(reported).toEqual([{ requestId, cause }])
    expect(observed).toMatchObject([{ request_id: requestId, status: 500, action: 'GET /_cluster/metrics' }])
  })
})

describe('/_cluster/metrics', () => {
  const host = operator({
    registry: fakeRegistry(),
    sections: {},
    key: 'k',
    metrics: async () => [{ app: 'notes', action: 'me', status: 200, requests: 3, ms: 15, trips: 6 }],
  })

  it('is the counters as Prometheus reads them', async () => {
    const response = await host.request('/_cluster/metrics', { headers: bearer })
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    expect(await response.text()).toContain(
      'skygear_requests_total{app="notes",action="me",status="200"} 3\n',
    )
  })

  it('is for the operator only', async () => {
    for (const headers of [{}, { authorization: 'Bearer x' }]) {
      const response = await host.request('/_cluster/metrics', { headers })
      expect([response.status, await response.text()]).toEqual([401, expect.not.stringContaining('notes')])
    }
  })
})

it('an app’s 500 carries the id under which it was reported, and so does its line', async () => {
  const cause = new Error('a bug')
  const tenants = { byHost: () => Promise.reject(cause) }
  const { send, observed, reported } = testGateway([], {}, undefined, { tenants })
  const response = await send('http://notes.example/auth/login', { method: 'POST', body: '{}' })
  const requestId = response.headers.get('x-skygear-request-id')
  expect([response.status, await response.json()]).toMatchObject([
    500,
    { error: { message: `unexpected error, reported as ${requestId}` } },
  ])
  expect(reported).toEqual([{ requestId, cause }])
  expect(observed).toMatchObject([{ request_id: requestId, status: 500, error: 'UnexpectedError' }])
})
