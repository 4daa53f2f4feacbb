import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { IMAGE_FLIGHTS_MAX } from '../../../src/core/limits.ts'
import type { Images } from '../../../src/core/ports.ts'
import { err, ok } from '../../../src/core/result.ts'
import { testApp, type Json, type TestApp } from '../../support/app.ts'
import { bytes, get, send, stored } from './assets.ts'
import { countedImages, png } from './pictures.ts'
import { MASTER, v2Of } from './v2-calls.ts'

const and = (url: string, pipeline: string) => `${url}&${String(new URLSearchParams({ pipeline }))}`
const errorOf = async (response: Response) => (await response.json<{ error: Json }>()).error

/** v1's dialect of v2's pipelines: `/files/{name}?pipeline=…`. */
describe('/files with a pipeline', () => {
  let app: TestApp
  const made = countedImages()
  beforeAll(async () => {
    app = await testApp({ images: made.images })
  })

  it('makes a picture for whoever has the signed URL, and lets its cache forget it as the file', async () => {
    const { url } = await stored(app, await png(40, 30))
    const response = await get(app, and(url, 'image/resize,w_20'))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(response.headers.get('cache-control')).toBe('private, max-age=900')
    expect((await get(app, and(url, 'image/resize,w_20'), { method: 'HEAD' })).headers.get('etag')).toBe(
      response.headers.get('etag'),
    )
  })

  it('is refused without it as the file is, whatever the pipeline', async () => {
    const { url } = await stored(app, await png(40, 30))
    const { pathname } = new URL(url)
    const plain = await (await get(app, pathname)).text()
    for (const pipeline of ['image/resize,w_20', 'nonsense']) {
      const response = await get(app, and(`${pathname}?`, pipeline))
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(await response.text()).toBe(plain)
    }
  })

  it.each([
    ['nonsense', 400, 108, { arguments: ['pipeline'] }],
    ['image/zoom', 400, 108, { arguments: ['pipeline'], operation: 'zoom' }],
    [`image${'/grayscale'.repeat(11)}`, 413, 129, undefined],
  ] as const)('says in v1’s words what is wrong with %s', async (pipeline, status, code, info) => {
    const { url } = await stored(app, await png(40, 30))
    const response = await get(app, and(url, pipeline))
    const error = await errorOf(response)
    expect([response.status, error['code'], error['info']]).toEqual([status, code, info])
  })

  it('says that a file is no picture', async () => {
    const { url } = await stored(app, bytes(100))
    const response = await get(app, and(url, 'image'))
    expect([response.status, (await errorOf(response))['code']]).toEqual([400, 107])
  })

  it('makes it anew where the file was replaced, and forgets the old one', async () => {
    const { url, name } = await stored(app, await png(40, 30))
    const first = await get(app, and(url, 'image/resize,w_20'))
    const master = { 'x-skygear-api-key': app.masterKey }
    expect((await send(app, `/files/${encodeURIComponent(name)}`, await png(60, 30), master)).status).toBe(
      200,
    )
    const second = await get(app, and(url, 'image/resize,w_20'))
    expect(await second.text()).toContain('"height":10')
    expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'))
    const { objects } = await env.ASSETS.list()
    expect(objects.filter(({ key }) => key.includes(name) && key.startsWith('/'))).toHaveLength(1)
  })

  it('makes so many at a time, and in a flood tells all others to wait before anything is read', async () => {
    const { url } = await stored(app, await png(40, 30))
    const before = made.jobs.length
    const release = made.hold()
    const statuses: number[] = []
    const flood = Promise.all(
      Array.from({ length: IMAGE_FLIGHTS_MAX + 20 }, async (_, i) => {
        statuses.push((await get(app, and(url, `image/resize,w_${i + 2},h_9`))).status)
      }),
    )
    await vi.waitFor(() => expect(statuses).toEqual(Array.from({ length: 20 }, () => 503)), 20_000)
    expect(made.jobs.length - before).toBe(IMAGE_FLIGHTS_MAX)
    release()
    await flood
    expect(statuses.filter((status) => status === 200)).toHaveLength(IMAGE_FLIGHTS_MAX)
    expect((await get(app, and(url, `image/resize,w_${IMAGE_FLIGHTS_MAX + 21},h_9`))).status).toBe(200)
  })

  it('replaces nothing that v2 stored, which caches keep for good', async () => {
    const v2 = v2Of(app, await app.guest())
    const name = await v2.uploaded(await png(4, 4), { 'content-type': 'image/png' })
    const response = await send(app, `/files/${name}`, bytes(10), { 'x-skygear-api-key': app.masterKey })
    expect([response.status, (await errorOf(response))['code']]).toEqual([409, 109])
    expect((await v2.call('DELETE', `delete/${name}`, undefined, MASTER)).status).toBe(200)
  })
})

describe('where no picture can be made', () => {
  let app: TestApp
  let url: string
  let v2Url: string
  let fault: 'busy' | 'damaged' | 'unsupported' | null
  let jobs = 0
  const images: Images = {
    async render() {
      jobs++
      return fault ? err(fault) : ok(new Uint8Array([1, 2, 3]))
    },
  }
  beforeAll(async () => {
    app = await testApp({ images })
    ;({ url } = await stored(app, await png(40, 30)))
    v2Url = `/_asset/get/${await v2Of(app, await app.guest()).uploaded(await png(40, 30), { 'content-type': 'image/png' })}?`
  })
  beforeEach(() => {
    jobs = 0
  })

  it('for now, who asks hears when to ask again', async () => {
    fault = 'busy'
    const [v1, v2] = [
      await get(app, and(url, 'image/resize,w_2')),
      await get(app, and(v2Url, 'image/resize,w_2')),
    ]
    for (const response of [v1, v2])
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await errorOf(v1))['name']).toBe('ResponseTimeout')
    expect((await errorOf(v2))['reason']).toBe('ServiceUnavailable')
  })

  it.each(['damaged', 'unsupported'] as const)('at all (%s), it is the caller’s doing', async (what) => {
    fault = what
    expect((await get(app, and(url, 'image/resize,w_3'))).status).toBe(400)
    const v2 = await get(app, and(v2Url, 'image/resize,w_3'))
    expect([v2.status, (await errorOf(v2))['reason']]).toEqual([400, 'BadImage'])
  })

  it('nothing is remembered of it, and HEAD says the same as GET', async () => {
    fault = 'damaged'
    for (const method of ['GET', 'HEAD', 'GET'])
      expect((await get(app, and(v2Url, 'image/resize,w_4'), { method })).status).toBe(400)
    fault = null
    const response = await get(app, and(v2Url, 'image/resize,w_4'))
    expect([response.status, response.headers.get('content-length'), jobs]).toEqual([200, '3', 4])
  })

  it('no cache may keep the refusal', async () => {
    fault = 'damaged'
    const response = await get(app, and(v2Url, 'image/resize,w_5'))
    expect([response.headers.get('cache-control'), response.headers.get('etag')]).toEqual([null, null])
  })
})
