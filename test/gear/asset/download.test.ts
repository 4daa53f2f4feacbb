import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '../../support/app.ts'
import { announce, bodyOf, bytes, get, send, stored } from './assets.ts'

let app: TestApp
let asset: Awaited<ReturnType<typeof stored>>
const body = bytes(1000)
beforeAll(async () => {
  app = await testApp()
  asset = await stored(app, body)
})

const codeOf = async (response: Response) => (await response.json<{ error?: { code: number } }>()).error?.code
const refusal = async (response: Response) => [response.status, await codeOf(response)]
const other = (change: (url: URL) => void): string => {
  const url = new URL(asset.url)
  change(url)
  return url.href
}

/** v1 protocol, section 8.4; RFC 9110. */
describe('a download', () => {
  it('needs the signed URL and nothing else, and no round trip', async () => {
    const response = await get(app, asset.url)
    expect(response.status).toBe(200)
    expect(await bodyOf(response)).toEqual(body)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=900',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[^"]+"$/) as unknown,
      'last-modified': expect.stringMatching(/ GMT$/) as unknown,
    })
    expect(app.logOf(response.headers.get('x-skygear-request-id'))?.trips).toBe(0)
  })

  it('by HEAD has the same headers and no bytes', async () => {
    const head = await get(app, asset.url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '1000', ''])
    expect(head.headers.get('etag')).toBe((await get(app, asset.url)).headers.get('etag'))
  })

  it.each([
    ['bytes=0-9', 206, 'bytes 0-9/1000', body.subarray(0, 10)],
    ['bytes=990-2000', 206, 'bytes 990-999/1000', body.subarray(990)],
    ['bytes=998-', 206, 'bytes 998-999/1000', body.subarray(998)],
    ['bytes=-3', 206, 'bytes 997-999/1000', body.subarray(997)],
    ['bytes=-5000', 206, 'bytes 0-999/1000', body],
    ['bytes=1000-', 416, 'bytes */1000', new Uint8Array()],
    ['bytes=5000-6000', 416, 'bytes */1000', new Uint8Array()],
    ['bytes=9-0', 200, null, body],
    ['bytes=-0', 200, null, body],
    ['bytes=0-1,3-4', 200, null, body],
    ['bytes=-', 200, null, body],
    ['lines=0-1', 200, null, body],
    ['bytes=0x0-9', 200, null, body],
    ['bytes=9999999999999999-', 200, null, body],
  ] as const)('of the range %s answers %i', async (range, status, contentRange, expected) => {
    const response = await get(app, asset.url, { headers: { range } })
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange])
    expect(await bodyOf(response)).toEqual(expected)
    expect(response.headers.get('content-length')).toBe(status === 416 ? null : String(expected.length))
  })

  it('of a range of another version than the caller has answers the whole', async () => {
    const etag = (await get(app, asset.url)).headers.get('etag') ?? ''
    const part = await get(app, asset.url, { headers: { range: 'bytes=0-0', 'if-range': etag } })
    expect(part.status).toBe(206)
    const whole = await get(app, asset.url, { headers: { range: 'bytes=0-0', 'if-range': '"another"' } })
    expect(whole.status).toBe(200)
  })

  it('of what the caller has already says so', async () => {
    const first = await get(app, asset.url)
    const [etag, modified] = ['etag', 'last-modified'].map((name) => first.headers.get(name) ?? '')
    const asked = async (headers: Record<string, string>) => {
      const response = await get(app, asset.url, { headers })
      return [response.status, (await response.text()).length, response.headers.get('etag')]
    }
    expect(await asked({ 'if-none-match': etag ?? '' })).toEqual([304, 0, etag])
    expect(await asked({ 'if-none-match': `"x", ${etag}` })).toEqual([304, 0, etag])
    expect(await asked({ 'if-none-match': '*' })).toEqual([304, 0, etag])
    expect(await asked({ 'if-modified-since': modified ?? '' })).toEqual([304, 0, etag])
    expect(await asked({ 'if-none-match': '"x"' })).toEqual([200, 1000, etag])
    expect(await asked({ 'if-match': '"x"' })).toEqual([412, 0, etag])
    expect(await asked({ 'if-match': etag ?? '' })).toEqual([200, 1000, etag])
    expect(await asked({ 'if-unmodified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' })).toEqual([412, 0, etag])
  })

  it.each(['x', '"', '""""', '"a","b', 'W/', 'w/"a"', '*,*', ',', '"a",'.repeat(1000)])(
    'under the malformed condition %.20j is whole, but for If-Match, which it never meets',
    async (malformed) => {
      const under = async (name: string, method = 'GET') =>
        (await get(app, asset.url, { method, headers: { [name]: malformed } })).status
      expect([await under('if-none-match'), await under('if-none-match', 'HEAD')]).toEqual([200, 200])
      expect([await under('if-modified-since'), await under('if-unmodified-since')]).toEqual([200, 200])
      expect([await under('if-match'), await under('if-match', 'HEAD')]).toEqual([412, 412])
    },
  )

  it('by v2’s path under a malformed condition is no fault of ours either', async () => {
    const open = await testApp({ document: { gear_config: { asset: { public: true } } } })
    const { name } = await stored(open, body)
    const under = async (header: string) =>
      (await get(open, `/_asset/get/${name}`, { headers: { [header]: '"a","b' } })).status
    expect([await under('if-none-match'), await under('if-match')]).toEqual([200, 412])
  })

  it('under a condition with empty elements, a weak tag or a date of another age goes by what it means', async () => {
    const etag = (await get(app, asset.url)).headers.get('etag') ?? ''
    const under = async (name: string, value: string) =>
      (await get(app, asset.url, { headers: { [name]: value } })).status
    expect(await under('if-none-match', `, "x",,W/"y" ,${etag},`)).toBe(304)
    expect(await under('if-none-match', `W/${etag}`)).toBe(304)
    expect(await under('if-match', `"x",, ${etag}`)).toBe(200)
    expect(await under('if-match', `W/${etag}`)).toBe(412)
    expect(await under('if-match', '*')).toBe(200)
    expect(await under('if-modified-since', 'Fri, 01 Jan 9999 00:00:00 GMT')).toBe(304)
    expect(await under('if-modified-since', 'Mon, 01 Jan 0001 00:00:00 GMT')).toBe(200)
    expect(await under('if-unmodified-since', 'Mon, 01 Jan 0001 00:00:00 GMT')).toBe(412)
  })

  it('of an asset whose bytes have not come is 110', async () => {
    const { url } = await announce(app)
    expect(await refusal(await get(app, url))).toEqual([404, 110])
  })

  it('of one that was announced public needs no signature', async () => {
    const open = await testApp({ document: { gear_config: { asset: { public: true } } } })
    const { name } = await stored(open, body)
    const response = await get(open, `/files/${name}`)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=3600'])
  })
})

describe('a URL', () => {
  it('forged in any part is refused, and tells nothing of what is there', async () => {
    const forged = [
      [other((url) => url.searchParams.set('signature', `${'A'.repeat(43)}=`)), [401, 106]],
      [
        other((url) =>
          url.searchParams.set('expiredAt', String(Number(url.searchParams.get('expiredAt')) + 1)),
        ),
        [401, 106],
      ],
      [other((url) => url.searchParams.delete('signature')), [403, 102]],
      [other((url) => url.searchParams.set('signature', 'short')), [403, 102]],
      [other((url) => url.searchParams.delete('expiredAt')), [400, 108]],
      [other((url) => url.searchParams.set('expiredAt', 'soon')), [400, 108]],
      [other((url) => (url.search = '')), [400, 108]],
    ] as const
    for (const [url, expected] of forged) {
      const there = await get(app, url)
      expect([url, await refusal(there.clone())]).toEqual([url, expected])
      const missing = await get(app, url.replace(asset.name, `${'0'.repeat(8)}${asset.name.slice(8)}`))
      expect(await missing.text()).toBe(await there.text())
    }
  })

  it('signed for one asset is not good for another, nor is its expiry read into the name', async () => {
    const { name } = await stored(app, bytes(3), { filename: 'cat1' })
    const signed = new URL((await stored(app, bytes(3), { filename: 'cat' })).url)
    const another = await get(app, `/files/${name}${signed.search}`)
    expect(await refusal(another)).toEqual([401, 106])
    const own = new URL((await announce(app, { filename: 'cat1' })).url)
    const shifted = `${own.pathname.slice(0, -1)}?expiredAt=1${own.searchParams.get('expiredAt')}&signature=${own.searchParams.get('signature')}`
    expect(await refusal(await get(app, shifted))).toEqual([403, 102])
  })

  it('lives for 15 minutes', async () => {
    let now = new Date()
    const clock = app.reopen({ now: () => now })
    const at = async (seconds: number) => {
      now = new Date(Date.now() + seconds * 1000)
      return refusal(await get(clock, asset.url)).catch(() => 'bytes')
    }
    const { url } = await stored(clock, body)
    asset = { ...asset, url }
    expect([await at(0), await at(14 * 60), await at(15 * 60 + 5)]).toEqual(['bytes', 'bytes', [403, 102]])
    asset = await stored(app, body)
  })

  it('signed by the app’s own server in standard base64 is as good', async () => {
    const url = other((it) => {
      const signature = it.searchParams.get('signature') ?? ''
      it.searchParams.set('signature', signature.replaceAll('-', '+').replaceAll('_', '/'))
    })
    expect((await get(app, url)).status).toBe(200)
  })

  it('of another app is worth nothing, and leads to no other app’s file', async () => {
    const thief = await testApp()
    await announce(thief)
    expect(await refusal(await get(thief, asset.url))).toEqual([401, 106])
    // Signed by the thief's own app, and asking for the victim's key by every way out of a folder.
    const document = await import('cloudflare:workers').then(({ env }) => env.TENANTS.get(`host:${app.host}`))
    const { app_id } = JSON.parse(document ?? '{}') as { app_id: string }
    for (const way of [
      `../${app_id}/${asset.name}`,
      `/${app_id}/${asset.name}`,
      `..%2f${app_id}%2f${asset.name}`,
    ])
      for (const escape of [encodeURIComponent, (name: string) => name]) {
        const { url } = await announce(thief, { filename: way })
        const { search } = new URL(url)
        const response = await get(thief, `/files/${escape(way)}${search}`)
        expect([400, 401, 403, 404, 117]).toContain(response.status)
        expect(await response.text()).toContain('"error"')
      }
  })

  it.each([
    '/files/',
    '/files/%',
    '/files/%00',
    '/files/a%00.png',
    '/files/%ff',
    `/files/${'x'.repeat(2000)}`,
    '/files/..%2f..%2fx',
    '/files//x',
  ])('with the path %s is refused like any other that is not signed', async (path) => {
    expect(await refusal(await get(app, path))).toEqual([400, 108])
    expect(await refusal(await get(app, `${path}?expiredAt=1&signature=x`))).toEqual([403, 102])
  })
})

describe('script in a file', () => {
  it.each([
    ['text/html', 'attachment'],
    ['text/html; charset=utf-8', 'attachment'],
    ['image/svg+xml', 'attachment'],
    ['application/xhtml+xml', 'attachment'],
    ['text/xml', 'attachment'],
    ['application/pdf', 'attachment'],
    ['text/javascript', 'attachment'],
    ['application/x-shockwave-flash', 'attachment'],
    ['TEXT/HTML', 'attachment'],
    ['image/png', 'inline'],
    ['image/jpeg', 'inline'],
    ['video/mp4', 'inline'],
    ['text/plain; charset=utf-8', 'inline'],
  ])('of type %s is not run on the host of the API', async (type, disposition) => {
    const { url, action } = await announce(app, { filename: 'x', 'content-type': type })
    await send(app, action, '<script>alert(1)</script>')
    const { headers } = await get(app, url)
    expect(headers.get('content-disposition')).toBe(disposition)
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*; sandbox$/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-type')).toBe(type)
  })
})
