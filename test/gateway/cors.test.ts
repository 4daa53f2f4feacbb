import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corsHeaders, corsPolicy, isOriginList, originMatcher } from '../../src/gateway/cors.ts'

describe('the origin list of an app', () => {
  it.each([
    // The table of skygear v2.3 "CORS".
    ['*.example.com', 'http://test.example.com', true],
    ['*.example.com', 'http://example1.com', false],
    ['localhost:3000', 'http://localhost:3000', true],
    ['example.*', 'http://example.com', false],
    ['*', 'https://example.com', true],

    // Nothing, and everything.
    ['', 'http://example.com', false],
    ['*', 'http://localhost:3000', true],
    ['*', 'capacitor://localhost', true],
    ['*', 'null', true],
    ['*,*', 'http://example.com', true],

    // Schemes.
    ['example.com', 'http://example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'ftp://example.com', false],
    ['example.com', 'null', false],
    ['http://example.com', 'http://example.com', true],
    ['http://example.com', 'https://example.com', false],
    ['https://example.com', 'http://example.com', false],

    // Ports.
    ['example.com', 'http://example.com:80', true],
    ['example.com', 'https://example.com:443', true],
    ['example.com', 'http://example.com:443', false],
    ['example.com', 'http://example.com:8080', false],
    ['http://example.com:80', 'http://example.com', true],
    ['https://example.com:443', 'https://example.com', true],
    ['example.com:443', 'https://example.com', true],
    ['example.com:443', 'http://example.com:443', true],
    ['example.com:443', 'http://example.com', false],
    ['localhost:3000', 'https://localhost:3000', true],
    ['localhost:3000', 'http://localhost', false],
    ['*:3000', 'http://localhost:3000', true],
    ['*:3000', 'http://localhost', false],
    ['http://*', 'http://localhost', true],
    ['http://*', 'http://example.com', false],

    // Wildcards: a letter and what may follow one, in the leftmost labels.
    ['*.example.com', 'https://a.example.com', true],
    ['*.example.com', 'https://a-1.example.com', true],
    ['*.example.com', 'https://1a.example.com', false],
    ['*.example.com', 'https://example.com', false],
    ['*.example.com', 'https://a.b.example.com', false],
    ['*.example.com', 'https://a.example.com:8080', false],
    ['*.example.com', 'https://a.example.com.evil.com', false],
    ['*.example.com', 'https://evil.com#.example.com', false],
    ['*.example.com', 'https://a.exampleXcom', false],
    ['*.*.example.com', 'https://a.b.example.com', true],
    ['a*.*.example.com', 'https://b.a.example.com', false],
    ['a*.*b.a*b.example.com', 'http://a.b.ab.example.com', true],
    ['a*.*b.a*b.example.com', 'http://aa.bb.acb.example.com', true],
    ['pr-*.example.com', 'https://pr-17.example.com', true],
    ['*-dev.example.com', 'https://x-dev.example.com', true],
    ['*-dev.example.com', 'https://x-prod.example.com', false],

    // Addresses, and names that begin like one.
    ['127.0.0.1:3000', 'http://127.0.0.1:3000', true],
    ['127.0.0.1:3000', 'http://127.0.0.2:3000', false],
    ['*.0.0.1', 'http://127.0.0.1', false],
    ['test.127.0.0.1.xip.io', 'http://test.127.0.0.1.xip.io', true],
    ['10ten.example.com', 'https://10ten.example.com', true],
    ['[::1]:3000', 'http://[::1]:3000', true],
    ['[::1]:3000', 'http://[::2]:3000', false],

    // Case does not count: browsers write origins in lower case.
    ['Example.COM', 'https://example.com', true],

    // An origin is serialized: it has neither path nor user.
    ['example.com', 'https://example.com/', false],
    ['example.com', 'https://user@example.com', false],
    ['example.com', 'https://example.com\\@evil.com', false],
    ['example.com', 'https://example.com.', false],

    // Lists.
    ['a.example.com,b.example.com', 'https://b.example.com', true],
    ['a.example.com,b.example.com', 'https://c.example.com', false],
  ])('"%s" and %s: %s', (list, origin, matches) => {
    expect(originMatcher(list)(origin)).toBe(matches)
  })

  it.each([
    'example.*',
    '*.com',
    '*.localhost',
    '*.*',
    'a.*.example.com',
    '*a*.example.com',
    'a..example.com',
    'example.com.',
    'exa mple.com',
    'my_app.example.com',
    'example.com/',
    'example.com:',
    'example.com:http',
    'example.com:65536',
    'ftp://example.com',
    'http://',
    ',',
    'example.com,',
    ' example.com',
    'example.com, example.org',
    '[::1',
  ])('"%s" has a malformed item, so the rest of the list matches nothing either', (list) => {
    expect(isOriginList(list)).toBe(false)
    expect(originMatcher(`ok.example.com,${list}`)('https://ok.example.com')).toBe(false)
  })

  it('any list compiles, and any origin is judged', () => {
    const text = fc.string({ unit: fc.constantFrom(...'*.a-1:/[],\\(h'.split('')) })
    fc.assert(
      fc.property(text, fc.string(), (list, origin) => typeof originMatcher(list)(origin) === 'boolean'),
    )
  })

  it('what it says is what it takes: a plain origin in the list matches itself alone', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
    const origin = fc
      .tuple(
        fc.constantFrom('http', 'https'),
        fc.array(label, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 65_535 }),
      )
      .map(([scheme, labels, port]) => `${scheme}://${labels.join('.')}:${port}`)
    fc.assert(
      fc.property(origin, origin, (listed, other) => {
        expect(originMatcher(listed)(listed)).toBe(true)
        expect(originMatcher(listed)(other)).toBe(other === listed)
      }),
    )
  })
})

describe('the headers', () => {
  const none = { origin: null, requestMethod: null, requestHeaders: null }
  const preflight = {
    origin: 'https://app.example.com',
    requestMethod: 'PUT',
    requestHeaders: 'content-type,x-skygear-api-key',
  }

  it.each([
    [
      'a listed origin may read the answer, with its cookies',
      'app.example.com',
      { ...none, origin: 'https://app.example.com' },
      {
        Vary: 'Origin',
        'Access-Control-Allow-Origin': 'https://app.example.com',
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Expose-Headers': 'x-skygear-try-refresh-token, x-skygear-request-id',
        'Access-Control-Max-Age': '900',
      },
    ],
    [
      'its preflight is allowed what it asks for',
      '*',
      preflight,
      {
        Vary: 'Origin',
        'Access-Control-Allow-Origin': 'https://app.example.com',
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Expose-Headers': 'x-skygear-try-refresh-token, x-skygear-request-id',
        'Access-Control-Max-Age': '900',
        'Access-Control-Allow-Methods': 'PUT',
        'Access-Control-Allow-Headers': 'content-type,x-skygear-api-key',
      },
    ],
    ['another origin gets nothing but Vary', 'other.example.com', preflight, { Vary: 'Origin' }],
    ['so does a request without an origin', 'app.example.com', none, { Vary: 'Origin' }],
    [
      'so does everyone where the list is malformed',
      'app.example.com,example.*',
      preflight,
      { Vary: 'Origin' },
    ],
    [
      'an app that lists nothing is open to all, without cookies',
      '',
      none,
      {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'x-skygear-request-id',
        'Access-Control-Max-Age': '900',
      },
    ],
    [
      'and allows any preflight what it asks for',
      '',
      preflight,
      {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'x-skygear-request-id',
        'Access-Control-Max-Age': '900',
        'Access-Control-Allow-Methods': 'PUT',
        'Access-Control-Allow-Headers': 'content-type,x-skygear-api-key',
      },
    ],
  ])('%s', (_, list, request, headers) => {
    expect(corsHeaders(corsPolicy(list), request)).toEqual(headers)
  })
})
