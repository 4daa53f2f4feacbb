import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Gravity } from '../../../src/core/image/gravity.ts'
import type { Size } from '../../../src/core/image/image.ts'
import type { Resize } from '../../../src/core/image/operation.ts'
import { parsePipeline } from '../../../src/core/image/pipeline.ts'
import { fitting, scaled } from '../../../src/core/image/scale.ts'

function resizeOf(text: string): Resize {
  const read = parsePipeline(`image/resize,${text}`)
  const [operation] = read.ok ? read.value.operations : []
  if (operation?.do !== 'resize') throw new Error(text)
  return operation
}
/** As the reference writes it: `267x200, crop at 33,0 -> 200x200`. */
function told(text: string, from: Size): string {
  const to = scaled(resizeOf(text), from)
  if (to === null) return 'unchanged'
  const box = to.crop ?? to.canvas
  const size = `${to.size.width}x${to.size.height}`
  return box
    ? `${size}, ${to.crop ? 'crop' : 'canvas'} at ${box.x},${box.y} -> ${box.width}x${box.height}`
    : size
}

describe('a resize of 400x300 (v2 reference, section 4.9, worked values)', () => {
  it.each([
    ['w_200', '200x150'],
    ['h_100', '133x100'],
    ['w_200,h_200', '200x150'],
    ['w_200,h_100', '133x100'],
    ['l_200', '200x150'],
    ['s_150', '200x150'],
    ['w_500', 'unchanged'],
    ['m_mfit,w_200,h_200', '267x200'],
    ['m_mfit,w_200,h_100', '200x150'],
    ['m_fixed,w_200,h_100', '200x100'],
    ['m_fixed,w_200', '200x150'],
    ['m_fill,w_200,h_200', '267x200, crop at 33,0 -> 200x200'],
    ['m_fill,w_100,h_200', '267x200, crop at 83,0 -> 100x200'],
    ['m_fill,w_200', '267x200, crop at 33,0 -> 200x200'],
    ['m_fill,w_400,h_200', 'unchanged'],
    ['m_fill,w_399,h_200', '399x299, crop at 0,49 -> 399x200'],
    ['m_pad,w_200,h_200', '200x150, canvas at 0,25 -> 200x200'],
    ['m_pad,w_100,h_200', '100x75, canvas at 0,62 -> 100x200'],
    ['m_pad,w_400,h_400', 'unchanged'],
    ['m_pad,h_100', '100x75, canvas at 0,12 -> 100x100'],
    ['m_fixed,w_500,h_100', 'unchanged'],
    ['m_fixed,w_400,h_100', '400x100'],
  ])('%s: %s', (text, expected) => expect(told(text, { width: 400, height: 300 })).toBe(expected))
})

describe('a resize', () => {
  it.each([
    [300, 300, 'l_100,s_50', '50x50'],
    [300, 400, 'l_200', '150x200'],
    [300, 400, 'm_fill,l_200,s_200', '200x267, crop at 0,33 -> 200x200'],
    [300, 300, 'm_fixed,l_100,s_50', '50x100'],
    [400, 300, 'm_fixed,l_100,s_50', '100x50'],
    [400, 300, 'l_100,s_50,w_80', '67x50'],
    [400, 300, 'm_fixed,w_400,h_300', 'unchanged'],
    [400, 300, 'm_fixed,h_301', 'unchanged'],
    [200, 101, 'w_100', '100x51'],
    [3, 2, 'w_1', '1x1'],
    [10_000, 10, 'w_100', '100x1'],
    [10, 10_000, 'h_100', '1x100'],
    [1, 1000, 'h_100', '1x100'],
    [1, 3, 'h_2', 'unchanged'],
    [1, 1, 'w_1', 'unchanged'],
    [1, 1, 'm_fill,w_1', 'unchanged'],
    [10_000, 10, 'm_pad,w_100', '100x1, canvas at 0,49 -> 100x100'],
  ])('of %ix%i, %s: %s', (width, height, text, expected) => {
    expect(told(text, { width, height })).toBe(expected)
  })

  it.each<[Gravity, string, string]>([
    ['nw', '0,0', '0,0'],
    ['north', '33,0', '0,0'],
    ['ne', '67,0', '0,0'],
    ['west', '0,0', '0,25'],
    ['center', '33,0', '0,25'],
    ['east', '67,0', '0,25'],
    ['sw', '0,0', '0,50'],
    ['south', '33,0', '0,50'],
    ['se', '67,0', '0,50'],
  ])('to %s crops at %s and pads at %s', (gravity, crop, canvas) => {
    const size = { width: 400, height: 300 }
    expect(told(`m_fill,w_200,h_200,g_${gravity}`, size)).toContain(`crop at ${crop} `)
    expect(told(`m_pad,w_200,h_200,g_${gravity}`, size)).toContain(`canvas at ${canvas} `)
  })
})

const side = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4096 }))
const size = fc.record({ width: side, height: side })
const asked = fc
  .record({ w: side, h: side, l: side, s: side }, { requiredKeys: [] })
  .filter((sides) => Object.keys(sides).length > 0)
const texts = (mode: string) =>
  asked.map((sides) => [`m_${mode}`, ...Object.entries(sides).map(([name, n]) => `${name}_${n}`)].join(','))
const both = (mode: string) =>
  fc.tuple(side, side).map(([w, h]) => ({ text: `m_${mode},w_${w},h_${h}`, width: w, height: h }))

describe('whatever the sizes are, a resize', () => {
  it.each(['lfit', 'mfit', 'fill', 'pad', 'fixed'])(
    'by %s makes nothing larger, nor nothing of it',
    (mode) => {
      fc.assert(
        fc.property(texts(mode), size, (text, from) => {
          const to = scaled(resizeOf(text), from)
          if (to === null) return
          expect(to.size.width).toBeLessThanOrEqual(from.width)
          expect(to.size.height).toBeLessThanOrEqual(from.height)
          expect(Math.min(to.size.width, to.size.height)).toBeGreaterThanOrEqual(1)
          expect(to.size).not.toEqual(from)
        }),
        { numRuns: 500 },
      )
    },
  )

  it.each(['lfit', 'mfit', 'fill', 'pad'])('by %s keeps the ratio, but for what a pixel is', (mode) => {
    fc.assert(
      fc.property(texts(mode), size, (text, from) => {
        const to = scaled(resizeOf(text), from)
        if (to === null) return
        const { width, height } = to.size
        const offWidth = Math.abs(width - (height * from.width) / from.height)
        const offHeight = Math.abs(height - (width * from.height) / from.width)
        expect(Math.min(offWidth, offHeight)).toBeLessThan(1)
      }),
      { numRuns: 500 },
    )
  })

  it('by lfit and pad is inside the box, and touches it', () => {
    fc.assert(
      fc.property(fc.oneof(both('lfit'), both('pad')), size, ({ text, ...box }, from) => {
        const to = scaled(resizeOf(text), from)
        if (to === null) return
        expect(to.size.width <= box.width && to.size.height <= box.height).toBe(true)
        expect(to.size.width === box.width || to.size.height === box.height).toBe(true)
        if (to.canvas) expect(to.canvas).toMatchObject(box)
      }),
      { numRuns: 500 },
    )
  })

  it('by mfit and fill covers the box, and the crop is inside the picture', () => {
    fc.assert(
      fc.property(fc.oneof(both('mfit'), both('fill')), size, ({ text, ...box }, from) => {
        const to = scaled(resizeOf(text), from)
        if (to === null) return
        expect(to.size.width >= box.width && to.size.height >= box.height).toBe(true)
        if (!to.crop) return
        expect(to.crop).toMatchObject(box)
        expect(to.crop.x >= 0 && to.crop.x + to.crop.width <= to.size.width).toBe(true)
        expect(to.crop.y >= 0 && to.crop.y + to.crop.height <= to.size.height).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('of a mark fits its room, and makes nothing larger', () => {
    fc.assert(
      fc.property(size, size, (from, room) => {
        const to = fitting(from, room)
        expect(to.width <= Math.min(from.width, room.width)).toBe(true)
        expect(to.height <= Math.min(from.height, room.height)).toBe(true)
      }),
    )
  })
})
