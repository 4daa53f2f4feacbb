import { describe, expect, it } from 'vitest'
import { fail } from '../../src/core/failure.ts'
import { gear } from '../../src/core/gear.ts'
import { ok } from '../../src/core/result.ts'
import { dialectOf, lookupFailureV2, refusalV2 } from '../../src/gateway/dialect.ts'
import { renderPassed, renderText } from '../../src/gateway/render.ts'
import { anApp, testGateway } from './app.fixture.ts'
import { edited, minimal } from './document.fixture.ts'

describe('the dialect of a request', () => {
  it.each([
    [null, '/', { version: 1 }],
    [null, '/auth/login', { version: 1 }],
    [null, '/_auth', { version: 1 }],
    [null, '/_status/healthz', { version: 1 }],
    [null, '/_auth/login', { version: 2, gear: 'auth' }],
    [null, '/_asset/get/a', { version: 2, gear: 'asset' }],
    ['auth', '/', { version: 2, gear: 'auth' }],
    ['auth', '/_asset/get/a', { version: 2, gear: 'auth' }],
    ['anything', '/auth/login', { version: 2, gear: 'anything' }],
  ])('at a host bound to %j, %s is %j', (bound, path, dialect) => {
    expect(dialectOf({ gear: bound }, path)).toEqual(dialect)
  })

  it('at nobody’s host is told by the path alone', () => {
    expect([dialectOf(null, '/_auth/login').version, dialectOf(null, '/auth/login').version]).toEqual([2, 1])
  })
})

describe('why a v2 request gets no further (skygear v2.3 "Error answers of the gateway")', () => {
  const refused = async (app: Parameters<typeof refusalV2>[0], name: string) => {
    const failure = refusalV2(app, name)
    if (!failure) return null
    const response = renderText(failure)
    return `${response.status} ${await response.text()}`
  }
  const only = (...gears: string[]) => ({ plan: { name: 'p', gears: new Set(gears), limits: {} } })

  it.each([
    ['nothing, live', anApp(), 'auth', null],
    ['nothing, nightly', anApp({ versions: { auth: 'nightly' } }), 'auth', null],
    ['nothing, asset', anApp(), 'asset', null],
    ['no plan', anApp(only('asset')), 'auth', '403 auth is not support in current app plan\n'],
    ['a foreign label', anApp(), 'anything', '403 anything is not support in current app plan\n'],
    ['a gear of v1', anApp(), 'record', '403 record is not support in current app plan\n'],
    ['suspension', anApp({ versions: { auth: 'suspended' } }), 'auth', '400 gear is suspended\n'],
    ['an unknown version', anApp({ versions: { auth: 'Live' } }), 'auth', '400 gear is suspended\n'],
    ['the plan before the version', anApp({ ...only(), versions: { auth: 'x' } }), 'auth', /^403 /],
    ['the app’s suspension', anApp({ isSuspended: true }), 'auth', '403 this app is suspended\n'],
  ])('%s', async (_, app, name, text) => {
    const said = await refused(app, name)
    if (text instanceof RegExp) expect(said).toMatch(text)
    else expect(said).toBe(text)
  })

  it('is plain text that no browser takes for something else', () => {
    const { headers } = renderText(fail('BadRequest', 'gear is suspended'))
    expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
      'text/plain; charset=utf-8',
      'nosniff',
    ])
  })

  it('tells nobody’s host from a fault of ours, and a store that is away from both', () => {
    const away = { ...fail('UnexpectedError', 'secret'), status: 503, retryAfterSeconds: 1 }
    const { status, headers } = renderText(lookupFailureV2(away))
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    expect(lookupFailureV2(away).message).toBe('Internal server error')
    expect(lookupFailureV2(fail('ResourceNotFound', 'no app at this host')).message).toBe('Not found')
    expect(lookupFailureV2(fail('NotConfigured', '/x')).message).toBe('Internal server error')
  })
})

const echo = gear({
  name: 'auth',
  actions: {
    'auth:echo': {
      summary: '',
      access: 'anyone',
      input: { '~standard': undefined } as never,
      output: { '~standard': undefined } as never,
      run: async (body) => ok({ result: body }),
    },
  },
})
const documents = {
  'host:notes.example': minimal,
  'host:accounts.example': { alias_of: 'notes.example', assignment: 'auth' },
  'host:www.example': { alias_of: 'notes.example' },
  'host:asleep.example': edited(edited(minimal, '/suspended', true), '/gears', { auth: 'nightly' }),
  'host:nightly.example': edited(minimal, '/gears', { auth: 'nightly' }),
  'host:broken.example': '{',
}
const NOT_FOUND = 'Not found\n'

describe('a request', () => {
  const post = (url: string, body: object = {}) =>
    [url, { method: 'POST', body: JSON.stringify(body) }] as const
  it.each([
    ['v1 on the default host', ...post('http://notes.example/auth/echo'), 200, { result: {} }],
    ['v1 on a custom domain', ...post('http://www.example/', { action: 'auth:echo' }), 200, /auth:echo/],
    ['v2 by path', 'http://notes.example/_auth/login', {}, 404, NOT_FOUND],
    ['v2 by the host’s assignment', ...post('http://accounts.example/auth/echo'), 404, NOT_FOUND],
    ['v2 by label', 'http://accounts.notes.example/', {}, 404, NOT_FOUND],
    ['a foreign label', 'http://x.notes.example/', {}, 403, 'x is not support in current app plan\n'],
    ['v2 at nobody’s host', 'http://nobody.example/_auth/login', {}, 404, NOT_FOUND],
    ['v1 at nobody’s host', 'http://nobody.example/auth/echo', {}, 404, /"code":110/],
    ['v2 of a broken document', 'http://broken.example/_auth/x', {}, 500, 'Internal server error\n'],
    ['v1 of a broken document', 'http://broken.example/auth/echo', {}, 503, /"code":125/],
    ['v1 of a suspended app', ...post('http://asleep.example/auth/echo'), 403, /"this app is suspended"/],
    ['any path of a suspended app', 'http://asleep.example/', {}, 403, /"code":102/],
    ['v2 of a suspended app', 'http://asleep.example/_auth/x', {}, 403, 'this app is suspended\n'],
  ])('%s', async (_, url, init, status, said) => {
    const response = await testGateway([echo], documents).send(url, init)
    const text = await response.text()
    expect([response.status, text]).toEqual([
      status,
      typeof said === 'string'
        ? said
        : said instanceof RegExp
          ? expect.stringMatching(said)
          : JSON.stringify(said),
    ])
    expect(response.headers.get('x-skygear-request-id')).toMatch(/^[-0-9a-f]{36}$/)
  })
})

describe('a gear whose version is another Worker’s', () => {
  const asked: Request[] = []
  const names = { auth: { nightly: 'AUTH_NIGHTLY' } } as const
  const other = {
    async fetch(request: Request) {
      asked.push(request.clone())
      const headers = {
        'x-other': '1',
        'access-control-allow-origin': 'https://theirs.example',
        vary: 'Origin',
      }
      return new Response(`other: ${await request.text()}`, { status: 201, headers })
    },
  }
  const send = async (url: string, init: RequestInit, env: object = { AUTH_NIGHTLY: other }) => {
    asked.length = 0
    const response = await testGateway([echo], documents, { names, env }).send(url, init)
    return { response, text: await response.text() }
  }
  const body = JSON.stringify({ action: 'auth:echo', big: 'é'.repeat(100_000) })
  const headers = {
    authorization: 'bearer t',
    'x-skygear-api-key': 'k',
    'x-skygear-access-token': 't',
    'x-skygear-extra-info': 'e',
    'x-skygear-is-master-key': 'true',
    'x-skygear-request-id': 'mine',
    'x-mine': 'kept',
  }

  it.each([
    ['by its action’s path', 'http://nightly.example/auth/echo?a=b'],
    ['by the action in its body', 'http://nightly.example/?a=b'],
    ['by a v2 path', 'http://nightly.example/_auth/echo?a=b'],
    ['by a label', 'http://accounts.nightly.example/x?a=b'],
  ])('gets a request %s whole, but for what only the gateway may say', async (_, url) => {
    const { response, text } = await send(url, { method: 'POST', headers, body })
    expect([response.status, text]).toEqual([201, `other: ${body}`])
    const [request] = asked
    expect(request?.url).toBe(url)
    expect(request?.method).toBe('POST')
    const id = response.headers.get('x-skygear-request-id')
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      authorization: 'bearer t',
      'x-skygear-api-key': 'k',
      'x-skygear-access-token': 't',
      'x-skygear-extra-info': 'e',
      'x-mine': 'kept',
      'x-skygear-request-id': id,
    })
    expect(request?.headers.has('x-skygear-is-master-key')).toBe(false)
    expect(id).not.toBe('mine')
    expect(response.headers.get('x-other')).toBe('1')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('is not asked for an app that runs another version, nor for a suspended app', async () => {
    expect((await send('http://notes.example/auth/echo', { method: 'POST', body })).response.status).toBe(200)
    expect((await send('http://asleep.example/auth/echo', { method: 'POST', body })).response.status).toBe(
      403,
    )
    expect(asked).toEqual([])
  })

  it('that does not answer is 118 in v1, and 502 without a word in v2', async () => {
    const dead = { fetch: () => Promise.reject(new Error('postgres://u:hush@db')) }
    const [v1, v2] = [
      await send('http://nightly.example/auth/echo', { method: 'POST', body }, { AUTH_NIGHTLY: dead }),
      await send('http://nightly.example/_auth/echo', {}, { AUTH_NIGHTLY: dead }),
    ]
    expect(v1.response.status).toBe(503)
    expect(v1.text).toContain('"code":118')
    expect(v1.text).not.toContain('hush')
    expect([v2.response.status, v2.text]).toEqual([502, ''])
  })

  it.each([{}, { AUTH_NIGHTLY: 'text' }])('must be bound: %j is refused at start', (env) => {
    expect(() => testGateway([echo], documents, { names, env })).toThrow('AUTH_NIGHTLY is no service binding')
  })

  it('may answer with headers that cannot be changed', () => {
    const passed = renderPassed(Response.redirect('https://a.example/'))
    passed.headers.set('x-skygear-request-id', 'id')
    expect([passed.status, passed.headers.get('location')]).toEqual([302, 'https://a.example/'])
  })
})
