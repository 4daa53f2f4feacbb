import { expect, it } from 'vitest'
import { codecsBytes } from '../../../src/platform/images/codecs.ts'
import { headerOf, made } from './render.fixture.ts'
import { bySharp, drawing, fileOf } from './sharp.ts'

/** What the most demanding may take: a lossless WebP of as many pixels as are allowed takes 54 MiB of noise, 48 of a photograph. */
const HELD_BYTES_MAX = 56 * 1024 * 1024

const large = drawing(1600, 1200)
const small = drawing(1150, 860)

it('all codecs work in one memory, by turns, as large as one of them needs', async () => {
  const webp = await fileOf(large, [['webp', { lossless: true, effort: 0 }]])
  const png = await fileOf(small, [['png']])
  const rounds: unknown[] = []
  for (let round = 0; round < 2; round++) {
    const files: Uint8Array[] = []
    for (const format of ['avif', 'webp'] as const)
      files.push(await made(png, { header: headerOf(small), output: { format, quality: 85 } }))
    const steps = [{ do: 'resize', width: 160, height: 120 }] as const
    files.push(await made(webp, { header: headerOf(large, { format: 'webp' }), steps }))
    rounds.push([codecsBytes(), files])
  }
  expect(codecsBytes()).toBeLessThanOrEqual(HELD_BYTES_MAX)
  expect(rounds[1]).toEqual(rounds[0])
}, 60_000)

it('a codec that failed does not harm the next', async () => {
  const png = await fileOf(small, [['png']])
  const noise = crypto.getRandomValues(new Uint8Array(5000))
  const header = headerOf(small, { format: 'webp' })
  await expect(made(noise, { header })).rejects.toThrow('damaged')
  const file = await made(png, { header: headerOf(small), output: { format: 'webp', quality: 85 } })
  expect((await bySharp(file, [['png']])).info).toMatchObject({ width: 1150, height: 860 })
})
