import { describe, expect, it } from 'vitest'
import type { ImageHeader } from '../../../src/core/image/image.ts'
import { mark, planned, png, type Setting } from '../../support/image-plan.ts'

describe('a pipeline asks for too much:', () => {
  const sized = (width: number, height: number, odd: Partial<ImageHeader> = {}): ImageHeader => ({
    ...png,
    width,
    height,
    ...odd,
  })
  const jpeg = { format: 'jpeg' } as const
  it.each<[string, string, ImageHeader, Setting, string]>([
    [
      'the file',
      '',
      png,
      { bytes: 20_971_521 },
      'the picture has 20971521 bytes; at most 20971520 are allowed',
    ],
    [
      'an app’s for the file',
      '',
      png,
      { limits: { bytes: 999 } },
      'the picture has 1000 bytes; at most 999 are allowed',
    ],
    [
      'the file and its marks',
      mark,
      png,
      { bytes: 10_485_761, marks: [png] },
      'the picture with its marks has 20971522 bytes; at most 20971520 are allowed',
    ],
    [
      'the picture',
      'resize,w_9',
      sized(24_001, 1000, jpeg),
      {},
      'the picture has 24001000 pixels; at most 24000000 are allowed',
    ],
    [
      'an app’s for the picture',
      '',
      png,
      { limits: { pixels: 119_999 } },
      'the picture has 120000 pixels; at most 119999 are allowed',
    ],
    [
      'a mark',
      mark,
      png,
      { marks: [sized(1001, 1000)] },
      'a mark has 1001000 pixels; at most 1000000 are allowed',
    ],
    ['a PNG', 'resize,w_9', sized(6001, 1000), {}, 'a png has 6001000 pixels; at most 6000000 are allowed'],
    [
      'a PNG of 16 bits',
      'resize,w_9',
      sized(3001, 1000, { isDeep: true }),
      {},
      'a png of 16 bits has 3001000 pixels; at most 3000000 are allowed',
    ],
    [
      'a WebP',
      'resize,w_9',
      sized(4195, 1000, { format: 'webp' }),
      {},
      'a webp has 4195000 pixels; at most 4194304 are allowed',
    ],
    [
      'an animated one',
      'resize,w_9',
      sized(2001, 1000, { format: 'webp', isAnimated: true }),
      {},
      'a gif or an animated webp has 2001000 pixels; at most 2000000 are allowed',
    ],
    [
      'a GIF',
      'resize,w_9',
      sized(2001, 1000, { format: 'gif' }),
      {},
      'a gif or an animated webp has 2001000 pixels; at most 2000000 are allowed',
    ],
    [
      'a PNG that is held whole',
      'crop,w_9/resize,w_8',
      sized(4195, 1000),
      {},
      'a png that no resize makes smaller first has 4195000 pixels; at most 4194304 are allowed',
    ],
    [
      'a JPEG that is held whole',
      'crop,w_9/resize,w_8',
      sized(13_001, 1000, jpeg),
      {},
      'a jpeg that no resize makes smaller first has 13001000 pixels; at most 13000000 are allowed',
    ],
    [
      'a progressive one that is read at full size',
      'resize,w_4096/resize,w_9',
      sized(6001, 1000, { ...jpeg, isProgressive: true }),
      {},
      'a jpeg of several scans, at full size, has 6001000 pixels; at most 6000000 are allowed',
    ],
    [
      'a picture before a crop and after it',
      'crop,w_3000,h_2001/resize,w_9',
      sized(4000, 3000, jpeg),
      {},
      'the picture before and after a crop has 18003000 pixels; at most 18000000 are allowed',
    ],
    [
      'one before a turn and after it',
      `${mark}/resize,w_9`,
      sized(4000, 3000, { ...jpeg, orientation: 6 }),
      { marks: [png] },
      'the picture before and after a turn has 24000000 pixels; at most 18000000 are allowed',
    ],
    ['what is made', '', sized(2100, 2000), {}, 'the result has 4200000 pixels; at most 4194304 are allowed'],
    [
      'an app’s for what is made',
      '',
      png,
      { limits: { outputPixels: 119_999 } },
      'the result has 120000 pixels; at most 119999 are allowed',
    ],
    [
      'a WebP that is made',
      'format,webp',
      sized(2001, 1000),
      {},
      'the result, as webp, has 2001000 pixels; at most 2000000 are allowed',
    ],
    [
      'a WebP’s sides',
      'format,webp',
      sized(16_384, 10),
      {},
      'a side of the result, as webp, has 16384 pixels; at most 16383 are allowed',
    ],
    [
      'a JPEG’s sides',
      'format,jpg',
      sized(65_501, 10),
      {},
      'a side of the result, as jpeg, has 65501 pixels; at most 65500 are allowed',
    ],
    [
      'an AVIF that is made',
      'format,avif',
      sized(1001, 1000),
      {},
      'the result, as avif, has 1001000 pixels; at most 1000000 are allowed',
    ],
    [
      'a canvas',
      'resize,m_pad,w_4096,h_4096/resize,w_10',
      sized(5000, 10),
      {},
      'a canvas has 16777216 pixels; at most 4194304 are allowed',
    ],
  ])('%s', (_, text, header, setting, message) => {
    expect(planned(text, header, setting)).toMatchObject({ ok: false, error: { kind: 'limit', message } })
  })

  it('but a phone’s photograph is not, nor one of 24 megapixels', () => {
    for (const isProgressive of [false, true])
      for (const header of [sized(4000, 3000, jpeg), sized(6000, 4000, jpeg)])
        expect(planned('resize,w_1600', { ...header, isProgressive }).ok).toBe(true)
    const odd = sized(4897, 4900, { ...jpeg, isProgressive: true })
    expect(planned('resize,m_fixed,w_2449,h_2450/resize,w_9', odd).ok).toBe(true)
  })

  it('but all that is allowed is not', () => {
    expect(planned('', png, { bytes: 20_971_520 }).ok).toBe(true)
    expect(planned('format,png', sized(2048, 2048)).ok).toBe(true)
    expect(planned('resize,w_9', sized(6000, 1000)).ok).toBe(true)
    expect(planned('resize,w_3000/resize,w_9', sized(6000, 4000, jpeg)).ok).toBe(true)
    expect(planned('resize,w_4096/resize,w_9', sized(6000, 4000, jpeg)).ok).toBe(true)
    expect(planned('crop,w_3000,h_2000/resize,w_9', sized(4000, 3000, jpeg)).ok).toBe(true)
    expect(planned(`${mark}/resize,w_9`, sized(4000, 3000, jpeg), { marks: [png] }).ok).toBe(true)
    expect(planned('resize,w_2048/blur,s_9', sized(4096, 4096, jpeg)).ok).toBe(true)
    expect(planned('format,webp', sized(2000, 1000)).ok).toBe(true)
    expect(planned('format,avif', sized(1000, 1000)).ok).toBe(true)
  })
})
