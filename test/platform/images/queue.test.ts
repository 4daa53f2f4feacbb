import { expect, it, vi } from 'vitest'
import type { ImagePlan } from '../../../src/core/image/image.ts'
import { IMAGE_QUEUE_MAX, IMAGE_WAIT_SECONDS_MAX } from '../../../src/core/limits.ts'
import { photonImages } from '../../../src/platform/images/photon-images.ts'

const plan: ImagePlan = {
  header: {
    format: 'jpeg',
    width: 8,
    height: 8,
    orientation: 1,
    hasAlpha: false,
    isAnimated: false,
    isProgressive: false,
    isDeep: false,
  },
  marks: [],
  shrink: 1,
  steps: [],
  output: { format: 'jpeg', quality: 80 },
}
const source = { picture: new Uint8Array(), marks: [] }

it('pictures are loaded and made one at a time, in the order in which they were asked for', async () => {
  const images = photonImages()
  const log: string[] = []
  const render = (name: string) =>
    images.render(plan, async () => {
      log.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      log.push(`${name} ends`)
      return source
    })
  await Promise.all(['a', 'b', 'c'].map(render))
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

it('some wait, and beyond that it is busy, without a look at the bytes', async () => {
  const images = photonImages()
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const held = Array.from({ length: IMAGE_QUEUE_MAX + 1 }, () =>
    images.render(plan, () => released.then(() => source)),
  )
  const loaded: string[] = []
  const late = await images.render(plan, async () => {
    loaded.push('late')
    return source
  })
  expect(late).toEqual({ ok: false, error: 'busy' })
  expect(loaded).toEqual([])
  release()
  for (const result of await Promise.all(held)) expect(result).toEqual({ ok: false, error: 'damaged' })
})

it('a picture that cannot be loaded is its own request’s matter, and the next one’s turn', async () => {
  const images = photonImages()
  const broken = images.render(plan, () => Promise.reject(new Error('no such file')))
  const next = images.render(plan, async () => source)
  await expect(broken).rejects.toThrow('no such file')
  expect(await next).toEqual({ ok: false, error: 'damaged' })
})

it('a picture that never ends holds the others up for a while only', async () => {
  const images = photonImages()
  const from = Date.now()
  const at = (seconds: number) => vi.setSystemTime(from + seconds * 1000)
  try {
    at(0)
    void images.render(plan, () => new Promise(() => undefined))
    const early = images.render(plan, async () => source)
    at(IMAGE_WAIT_SECONDS_MAX - 10)
    const late = images.render(plan, async () => source)
    at(IMAGE_WAIT_SECONDS_MAX)
    await new Promise((resolve) => setTimeout(resolve, 50))
    at(IMAGE_WAIT_SECONDS_MAX + 1)
    // Who has slept for as long has lost the place.
    expect(await early).toEqual({ ok: false, error: 'busy' })
    expect(await late).toEqual({ ok: false, error: 'damaged' })
  } finally {
    vi.useRealTimers()
  }
})
