import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { bodyOf, bytes, get, stored } from './assets.ts'
import { v2Of } from './v2-calls.ts'

let app: TestApp
let user: TestUser
let v2: ReturnType<typeof v2Of>
beforeAll(async () => {
  app = await testApp()
  user = await app.guest()
  v2 = v2Of(app, user)
})

/** v2 reference, section 4.7. */
describe('get', () => {
  it('of a private asset needs a signature: 401 and not a word without', async () => {
    const name = await v2.uploaded(bytes(10), {}, { access: 'private' })
    const without = await get(app, `/_asset/get/${name}`)
    expect([without.status, await without.text()]).toEqual([401, ''])
    const etag = (await get(app, await v2.signed(name))).headers.get('etag') ?? ''
    for (const headers of [{ 'if-none-match': etag }, { range: 'bytes=100-' }])
      expect(
        (await get(app, `/_asset/get/${name}`, { headers: headers as Record<string, string> })).status,
      ).toBe(401)
    const url = await v2.signed(name)
    expect(await bodyOf(await get(app, url))).toEqual(bytes(10))
    expect((await get(app, url, { method: 'HEAD' })).status).toBe(200)
    const forged = await get(app, url.replace(name, `x${name.slice(1)}`))
    expect(forged.status).toBe(400)
  })

  it('has ranges and conditions', async () => {
    const name = await v2.uploaded(bytes(10))
    const part = await get(app, `/_asset/get/${name}`, { headers: { range: 'bytes=2-3' } })
    expect([part.status, await bodyOf(part)]).toEqual([206, bytes(10).subarray(2, 4)])
    const headers = { 'if-none-match': part.headers.get('etag') ?? '' }
    expect((await get(app, `/_asset/get/${name}`, { headers })).status).toBe(304)
  })

  it('has the asset’s own word on other origins instead of the gateway’s', async () => {
    const own = await v2.uploaded(bytes(10), {
      'access-control-allow-origin': 'https://a.example',
      'access-control-max-age': '5',
    })
    const { headers } = await get(app, `/_asset/get/${own}`, { headers: { origin: 'https://b.example' } })
    expect(headers.get('access-control-allow-origin')).toBe('https://a.example')
    expect(headers.get('access-control-max-age')).toBe('5')
    const none = await v2.uploaded(bytes(10))
    expect((await get(app, `/_asset/get/${none}`)).headers.get('access-control-allow-origin')).toBe('*')
  })

  it('sends what was stored compressed as it is', async () => {
    const packed = new Response(
      new Blob(['hello hello hello']).stream().pipeThrough(new CompressionStream('gzip')),
    )
    const body = new Uint8Array(await packed.arrayBuffer())
    const name = await v2.uploaded(body, { 'content-encoding': 'gzip', 'content-type': 'text/plain' })
    const response = await get(app, `/_asset/get/${name}`)
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.get('content-length')).toBe(String(body.length))
  })

  it('shows nothing that could run, whatever the uploader wanted', async () => {
    const name = await v2.uploaded(bytes(10), {
      'content-type': 'text/html',
      'content-disposition': 'inline; filename="x.html"',
    })
    const { headers } = await get(app, `/_asset/get/${name}`)
    expect(headers.get('content-disposition')).toBe('attachment; filename="x.html"')
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  it('of a name with a folder, as v1’s can have, is by its signed URL, slashes escaped or not', async () => {
    const { name } = await stored(app, bytes(10), { filename: 'holiday/sun & sea.png' })
    const url = await v2.signed(name)
    expect(new URL(url).pathname).toContain('holiday%2F')
    for (const way of [url, url.replace('%2F', '/')])
      expect(await bodyOf(await get(app, way))).toEqual(bytes(10))
    expect((await get(app, url.replace('holiday%2F', 'holiday/x'))).status).toBe(400)
  })

  it('says the digest that the upload announced, of the whole file only', async () => {
    const md5 = createHash('md5').update(bytes(10)).digest('base64')
    const path = `/_asset/get/${await v2.uploaded(bytes(10), { 'content-md5': md5 })}`
    expect((await get(app, path)).headers.get('content-md5')).toBe(md5)
    expect((await get(app, path, { method: 'HEAD' })).headers.get('content-md5')).toBe(md5)
    const part = await get(app, path, { headers: { range: 'bytes=2-3' } })
    expect([part.status, part.headers.get('content-md5')]).toEqual([206, null])
  })

  it.each(['nothing.png', '..%2fother', 'a%2Fb', 'a/b', '%00', '%'])('of %s is 404', async (path) => {
    expect((await v2.call('GET', `get/${path}`)).error).toMatchObject({ name: 'NotFound', code: 404 })
  })
})
