import { beforeAll, describe, expect, it } from 'vitest'
import type { Orientation, Step } from '../../../src/core/image/image.ts'
import type { Pixels } from '../../../src/platform/images/pixels.ts'
import { ALIKE, headerOf, made } from './render.fixture.ts'
import { bySharp, difference, drawing, fileOf, likeness, pixelsOf } from './sharp.ts'
import type { SharpJob } from './sharp-server.ts'

const picture = drawing(400, 300)
let png: Uint8Array
let jpeg: Uint8Array
beforeAll(async () => {
  png = await fileOf(picture, [['removeAlpha'], ['png']])
  jpeg = await fileOf(picture, [['jpeg', { quality: 95 }]])
})

describe('what is done to the pixels is what sharp does:', () => {
  const rows: readonly [string, readonly Step[], SharpJob['calls']][] = [
    ['half as large', [{ do: 'resize', width: 200, height: 150 }], [['resize', 200, 150]]],
    ['a thumbnail', [{ do: 'resize', width: 40, height: 30 }], [['resize', 40, 30]]],
    ['one pixel less', [{ do: 'resize', width: 399, height: 299 }], [['resize', 399, 299, { fit: 'fill' }]]],
    ['squeezed', [{ do: 'resize', width: 60, height: 300 }], [['resize', 60, 300, { fit: 'fill' }]]],
    [
      'filling a square',
      [
        { do: 'resize', width: 267, height: 200 },
        { do: 'crop', width: 200, height: 200, x: 33, y: 0 },
      ],
      [
        ['resize', 267, 200, { fit: 'fill' }],
        ['extract', { left: 33, top: 0, width: 200, height: 200 }],
      ],
    ],
    [
      'padded to a square',
      [
        { do: 'resize', width: 200, height: 150 },
        { do: 'canvas', width: 200, height: 200, x: 0, y: 25, color: [255, 128, 0] },
      ],
      [['resize', 200, 200, { fit: 'contain', background: '#ff8000' }]],
    ],
    [
      'cropped',
      [{ do: 'crop', width: 101, height: 77, x: 13, y: 200 }],
      [['extract', { left: 13, top: 200, width: 101, height: 77 }]],
    ],
    ['gray', [{ do: 'grayscale' }], [['grayscale']]],
    ['blurred a little', [{ do: 'blur', sigma: 1 }], [['blur', 1]]],
    ['blurred', [{ do: 'blur', sigma: 5 }], [['blur', 5]]],
    [
      'small, then blurred',
      [
        { do: 'resize', width: 200, height: 150 },
        { do: 'blur', sigma: 3 },
      ],
      [
        ['resize', 200, 150],
        ['blur', 3],
      ],
    ],
    [
      'sharpened',
      [{ do: 'sharpen', amount: 100 }],
      [['convolve', { width: 3, height: 3, kernel: [-1, -2, -1, -2, 28, -2, -1, -2, -1], scale: 16 }]],
    ],
  ]
  it.each(rows)('%s', async (_, steps, calls) => {
    const ours = await pixelsOf(await made(png, { header: headerOf(picture), steps }))
    const theirs = await bySharp(png, [...calls, ['png']])
    expect(likeness(ours, await pixelsOf(theirs.bytes))).toBeGreaterThan(ALIKE)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8] as const)(
    'brought upright from orientation %i, to the pixel',
    async (orientation: Orientation) => {
      const tagged = await bySharp(png, [['withMetadata', { orientation }], ['png']])
      const ours = await pixelsOf(
        await made(png, { header: headerOf(picture), steps: [{ do: 'orient', orientation }] }),
      )
      expect(difference(ours, await pixelsOf(tagged.bytes, [['rotate']])).max).toBe(0)
    },
  )
})

describe('transparency', () => {
  /** Opaque red that becomes transparent blue. */
  const edge: Pixels = { width: 200, height: 100, data: new Uint8ClampedArray(200 * 100 * 4) }
  for (let i = 0; i < edge.data.length; i += 4)
    edge.data.set((i / 4) % 200 < 101 ? [255, 0, 0, 255] : [0, 0, 255, 0], i)
  const header = headerOf(edge, { hasAlpha: true })
  let file: Uint8Array
  beforeAll(async () => {
    file = await fileOf(edge, [['png']])
  })
  const colorsOf = ({ data }: Pixels, least = 128) => {
    const colors = new Set<string>()
    for (let i = 0; i < data.length; i += 4)
      if ((data[i + 3] ?? 0) >= least) colors.add(data.subarray(i, i + 3).join())
    return [...colors]
  }

  it('hides the color of what is transparent, where it is made smaller', async () => {
    const small = await pixelsOf(
      await made(file, { header, steps: [{ do: 'resize', width: 77, height: 40 }] }),
    )
    expect(colorsOf(small)).toEqual(['255,0,0'])
  })

  it('and where it is blurred, but for what is rounded', async () => {
    const blurred = await pixelsOf(await made(file, { header, steps: [{ do: 'blur', sigma: 4 }] }))
    for (const color of colorsOf(blurred)) expect(color).toMatch(/^2[45]\d,0,0$/)
  })

  it('is as sharp makes it', async () => {
    const soft = drawing(300, 200, (x, y) => ((x + y) % 300) * 0.85)
    const asFile = await fileOf(soft, [['png']])
    const steps: Step[] = [{ do: 'resize', width: 90, height: 60 }]
    const ours = await pixelsOf(await made(asFile, { header: headerOf(soft, { hasAlpha: true }), steps }))
    const theirs = await pixelsOf(asFile, [['resize', 90, 60]])
    expect(likeness(ours, theirs)).toBeGreaterThan(ALIKE)
    expect(difference(ours, theirs).mean).toBeLessThan(2)
  })

  it('becomes black in a JPEG', async () => {
    const shown = await pixelsOf(await made(file, { header, output: { format: 'jpeg', quality: 95 } }))
    expect(
      shown.data.subarray(4 * 195, 4 * 196).every((value, i) => (i === 3 ? value === 255 : value < 4)),
    ).toBe(true)
  })

  it('shows a canvas through', async () => {
    const canvas: Step = { do: 'canvas', width: 200, height: 100, x: 0, y: 0, color: [1, 2, 3] }
    const shown = await pixelsOf(await made(file, { header, steps: [canvas] }))
    expect(colorsOf(shown, 0)).toEqual(['255,0,0', '1,2,3'])
  })

  it.each(['webp', 'avif'] as const)('stays in %s', async (format) => {
    const shown = await pixelsOf(await made(file, { header, output: { format, quality: 90 } }))
    expect([shown.data[3], shown.data[4 * 195 + 3]]).toEqual([255, 0])
  })
})

describe('a mark', () => {
  it('is drawn in its box, as thick as is said', async () => {
    const mark = drawing(50, 40, (x) => (x < 25 ? 255 : 120))
    const file = await fileOf(mark, [['png']])
    const half = await fileOf(
      { ...mark, data: mark.data.map((value, i) => (i % 4 === 3 ? value / 2 : value)) },
      [['png']],
    )
    const step: Step = { do: 'watermark', mark: 0, opacity: 0.5, width: 50, height: 40, x: 300, y: 220 }
    const header = headerOf(picture)
    const ours = await made(png, { header, marks: [headerOf(mark, { hasAlpha: true })], steps: [step] }, [
      file,
    ])
    const theirs = await pixelsOf(png, [
      ['composite', [{ input: { base64: Buffer.from(half).toString('base64') }, left: 300, top: 220 }]],
    ])
    expect(difference(await pixelsOf(ours), theirs).max).toBeLessThanOrEqual(2)
  })

  it('is drawn as often as is said', async () => {
    const mark = await fileOf(drawing(50, 40), [['png']])
    const at = (x: number): Step => ({ do: 'watermark', mark: 0, opacity: 1, width: 50, height: 40, x, y: 0 })
    const plan = { header: headerOf(picture), marks: [headerOf({ width: 50, height: 40 })] }
    const once = await pixelsOf(await made(png, { ...plan, steps: [at(0)] }, [mark]))
    const twice = await pixelsOf(await made(png, { ...plan, steps: [at(100), at(0)] }, [mark]))
    expect(twice.data.subarray(0, 200)).toEqual(once.data.subarray(0, 200))
    expect(twice.data.subarray(400, 600)).toEqual(once.data.subarray(0, 200))
  })

  it('is brought upright and made as small as its box', async () => {
    const mark = await bySharp(png, [
      ['withMetadata', { orientation: 6 }],
      ['jpeg', { quality: 95 }],
    ])
    const step: Step = { do: 'watermark', mark: 0, opacity: 1, width: 75, height: 100, x: 0, y: 0 }
    const marks = [headerOf(picture, { format: 'jpeg', orientation: 6 })]
    const ours = await made(png, { header: headerOf(picture), marks, steps: [step] }, [mark.bytes])
    const cut = await pixelsOf(ours, [['extract', { left: 0, top: 0, width: 75, height: 100 }]])
    expect(likeness(cut, await pixelsOf(mark.bytes, [['rotate'], ['resize', 75, 100]]))).toBeGreaterThan(
      ALIKE,
    )
  })
})

describe('a file is written as', () => {
  it.each([
    ['jpeg', 0.98],
    ['webp', 0.98],
    ['avif', 0.97],
    ['png', 0.9999],
  ] as const)('%s', async (format, least) => {
    const file = await made(png, { header: headerOf(picture), output: { format, quality: 90 } })
    const { info } = await bySharp(file, [['toFormat', 'png']])
    expect(info).toMatchObject({ width: 400, height: 300 })
    expect(likeness(await pixelsOf(file), picture)).toBeGreaterThan(least)
  })

  it.each(['jpeg', 'webp', 'avif'] as const)('%s, smaller where less quality is enough', async (format) => {
    const sizes = []
    for (const quality of [20, 60, 95])
      sizes.push((await made(png, { header: headerOf(picture), output: { format, quality } })).length)
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
    expect(new Set(sizes).size).toBe(3)
  })

  it('nothing of what the file said of its maker, place or lens', async () => {
    const tagged = await bySharp(jpeg, [['withExif', { IFD0: { Copyright: 'a secret' } }], ['jpeg']])
    const header = headerOf(picture, { format: 'jpeg' })
    for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
      const file = await made(tagged.bytes, { header, output: { format, quality: 80 } })
      expect(new TextDecoder('latin1').decode(file)).not.toContain('a secret')
    }
  })
})

describe('a JPEG that is read smaller', () => {
  it.each([2, 4, 8] as const)('by %i looks as the whole one does', async (shrink) => {
    const large = drawing(1600, 1200)
    const file = await fileOf(large, [['jpeg', { quality: 95 }]])
    const steps: Step[] = [{ do: 'resize', width: 200, height: 150 }]
    const ours = await pixelsOf(
      await made(file, { header: headerOf(large, { format: 'jpeg' }), shrink, steps }),
    )
    expect(likeness(ours, await pixelsOf(file, [['resize', 200, 150]]))).toBeGreaterThan(ALIKE)
  })
})
