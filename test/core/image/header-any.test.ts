import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sniffHeader } from '../../../src/core/image/header.ts'
import { IMAGE_HEADER_BYTES_MAX, PICTURE_SIDE_MAX } from '../../../src/core/limits.ts'
import * as made from '../../support/image-headers.ts'

const size = { width: 400, height: 300 }
const SAMPLES: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
  ['jpeg', made.jpeg({ ...size, before: [...made.app1(made.exif(6, 'MM')), ...made.profile(500)] })],
  ['progressive jpeg', made.jpeg({ ...size, sof: 0xc2, before: made.app1(made.exif(3)) })],
  [
    'png',
    made.png({ ...size, before: [...made.pngChunk('eXIf', made.exif(8)), ...made.pngChunk('tRNS', [1])] }),
  ],
  ['webp', made.webp(made.extended(400, 300), made.lossy(400, 300), made.webpChunk('EXIF', made.exif(6)))],
  ['small webp', made.webp(made.lossless(400, 300, true))],
  [
    'animated webp',
    made.webp(made.extended(400, 300, made.ANIMATION), made.animated(400, 300, made.lossy(400, 300))),
  ],
  ['gif', made.gif({ ...size, loops: true, isTransparent: true })],
]

describe('whatever the bytes are,', () => {
  /** What may be said of any bytes at all. */
  function expectSane(bytes: Uint8Array): void {
    const sniffed = sniffHeader(bytes)
    if (sniffed.kind === 'more') {
      expect(sniffed.wanted).toBeGreaterThan(bytes.length)
      expect(sniffed.wanted).toBeLessThanOrEqual(IMAGE_HEADER_BYTES_MAX)
    }
    if (sniffed.kind !== 'header') return
    const { format, width, height, orientation } = sniffed.header
    const max = format === 'png' ? 2 ** 31 - 1 : format === 'webp' ? 2 ** 24 : PICTURE_SIDE_MAX
    for (const side of [width, height]) expect(Number.isInteger(side) && side >= 1 && side <= max).toBe(true)
    expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(orientation)
  }

  it('nothing absurd is said of them', () => {
    const begun = fc.tuple(fc.constantFrom(...SAMPLES), fc.nat(40), fc.uint8Array({ maxLength: 300 }))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectSane))
    fc.assert(
      fc.property(begun, ([[, bytes], kept, rest]) =>
        expectSane(Uint8Array.of(...bytes.slice(0, kept), ...rest)),
      ),
    )
  })

  it('nothing absurd is said of a header in which some have changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(fc.constantFrom(...SAMPLES), changes, ([, bytes], changed) => {
        const copy = bytes.slice()
        for (const [at, value] of changed) copy[at % copy.length] = value
        expectSane(copy)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(SAMPLES)('a %s that is cut short is not whole, or all that it says is there', (_, bytes) => {
    const whole = sniffHeader(bytes)
    expect(whole.kind).toBe('header')
    for (let length = 0; length < bytes.length; length++) {
      const cut = sniffHeader(bytes.subarray(0, length))
      // EXIF of a WebP is behind its pixels, and heeded where it is there.
      if (cut.kind === 'header' && 'header' in whole)
        expect({ ...cut.header, orientation: whole.header.orientation }).toEqual(whole.header)
      else expect(cut.kind).toBe('more')
    }
  })

  it('a file that is no picture is unknown', () => {
    for (const file of ['<svg xmlns="http://www.w3.org/2000/svg">', 'BM and more bytes', '%PDF-1.7 and more'])
      expect(sniffHeader(new TextEncoder().encode(file)).kind).toBe('unknown')
  })

  it('a view into a larger buffer is read as itself', () => {
    const bytes = made.png(size)
    const larger = Uint8Array.of(1, 2, 3, ...bytes)
    expect(sniffHeader(larger.subarray(3))).toEqual(sniffHeader(bytes))
  })
})
