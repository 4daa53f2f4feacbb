import { describe, expect, it } from 'vitest'
import { sniffHeader } from '../../../src/core/image/header.ts'
import type { ImageHeader } from '../../../src/core/image/image.ts'
import * as made from '../../support/image-headers.ts'

const size = { width: 400, height: 300 }
const said = (bytes: Uint8Array): Partial<ImageHeader> | string => {
  const sniffed = sniffHeader(bytes)
  return sniffed.kind === 'header' ? sniffed.header : sniffed.kind
}
const plain = {
  ...size,
  orientation: 1,
  hasAlpha: false,
  isAnimated: false,
  isProgressive: false,
  isDeep: false,
}

describe('the header of a JPEG', () => {
  it('says its size', () => expect(said(made.jpeg(size))).toEqual({ format: 'jpeg', ...plain }))

  it.each([
    ['baseline', 0xc0, false],
    ['extended', 0xc1, false],
    ['progressive', 0xc2, true],
  ])('is %s', (_, sof, isProgressive) => {
    expect(said(made.jpeg({ ...size, sof }))).toMatchObject({ isProgressive })
  })

  it('is as a progressive one’s where each component has its own scan', () => {
    expect(said(made.jpeg({ ...size, scanned: 1 }))).toMatchObject({ isProgressive: true })
    expect(said(made.jpeg({ ...size, components: 1 }))).toMatchObject({ isProgressive: false })
  })

  it.each([1, 3, 4])('can be of %i components', (components) => {
    expect(said(made.jpeg({ ...size, components }))).toMatchObject(size)
  })

  const orders = ['II', 'MM'] as const
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8]
  it.each(orders.flatMap((order) => orientations.map((orientation) => [order, orientation] as const)))(
    'says by EXIF how it lies: %s %i',
    (order, orientation) => {
      const before = made.app1(made.exif(orientation, order))
      expect(said(made.jpeg({ ...size, before }))).toEqual({ format: 'jpeg', ...plain, orientation })
    },
  )

  it.each<[string, readonly number[]]>([
    ['0', made.app1(made.exif(0))],
    ['9', made.app1(made.exif(9))],
    ['of another type', made.app1(made.exif(6, 'II', 4))],
    ['behind the end', made.app1(made.exif(6).slice(0, -10))],
    ['in no TIFF', made.app1([1, 2, 3])],
    ['in an empty segment', made.segment(0xe1, [])],
    ['of a second EXIF', [...made.app1(made.exif(1)), ...made.app1(made.exif(6))]],
  ])('lies as it is where its orientation is %s', (_, before) => {
    expect(said(made.jpeg({ ...size, before }))).toMatchObject({ orientation: 1 })
  })

  it('is found behind a profile of two megabytes, and asks for what it lacks', () => {
    const bytes = made.jpeg({ ...size, before: [...made.profile(2_000_000), ...made.app1(made.exif(6))] })
    let [length, reads] = [64 * 1024, 0]
    let sniffed = sniffHeader(bytes.subarray(0, length))
    for (; sniffed.kind === 'more'; reads++) {
      expect(sniffed.wanted).toBeGreaterThan(length)
      length = sniffed.wanted
      sniffed = sniffHeader(bytes.subarray(0, length))
    }
    expect(sniffed).toMatchObject({ header: { ...size, orientation: 6 } })
    expect(reads).toBeLessThan(100)
  })

  it.each<[string, Partial<made.Jpeg>]>([
    ['lossless', { sof: 0xc3 }],
    ['hierarchical', { sof: 0xc5 }],
    ['arithmetic', { sof: 0xc9 }],
    ['progressive and arithmetic', { sof: 0xca }],
    ['of 12 bits', { sof: 0xc1, precision: 12 }],
    ['of two components', { components: 2 }],
    ['of five components', { components: 5 }],
    ['as high as its scan says', { height: 0 }],
    ['of two frames', { behind: made.segment(0xc0, [8, 0, 9, 0, 9, 1, 1, 0x11, 0]) }],
  ])('is of no kind that is read: %s', (_, odd) => {
    expect(said(made.jpeg({ ...size, ...odd }))).toBe('unsupported')
  })

  it.each<[string, Uint8Array]>([
    ['no width', made.jpeg({ ...size, width: 0 })],
    ['no component', made.jpeg({ ...size, components: 0 })],
    ['a frame that is too short', made.jpeg({ ...size, before: made.segment(0xc0, [8, 0, 1]) })],
    ['a segment shorter than its length', made.jpeg({ ...size, before: [0xff, 0xe0, 0, 1] })],
    ['a scan before its frame', made.jpeg({ ...size, before: made.segment(0xda, [1, 1, 0, 0, 63, 0]) })],
    ['an end before its frame', made.jpeg({ ...size, before: [0xff, 0xd9, 0, 0] })],
    ['something between its segments', made.jpeg({ ...size, before: [0] })],
  ])('is broken: %s', (_, bytes) => expect(said(bytes)).toBe('unknown'))
})

describe('the header of a PNG', () => {
  it.each([
    [0, 1, false, false],
    [0, 16, false, true],
    [2, 8, false, false],
    [2, 16, false, true],
    [3, 2, false, false],
    [3, 8, false, false],
    [4, 8, true, false],
    [6, 8, true, false],
    [6, 16, true, true],
  ])('of color type %i and %i bits says what it holds', (colorType, depth, hasAlpha, isDeep) => {
    expect(said(made.png({ ...size, colorType, depth }))).toEqual({
      format: 'png',
      ...plain,
      hasAlpha,
      isDeep,
    })
  })

  it('has alpha where its palette has', () => {
    const before = [...made.pngChunk('PLTE', [1, 2, 3]), ...made.pngChunk('tRNS', [0])]
    expect(said(made.png({ ...size, colorType: 3, before }))).toMatchObject({ hasAlpha: true })
  })

  it('is animated by a chunk that says so', () => {
    const before = made.pngChunk('acTL', [0, 0, 0, 2, 0, 0, 0, 0])
    expect(said(made.png({ ...size, before }))).toMatchObject({ isAnimated: true })
  })

  it('says by EXIF how it lies', () => {
    const before = [...made.pngChunk('iCCP', [1, 2]), ...made.pngChunk('eXIf', made.exif(8, 'MM'))]
    expect(said(made.png({ ...size, before }))).toMatchObject({ orientation: 8 })
  })

  it.each<[string, Partial<made.Png>]>([
    ['no width', { width: 0 }],
    ['no height', { height: 0 }],
    ['sides past what a PNG has', { width: 2 ** 31 }],
    ['depths that its color type has not', { colorType: 2, depth: 4 }],
    ['another color type', { colorType: 5 }],
    ['no pixels', { before: made.pngChunk('IEND', []) }],
    ['a chunk past what a PNG has', { before: [255, 0, 0, 0, 65, 65, 65, 65] }],
  ])('is broken: %s', (_, odd) => expect(said(made.png({ ...size, ...odd }))).toBe('unknown'))
})

describe('the header of a WebP', () => {
  it.each<[string, Uint8Array, object]>([
    ['lossy', made.webp(made.lossy(400, 300)), {}],
    ['lossless', made.webp(made.lossless(400, 300)), {}],
    ['lossless with alpha', made.webp(made.lossless(400, 300, true)), { hasAlpha: true }],
    ['extended', made.webp(made.extended(400, 300), made.lossy(400, 300)), {}],
    [
      'extended with alpha',
      made.webp(made.extended(400, 300, made.ALPHA), made.webpChunk('ALPH', [1]), made.lossy(400, 300)),
      { hasAlpha: true },
    ],
    [
      'extended with EXIF',
      made.webp(made.extended(400, 300), made.lossy(400, 300), made.webpChunk('EXIF', made.exif(6))),
      { orientation: 6 },
    ],
    [
      'animated',
      made.webp(
        made.extended(400, 300, made.ANIMATION),
        made.animated(200, 100, made.lossless(200, 100), 200),
      ),
      { isAnimated: true },
    ],
  ])('is %s', (_, bytes, different) => {
    expect(said(bytes)).toEqual({ format: 'webp', ...plain, ...different })
  })

  it('has sides of up to 14 bits', () => {
    expect(said(made.webp(made.lossless(16_384, 16_384)))).toMatchObject({ width: 16_384, height: 16_384 })
    expect(said(made.webp(made.lossy(16_383, 1)))).toMatchObject({ width: 16_383, height: 1 })
  })

  it.each<[string, Uint8Array]>([
    ['a frame larger than the canvas', made.webp(made.extended(40, 30), made.lossy(400, 300))],
    [
      'a frame of an animation outside of the canvas',
      made.webp(made.extended(400, 300), made.animated(400, 300, made.lossy(400, 300), 2)),
    ],
    [
      'a frame of an animation larger than it says',
      made.webp(made.extended(400, 300), made.animated(4, 3, made.lossy(400, 300))),
    ],
    ['no width', made.webp(made.lossy(0, 300))],
    ['a frame that is no key frame', made.webp(made.webpChunk('VP8 ', [1, ...made.lossy(1, 1).slice(9)]))],
    ['another chunk', made.webp(made.webpChunk('ABCD', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))],
    ['a short VP8X', made.webp(made.webpChunk('VP8X', [0, 0]))],
  ])('is broken: %s', (_, bytes) => expect(said(bytes)).toBe('unknown'))
})

describe('the header of a GIF', () => {
  it.each<[string, Partial<made.Gif>, object]>([
    ['plain', {}, {}],
    ['transparent', { isTransparent: true }, { hasAlpha: true }],
    ['transparent around its frame', { frame: [10, 10, 20, 20] }, { hasAlpha: true }],
    ['animated', { loops: true }, { isAnimated: true }],
  ])('is %s', (_, odd, different) => {
    expect(said(made.gif({ ...size, ...odd }))).toEqual({ format: 'gif', ...plain, ...different })
  })

  it.each<[string, Partial<made.Gif>]>([
    ['no width', { width: 0, frame: [0, 0, 0, 300] }],
    ['a frame outside of the screen', { frame: [1, 0, 400, 300] }],
    ['a frame larger than the screen', { frame: [0, 0, 65_535, 65_535] }],
  ])('is broken: %s', (_, odd) => expect(said(made.gif({ ...size, ...odd }))).toBe('unknown'))
})
