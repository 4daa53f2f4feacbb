import { beforeAll, describe, expect, it } from 'vitest'
import type { ImageHeader } from '../../../src/core/image/image.ts'
import { ALIKE, faultOf, headerOf, made } from './render.fixture.ts'
import { bySharp, difference, drawing, fileOf, likeness, pixelsOf } from './sharp.ts'
import type { SharpJob } from './sharp-server.ts'

const picture = drawing(400, 300)
let png: Uint8Array
beforeAll(async () => {
  png = await fileOf(picture, [['removeAlpha'], ['png']])
})

describe('a file is read that is', () => {
  const rows: readonly [string, Partial<ImageHeader>, SharpJob['calls']][] = [
    ['a PNG of a palette', {}, [['png', { palette: true }]]],
    ['a PNG of 16 bits', { isDeep: true }, [['toColourspace', 'rgb16'], ['png']]],
    ['a PNG of gray', {}, [['toColourspace', 'b-w'], ['png']]],
    ['an interlaced PNG', {}, [['png', { progressive: true }]]],
    ['a lossless WebP', { format: 'webp' }, [['webp', { lossless: true }]]],
    ['a lossy WebP', { format: 'webp' }, [['webp', { quality: 90 }]]],
    ['a GIF', { format: 'gif' }, [['gif']]],
    ['a JPEG', { format: 'jpeg' }, [['jpeg', { quality: 90 }]]],
    ['a progressive JPEG', { format: 'jpeg', isProgressive: true }, [['jpeg', { progressive: true }]]],
    [
      'a JPEG in CMYK',
      { format: 'jpeg' },
      [
        ['toColourspace', 'cmyk'],
        ['jpeg', { quality: 90 }],
      ],
    ],
    [
      'a JPEG with a color profile',
      { format: 'jpeg' },
      [
        ['withIccProfile', 'p3'],
        ['jpeg', { quality: 90 }],
      ],
    ],
  ]
  it.each(rows)('%s', async (title, header, calls) => {
    const file = await fileOf(picture, [['removeAlpha'], ...calls])
    const ours = await pixelsOf(await made(file, { header: headerOf(picture, header) }))
    // Colors are taken as they are; sharp reads them by the profile, and inks by one of its own.
    expect(likeness(ours, await pixelsOf(file))).toBeGreaterThan(/CMYK|profile/.test(title) ? 0.85 : ALIKE)
  })

  it.each(['gif', 'webp'] as const)('an animated %s: its first picture', async (format) => {
    const second = drawing(400, 300, () => 255)
    second.data.fill(90)
    const both = { width: 400, height: 600, data: new Uint8ClampedArray([...picture.data, ...second.data]) }
    const raw = { raw: { width: 400, height: 600, channels: 4, pageHeight: 300 } }
    const { bytes } = await bySharp(new Uint8Array(both.data), [[format, { loop: 0 }]], raw)
    const ours = await made(bytes, {
      header: headerOf(picture, { format, isAnimated: true, hasAlpha: true }),
    })
    expect(likeness(await pixelsOf(ours), await pixelsOf(bytes))).toBeGreaterThan(0.95)
  })
})

describe('a file is damaged', () => {
  const formats: readonly [ImageHeader['format'], Partial<ImageHeader>, SharpJob['calls']][] = [
    ['jpeg', {}, [['jpeg']]],
    ['jpeg', { isProgressive: true }, [['jpeg', { progressive: true }]]],
    ['png', {}, [['png']]],
    ['webp', {}, [['webp']]],
    ['gif', {}, [['gif']]],
  ]
  it.each(formats)('that ends early, wherever: %s %j', async (format, more, calls) => {
    const file = await fileOf(picture, [['removeAlpha'], ...calls])
    const header = headerOf(picture, { format, ...more })
    for (let i = 0; i < 20; i++)
      expect(await faultOf(file.subarray(0, Math.floor((file.length * i) / 20)), header), `${i}/20`).toBe(
        'damaged',
      )
    expect(await faultOf(file, header)).toBe(null)
  })

  it.each(['jpeg', 'png', 'webp', 'gif'] as const)('that is anything else but a %s', async (format) => {
    const noise = crypto.getRandomValues(new Uint8Array(5000))
    expect(await faultOf(noise, headerOf(picture, { format }))).toBe('damaged')
  })

  it.each(formats)('that has another size than its header said: %s %j', async (format, more, calls) => {
    const file = await fileOf(picture, [['removeAlpha'], ...calls])
    expect(await faultOf(file, headerOf({ width: 300, height: 400 }, { format, ...more }))).toBe('damaged')
  })

  it('and the next one is made as if nothing had been', async () => {
    await faultOf(png.subarray(0, 500), headerOf(picture))
    expect(difference(await pixelsOf(await made(png, { header: headerOf(picture) })), picture).max).toBe(0)
  })
})
