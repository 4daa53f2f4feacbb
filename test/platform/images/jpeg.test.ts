import { describe, expect, it } from 'vitest'
import type { Shrink } from '../../../src/core/image/image.ts'
import type { Pixels } from '../../../src/platform/images/pixels.ts'
import { decodeJpeg } from '../../../src/platform/jpeg/decode.ts'
import { type JpegLayout, writeJpeg } from './jpeg-writer.ts'
import { bySharp, difference, drawing, fileOf, likeness, pixelsOf } from './sharp.ts'

function decoded(
  file: Uint8Array,
  size: { width: number; height: number },
  shrink: Shrink = 1,
): Pixels | string {
  const out = { width: Math.ceil(size.width / shrink), height: Math.ceil(size.height / shrink) }
  const rows: number[] = []
  const read = decodeJpeg(file, size, shrink, (rgba, count) =>
    rows.push(...rgba.subarray(0, count * out.width * 4)),
  )
  return read.ok ? { ...out, data: Uint8ClampedArray.from(rows) } : read.error
}
function pixels(file: Uint8Array, size: { width: number; height: number }, shrink: Shrink = 1): Pixels {
  const read = decoded(file, size, shrink)
  if (typeof read === 'string') throw new Error(read)
  return read
}

/** Of a plane: means that differ from block to block. */
const means = (component: number, x: number, y: number) =>
  40 * Math.sin(x * 1.3 + component) + 30 * Math.cos(y * 0.9)
const COLOR: JpegLayout = {
  width: 75,
  height: 53,
  sampling: [
    [1, 1],
    [1, 1],
    [1, 1],
  ],
}

describe('a JPEG is read as libjpeg reads it,', () => {
  const rows: readonly [string, Partial<JpegLayout>, number][] = [
    ['with all colors whole', {}, 2],
    ['with restart markers', { restartInterval: 3 }, 2],
    ['with more restart markers than numbers for them', { restartInterval: 1 }, 2],
    ['with codes of 16 bits', { codeBits: 16 }, 2],
    ['with a scan for each color', { isSplit: true }, 2],
    ['with a scan for each color and restart markers', { isSplit: true, restartInterval: 4 }, 2],
    // libjpeg draws chromas smoother that are repeated.
    [
      'with half the colors across',
      {
        sampling: [
          [2, 1],
          [1, 1],
          [1, 1],
        ],
      },
      45,
    ],
    [
      'with half the colors down',
      {
        sampling: [
          [1, 2],
          [1, 1],
          [1, 1],
        ],
      },
      45,
    ],
    [
      'with a quarter of the colors',
      {
        sampling: [
          [2, 2],
          [1, 1],
          [1, 1],
        ],
      },
      45,
    ],
    [
      'with a quarter of the colors across',
      {
        sampling: [
          [4, 1],
          [1, 1],
          [1, 1],
        ],
      },
      60,
    ],
    [
      'with a quarter of the colors, a scan for each',
      {
        sampling: [
          [2, 2],
          [1, 1],
          [1, 1],
        ],
        isSplit: true,
      },
      45,
    ],
    ['in gray', { sampling: [[1, 1]] }, 2],
    ['in gray that claims to be sampled', { sampling: [[2, 2]] }, 2],
    ['in RGB, as Adobe says', { adobe: 0 }, 2],
    ['in RGB, as its ids say', { ids: [82, 71, 66] }, 2],
  ]
  it.each(rows)('%s', async (_, layout, most) => {
    const file = writeJpeg({ ...COLOR, ...layout }, means)
    const [ours, theirs] = [pixels(file, COLOR), await pixelsOf(file)]
    expect(difference(ours, theirs).max).toBeLessThanOrEqual(most)
    expect(difference(ours, theirs).mean).toBeLessThan(most / 4)
  })

  it.each([50, 75, 90, 100])('of any quality: %i', async (quality) => {
    const picture = drawing(123, 77)
    const file = await fileOf(picture, [['jpeg', { quality, chromaSubsampling: '4:4:4' }]])
    expect(difference(pixels(file, picture), await pixelsOf(file)).max).toBeLessThanOrEqual(3)
  })

  it('progressive as the same picture that is not', async () => {
    const picture = drawing(123, 77)
    const [whole, parts] = [
      await fileOf(picture, [['jpeg', { quality: 90 }]]),
      await fileOf(picture, [['jpeg', { quality: 90, progressive: true }]]),
    ]
    for (const shrink of [1, 2, 4, 8] as const)
      expect(difference(pixels(parts, picture, shrink), pixels(whole, picture, shrink)).max).toBe(0)
  })
})

describe('inks', () => {
  const INKS: JpegLayout = {
    ...COLOR,
    sampling: [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  }
  // 255 of a plane, as a mean: no ink as Adobe writes it.
  const full = 127 * 8 * (1 / 8)
  it.each([
    ['none is white', 0, [full, full, full, full], [255, 255, 255]],
    ['black darkens all', 0, [full, full, full, -full], [0, 0, 0]],
    ['cyan takes the red', 0, [-full, full, full, full], [0, 255, 255]],
  ] as const)('%s', (_, adobe, inks, color) => {
    const read = pixels(
      writeJpeg({ ...INKS, adobe }, (component) => inks[component] ?? 0),
      INKS,
    )
    const mean = [0, 1, 2].map((channel) => {
      const values = [...read.data].filter((_, i) => i % 4 === channel)
      return values.reduce((sum, value) => sum + value, 0) / values.length
    })
    for (const [channel, value] of color.entries())
      expect(Math.abs((mean[channel] ?? 0) - value)).toBeLessThan(12)
  })
})

describe('a JPEG that is read smaller', () => {
  it.each([2, 4, 8] as const)('by %i is the mean of what is left out', async (shrink) => {
    const picture = drawing(640, 480)
    const file = await fileOf(picture, [['jpeg', { quality: 95 }]])
    const theirs = await pixelsOf(file, [['resize', 640 / shrink, 480 / shrink, { kernel: 'lanczos3' }]])
    expect(likeness(pixels(file, picture, shrink), theirs)).toBeGreaterThan(0.97)
  })

  it.each([
    [17, 9],
    [16, 8],
    [1, 1],
    [8, 65],
  ])('has sides that are rounded up: %i × %i', (width, height) => {
    const file = writeJpeg(
      {
        ...COLOR,
        width,
        height,
        sampling: [
          [2, 2],
          [1, 1],
          [1, 1],
        ],
      },
      means,
    )
    for (const shrink of [1, 2, 4, 8] as const)
      expect(pixels(file, { width, height }, shrink).data.length).toBe(
        Math.ceil(width / shrink) * Math.ceil(height / shrink) * 4,
      )
  })
})

describe('a JPEG is refused', () => {
  const size = { width: 75, height: 53 }
  const whole = writeJpeg({ ...COLOR, restartInterval: 5 }, means)
  const changed = (at: (file: Uint8Array) => number, ...bytes: readonly number[]) => {
    const file = whole.slice()
    file.set(bytes, at(file))
    return file
  }
  const frame = (file: Uint8Array) => file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0)

  it('wherever it ends early', () => {
    for (let end = 0; end < whole.length; end++)
      expect(decoded(whole.subarray(0, end), size), `${end}`).toBe('damaged')
  })

  it.each([
    ['of 12 bits', (file: Uint8Array) => frame(file) + 4, [12]],
    ['without loss', (file: Uint8Array) => frame(file) + 1, [0xc3]],
    ['in arithmetic coding', (file: Uint8Array) => frame(file) + 1, [0xc9]],
    ['of two colors', (file: Uint8Array) => frame(file) + 9, [2]],
  ] as const)('%s: no decoder here reads it', (_, at, bytes) => {
    expect(decoded(changed(at, ...bytes), size)).toBe('unsupported')
  })

  it.each([
    ['another size', (file: Uint8Array) => frame(file) + 5, [0, 99]],
    ['no sampling', (file: Uint8Array) => frame(file) + 11, [0x00]],
    [
      'no restart marker where one is due',
      (file: Uint8Array) => file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xd1),
      [0x12, 0x34],
    ],
    [
      'no quantisation',
      (file: Uint8Array) => file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xdb) + 1,
      [0xe5],
    ],
    [
      'no Huffman table',
      (file: Uint8Array) => file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc4) + 1,
      [0xe5],
    ],
  ] as const)('that has %s: it is damaged', (_, at, bytes) => {
    expect(decoded(changed(at, ...bytes), size)).toBe('damaged')
  })

  it('or read, and never more than that, whatever is changed', async () => {
    const picture = drawing(64, 48)
    const files = [whole, await fileOf(picture, [['jpeg', { progressive: true }]])]
    let seed = 7
    const random = (below: number) => (seed = (seed * 1_664_525 + 1_013_904_223) >>> 0) % below
    for (const [i, file] of files.entries()) {
      for (let n = 0; n < 1000; n++) {
        const broken = file.slice()
        for (let k = 0; k <= n % 4; k++) broken[random(file.length)] = random(256)
        const read = decoded(broken, i === 0 ? size : picture, 8)
        expect(typeof read === 'object' || read === 'damaged' || read === 'unsupported').toBe(true)
      }
    }
  })

  it('soon where it has scan after scan', async () => {
    const picture = drawing(512, 512)
    const file = await fileOf(picture, [['jpeg', { progressive: true }]])
    const scan = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda)
    const head = file.subarray(0, scan)
    const rest = file.subarray(scan, -2)
    const many = Uint8Array.from([...head, ...Array.from({ length: 60 }, () => [...rest]).flat(), 0xff, 0xd9])
    expect(decoded(many, picture)).toBe('damaged')
  })

  it('and the color profile and comments of others are passed over', async () => {
    const picture = drawing(64, 48)
    const { bytes } = await bySharp(await fileOf(picture, [['png']]), [['withIccProfile', 'p3'], ['jpeg']])
    expect(typeof decoded(bytes, picture)).toBe('object')
  })
})
