import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Json, type TestApp, type TestUser } from '../../support/app.ts'
import { bodyOf, bytes, get } from './assets.ts'
import { claiming, countedImages, png } from './pictures.ts'
import { v2Of } from './v2-calls.ts'

let app: TestApp
let user: TestUser
let v2: ReturnType<typeof v2Of>
let picture: Uint8Array<ArrayBuffer>
const made = countedImages()
beforeAll(async () => {
  app = await testApp({ images: made.images })
  user = await app.guest()
  v2 = v2Of(app, user)
  picture = await png(40, 30)
})

const PNG = { 'content-type': 'image/png' }
const uploaded = (headers: Json = PNG, more: Json = {}, body = picture) => v2.uploaded(body, headers, more)
const at = (name: string, pipeline: string) =>
  `/_asset/get/${name}?${String(new URLSearchParams({ pipeline }))}`
const ask = (name: string, pipeline: string, init: RequestInit = {}) => get(app, at(name, pipeline), init)
const headersOf = ({ headers }: Response) => {
  const { 'x-skygear-request-id': _, ...others } = Object.fromEntries(headers)
  return others
}
const refusal = async (response: Response) => {
  const { error } = await response.json<{ error: Json }>()
  return [response.status, error['reason'], error['message'], error['info']]
}

describe('a pipeline', () => {
  it('makes another picture of a picture, which has headers of its own', async () => {
    const response = await ask(await uploaded(), 'image/resize,w_20/format,jpg')
    const body = await bodyOf(response)
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual([
      made.jobs.length,
      [{ do: 'resize', width: 20, height: 15 }],
      { format: 'jpeg', quality: 85 },
    ])
    expect(response.status).toBe(200)
    expect(headersOf(response)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(body.length),
      'content-disposition': 'inline',
      'content-security-policy': expect.stringContaining('sandbox') as unknown,
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as unknown,
    })
    expect([response.headers.get('accept-ranges'), response.headers.get('last-modified')]).toEqual([
      null,
      null,
    ])
  })

  it('reads the picture once, and is done once, however it is spelt', async () => {
    const name = await uploaded()
    const first = await ask(name, 'image/resize,w_10,h_8')
    const [before, body] = [made.jobs.length, await first.text()]
    expect(made.jobs.at(-1)?.loaded).toEqual([picture.length])
    for (const pipeline of ['image/resize,w_10,h_8', 'image/resize,h_8,m_lfit,w_9,w_10']) {
      const again = await ask(name, pipeline)
      expect([await again.text(), again.headers.get('etag')]).toEqual([body, first.headers.get('etag')])
    }
    expect(made.jobs).toHaveLength(before)
  })

  it('is done once for all who ask at the same time', async () => {
    const name = await uploaded()
    const release = made.hold()
    const before = made.jobs.length
    const asked = [1, 2, 3, 4].map(() => ask(name, 'image/resize,w_11'))
    const other = ask(name, 'image/resize,w_12')
    await Promise.all([0, 0, 0].map(() => app.call('_status:healthz')))
    release()
    const bodies = await Promise.all(asked.map(async (each) => (await each).text()))
    expect(new Set(bodies).size).toBe(1)
    expect(bodies).not.toContain(await (await other).text())
    expect(made.jobs).toHaveLength(before + 2)
  })

  it('has no ranges, whatever the picture’s', async () => {
    const response = await ask(await uploaded(), 'image/resize,w_20', { headers: { range: 'bytes=0-3' } })
    expect(response.status).toBe(200)
  })

  it('answers HEAD as GET, without the bytes, made or kept', async () => {
    const name = await uploaded()
    const cold = await ask(name, 'image/resize,w_13', { method: 'HEAD' })
    const whole = await ask(name, 'image/resize,w_13')
    const kept = await ask(name, 'image/resize,w_13', { method: 'HEAD' })
    expect(await cold.text()).toBe('')
    expect(headersOf(cold)).toEqual(headersOf(whole))
    expect(headersOf(kept)).toEqual(headersOf(whole))
    expect(Number(cold.headers.get('content-length'))).toBe((await bodyOf(whole)).length)
  })

  it('is 304 to who has it, and 412 to who wants another, before it is made', async () => {
    const name = await uploaded()
    const etag = (await ask(name, 'image/resize,w_14')).headers.get('etag') ?? ''
    const original = (await get(app, `/_asset/get/${name}`)).headers.get('etag') ?? ''
    const before = made.jobs.length
    const status = async (headers: Record<string, string>) =>
      (await ask(name, 'image/resize,w_14', { headers })).status
    expect(await status({ 'if-none-match': etag })).toBe(304)
    expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304)
    expect(await status({ 'if-none-match': '*' })).toBe(304)
    expect(await status({ 'if-none-match': original })).toBe(200)
    expect(await status({ 'if-match': etag })).toBe(200)
    expect(await status({ 'if-match': '*' })).toBe(200)
    expect(await status({ 'if-match': original })).toBe(412)
    expect(await status({ 'if-none-match': '"a",'.repeat(3000) })).toBe(200)
    const held = await ask(name, 'image/resize,w_14', { headers: { 'if-none-match': etag } })
    expect([await held.text(), held.headers.get('etag')]).toEqual(['', etag])
    expect(made.jobs).toHaveLength(before)
  })

  it('chooses by what the client reads, and says so', async () => {
    const name = await uploaded()
    const auto = (headers: Record<string, string>) => ask(name, 'image/resize,w_15/format,auto', { headers })
    const answers = await Promise.all([
      auto({ accept: 'text/html,image/webp' }),
      auto({ accept: 'image/*' }),
      auto({ accept: `image/png,${'image/x,'.repeat(2000)}` }),
    ])
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
      'image/webp',
      'image/png',
      'image/png',
    ])
    const etags = answers.map(({ headers }) => headers.get('etag'))
    expect([etags[0] === etags[1], etags[1] === etags[2]]).toEqual([false, true])
    for (const { headers } of answers) expect(headers.get('vary')?.toLowerCase()).toContain('accept')
    const fixed = await ask(name, 'image/resize,w_15', { headers: { accept: 'image/webp' } })
    expect(fixed.headers.get('vary') ?? '').not.toMatch(/accept\b/i)
  })

  it.each([
    [{ 'content-type': 'image/gif' }, 200],
    [{ 'content-type': 'image/svg+xml' }, 200],
    [{ 'content-type': 'application/pdf' }, 200],
    [{ 'content-type': 'image/png', 'content-encoding': 'gzip' }, 200],
    [{ 'content-type': 'IMAGE/PNG; a=b' }, 400],
    [{ 'content-type': 'image/webp' }, 400],
  ] as const)(
    'leaves what is stored as %j as it is, whatever it says, where that is no picture: %i',
    async (headers, status) => {
      const body = bytes(10)
      const response = await ask(await v2.uploaded(body, headers), 'nonsense', {
        headers: { range: 'bytes=0-3' },
      })
      expect(response.status).toBe(status)
      if (status === 200) expect((await bodyOf(response)).length).toBe(10)
      expect(response.headers.get('accept-ranges')).toBeNull()
    },
  )

  describe('is kept by caches', () => {
    const cacheOf = async (headers: Json, more: Json = {}) => {
      const name = await uploaded({ ...PNG, ...headers }, more)
      const url = more['access'] === 'private' ? await v2.signed(name) : `/_asset/get/${name}?`
      return (await get(app, `${url}&pipeline=image/resize,w_20`)).headers.get('cache-control')
    }

    it('for good: what v2 stored is never another', async () => {
      expect(await cacheOf({})).toBe('public, max-age=31536000, immutable')
      expect(await cacheOf({ 'cache-control': 'max-age=5' })).toBe('public, max-age=31536000, immutable')
      expect(await cacheOf({}, { access: 'private' })).toBe('private, max-age=31536000, immutable')
    })

    it('but not where its owner said no', async () => {
      expect(await cacheOf({ 'cache-control': 'no-store' })).toBe('no-store')
      expect(await cacheOf({ 'cache-control': 'no-cache' }, { access: 'private' })).toBe('private, no-cache')
      expect(await cacheOf({ 'cache-control': 'private, max-age=5' })).toBe('private, max-age=5')
    })
  })
})

describe('a refusal says what is wrong, and nothing is made:', () => {
  it.each([
    ['nonsense', 'InvalidPipeline', 'invalid asset type: nonsense', undefined],
    ['image/zoom,w_2', 'InvalidPipeline', 'invalid operation: zoom', { operation: 'zoom,w_2' }],
    [
      'image/resize,w_5000',
      'InvalidPipeline',
      `value '5000' is not in range [1,4096]`,
      { operation: 'resize,w_5000' },
    ],
    [`image${'/grayscale'.repeat(11)}`, 'ImageTooLarge', 'query too long', undefined],
    [
      `image/watermark,image_${Buffer.from('nothing.png').toString('base64url')}`,
      'InvalidPipeline',
      'watermark: no such picture, or it may not be used here',
      undefined,
    ],
  ])('%s', async (pipeline, reason, message, info) => {
    const before = made.jobs.length
    expect(await refusal(await ask(await uploaded(), pipeline))).toEqual([400, reason, message, info])
    expect(made.jobs).toHaveLength(before)
  })

  it('too many pixels, by the header’s word and before any is read', async () => {
    const name = await uploaded(PNG, {}, claiming(picture, 60_000, 60_000))
    const before = made.jobs.length
    const [status, reason, message] = await refusal(await ask(name, 'image/resize,w_10'))
    expect([status, reason]).toEqual([400, 'ImageTooLarge'])
    expect(message).toContain('3600000000 pixels')
    expect(made.jobs).toHaveLength(before)
  })

  it.each([
    ['no picture', bytes(3000)],
    ['an empty header', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['a page', Uint8Array.from(Buffer.from('<html><script>alert(1)</script></html>'))],
  ])('%s under a picture’s type', async (_, body) => {
    const [status, reason] = await refusal(await ask(await uploaded(PNG, {}, body), 'image'))
    expect([status, reason]).toEqual([400, 'BadImage'])
  })

  it('what an app does not want', async () => {
    const images = { source_pixels: 1000, output_pixels: 100, operations: 1, source_bytes: 200 }
    const strict = await testApp({ images: made.images, document: { gear_config: { asset: { images } } } })
    const own = v2Of(strict, await strict.guest())
    const small = await own.uploaded(await png(20, 10), PNG)
    const wide = await own.uploaded(await png(60, 20), PNG)
    const heavy = await own.uploaded(new Uint8Array([...(await png(20, 10)), ...bytes(300)]), PNG)
    const of = async (name: string, pipeline: string) => {
      const response = await get(strict, at(name, pipeline))
      return response.status === 200 ? 200 : (await refusal(response)).slice(1, 3)
    }
    expect(await of(small, 'image/resize,w_10')).toBe(200)
    expect(await of(small, 'image')).toEqual([
      'ImageTooLarge',
      expect.stringContaining('the result has 200 pixels'),
    ])
    expect(await of(small, 'image/resize,w_10/grayscale')).toEqual(['ImageTooLarge', 'query too long'])
    expect(await of(wide, 'image/resize,w_10')).toEqual([
      'ImageTooLarge',
      expect.stringContaining('1200 pixels'),
    ])
    expect(await of(heavy, 'image/resize,w_10')).toEqual(['ImageTooLarge', expect.stringContaining('bytes')])
  })
})

describe('what is made', () => {
  const keptOf = async () => {
    const document = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
    const { objects } = await env.ASSETS.list({ prefix: `/${document.app_id}/` })
    return objects.map(({ key }) => key)
  }
  const keysOf = async (name: string) => (await keptOf()).filter((key) => key.includes(name))

  it('is in no list of assets, and no asset by any name', async () => {
    const name = await uploaded()
    await ask(name, 'image/resize,w_20')
    const [key = ''] = await keysOf(name)
    expect(key).not.toBe('')
    for (const query of ['', '?prefix=/', `?prefix=${encodeURIComponent(key.slice(0, 10))}`]) {
      const { text } = await v2.call('GET', `assets${query}`, undefined, { master: true })
      expect(text).not.toContain('!!')
    }
    for (const path of [key, key.slice(1), `..${key}`, key.slice(key.indexOf('/', 1) + 1)])
      expect((await get(app, `/_asset/get/${encodeURIComponent(path)}`)).status).toBe(404)
    expect((await get(app, `/_asset/get${key}`)).status).toBe(404)
    expect((await get(app, `/files${key}`)).status).not.toBe(200)
  })

  it('is kept of one asset up to a number, and answered beyond it', async () => {
    const name = await uploaded()
    await ask(name, 'image/resize,w_20')
    const [key = ''] = await keysOf(name)
    const start = key.slice(0, key.indexOf('!!') + 2)
    await Promise.all(Array.from({ length: 199 }, (_, i) => env.ASSETS.put(`${start}e-${i}`, 'x')))
    expect((await ask(name, 'image/resize,w_21')).status).toBe(200)
    expect(await keysOf(name)).toHaveLength(200)
  })

  it('goes with the asset', async () => {
    const [name, other] = [await uploaded(), await uploaded()]
    for (const pipeline of ['image/resize,w_20', 'image/resize,w_21']) await ask(name, pipeline)
    await ask(other, 'image/resize,w_20')
    expect(await keysOf(name)).toHaveLength(2)
    await v2.call('DELETE', `delete/${name}`, undefined, { master: true })
    expect([await keysOf(name), (await keysOf(other)).length]).toEqual([[], 1])
    expect((await ask(name, 'image/resize,w_20')).status).toBe(404)
  })

  it('of another app’s asset is nothing here, though it has the same name', async () => {
    const theirs = await testApp({ images: made.images })
    const name = await uploaded()
    await ask(name, 'image/resize,w_20')
    await theirs.guest()
    expect((await get(theirs, at(name, 'image/resize,w_20'))).status).toBe(404)
  })
})
