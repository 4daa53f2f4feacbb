import { beforeAll, describe, expect, it } from 'vitest'
import { IMAGE_HEADER_BYTES_MIN } from '../../../src/core/limits.ts'
import { fileOf } from '../../platform/images/sharp.ts'
import { testApp, type Json, type TestApp } from '../../support/app.ts'
import { bodyOf, get } from './assets.ts'
import { claiming, png, pngSize, type Rgba } from './pictures.ts'
import { v2Of } from './v2-calls.ts'

let app: TestApp
let v2: ReturnType<typeof v2Of>
beforeAll(async () => {
  app = await testApp()
  v2 = v2Of(app, await app.guest())
})

const uploaded = (body: Uint8Array<ArrayBuffer>) => v2.uploaded(body, { 'content-type': 'image/png' })
const ask = (name: string, pipeline: string) =>
  get(app, `/_asset/get/${name}?${String(new URLSearchParams({ pipeline }))}`)
/** Left half red, right half blue. */
const halves = (width: number, height: number) =>
  png(width, height, (x): Rgba => (x < width / 2 ? [255, 0, 0, 255] : [0, 0, 255, 255]))

/** From the request to the file, with nothing in between that is not real. */
describe('a picture that was asked for', () => {
  it.each([
    ['image/resize,w_200', [200, 150]],
    ['image/resize,m_fill,w_200,h_200', [200, 200]],
    ['image/resize,m_pad,w_64,h_64', [64, 64]],
    ['image/resize,w_100/rotate,90', [75, 100]],
    ['image/crop,w_30,h_20,g_center', [30, 20]],
  ])('by %s has the size %j', async (pipeline, size) => {
    const response = await ask(await uploaded(await halves(400, 300)), pipeline)
    expect(response.status).toBe(200)
    expect(pngSize(await bodyOf(response))).toEqual(size)
  })

  it.each([
    ['jpg', 'image/jpeg', [0xff, 0xd8, 0xff]],
    ['png', 'image/png', [0x89, 0x50, 0x4e, 0x47]],
    ['webp', 'image/webp', [0x52, 0x49, 0x46, 0x46]],
    ['avif', 'image/avif', [0, 0, 0]],
  ] as const)('as %s is one', async (format, type, start) => {
    const response = await ask(await uploaded(await halves(80, 60)), `image/resize,w_40/format,${format}`)
    const body = await bodyOf(response)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
    expect([...body.subarray(0, start.length)]).toEqual(start)
    expect(body.length).toBe(Number(response.headers.get('content-length')))
  })

  it('is turned upright by what a WebP says behind its pixels, however many they are', async () => {
    const [width, height] = [400, 300]
    const noise = new Uint8Array(width * height * 4)
    for (let at = 0; at < noise.length; at += 60_000) crypto.getRandomValues(noise.subarray(at, at + 60_000))
    const file = await fileOf({ width, height, data: new Uint8ClampedArray(noise) }, [
      ['removeAlpha'],
      ['withMetadata', { orientation: 6 }],
      ['webp', { lossless: true }],
    ])
    expect(file.length).toBeGreaterThan(IMAGE_HEADER_BYTES_MIN)
    const name = await v2.uploaded(file, { 'content-type': 'image/webp' })
    const response = await ask(name, 'image/resize,w_30/format,png')
    expect(pngSize(await bodyOf(response))).toEqual([30, 40])
  })

  it('comes back the same, made or kept', async () => {
    const name = await uploaded(await halves(80, 60))
    const [made, kept] = [await ask(name, 'image/resize,w_40'), await ask(name, 'image/resize,w_40')]
    expect(await bodyOf(kept)).toEqual(await bodyOf(made))
    expect(kept.headers.get('etag')).toBe(made.headers.get('etag'))
  })

  it('of a file that breaks off, or lies about its size, is refused and said to be damaged', async () => {
    const whole = await halves(80, 60)
    for (const body of [
      whole.slice(0, 60),
      whole.slice(0, -30),
      claiming(whole, 800, 600),
      claiming(whole, 8, 6),
    ]) {
      const response = await ask(await uploaded(body), 'image/resize,w_40')
      const { error } = await response.json<{ error: Json }>()
      expect([response.status, error['reason']]).toEqual([400, 'BadImage'])
    }
    expect((await ask(await uploaded(whole), 'image/resize,w_40')).status).toBe(200)
  })

  it('with a mark on it differs where the mark is', async () => {
    const name = await uploaded(await png(40, 40, () => [255, 255, 255, 255]))
    const mark = await uploaded(await png(10, 10, () => [0, 0, 0, 255]))
    const named = Buffer.from(mark).toString('base64url')
    const plain = await bodyOf(await ask(name, 'image'))
    const marked = await bodyOf(await ask(name, `image/watermark,image_${named},g_nw`))
    expect(pngSize(marked)).toEqual([40, 40])
    expect(marked).not.toEqual(plain)
  })
})
