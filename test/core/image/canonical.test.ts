import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from '../../../src/core/image/pipeline.ts'
import { anyText } from '../../support/text.ts'
import { base64url, pipelineOf } from '../../support/image-plan.ts'

const parsed = (text: string) => pipelineOf(text.replace(/^image\/?/, ''))

const sides = fc.record(
  {
    w: fc.integer({ min: 1, max: 4096 }),
    h: fc.integer({ min: 1, max: 4096 }),
    l: fc.integer({ min: 1, max: 4096 }),
    s: fc.integer({ min: 1, max: 4096 }),
    m: fc.constantFrom('lfit', 'mfit', 'fill', 'pad', 'fixed'),
    g: fc.constantFrom('nw', 'north', 'center', 'se'),
    color: fc.constantFrom('FFFFFF', '00ff7f', '000000'),
  },
  { requiredKeys: [] },
)
const boxes = fc.record(
  {
    w: fc.integer({ min: 1, max: 65_535 }),
    h: fc.integer({ min: 1, max: 65_535 }),
    x: fc.nat(65_535),
    y: fc.nat(65_535),
    g: fc.constantFrom('nw', 'north', 'center', 'se'),
  },
  { requiredKeys: [] },
)
const marks = fc.record(
  {
    image: anyText({ minLength: 1, maxLength: 20 })
      .filter((name) => !name.includes('\0'))
      .map(base64url),
    x: fc.nat(4096),
    y: fc.nat(4096),
    t: fc.nat(100),
    w: fc.integer({ min: 1, max: 4096 }),
    g: fc.constantFrom('nw', 'north', 'west', 'center', 'se'),
  },
  { requiredKeys: ['image'] },
)
const args = (params: object): readonly string[] =>
  Object.entries(params).map(([name, value]) => `${name}_${String(value)}`)
/** An operation's name, and its parameters in any order. */
const operations = fc.oneof(
  sides.map((params) => ['resize', args(params)] as const),
  boxes.map((params) => ['crop', args(params)] as const),
  marks.map((params) => ['watermark', args(params)] as const),
  fc.constantFrom('0', '90', '180', '270').map((degrees) => ['rotate', [degrees]] as const),
  fc.constantFrom('horizontal', 'vertical').map((axis) => ['flip', [axis]] as const),
  fc.constant(['grayscale', []] as const),
  fc.integer({ min: 1, max: 50 }).map((sigma) => ['blur', [`s_${sigma}`]] as const),
  fc.integer({ min: 50, max: 399 }).map((amount) => ['sharpen', [String(amount)]] as const),
  fc.constantFrom('jpg', 'png', 'webp', 'avif', 'auto').map((format) => ['format', [format]] as const),
  fc.integer({ min: 1, max: 100 }).map((quality) => ['quality', [`Q_${quality}`]] as const),
)
const spelt = (
  parts: readonly (readonly [string, readonly string[]])[],
  turn: (a: readonly string[]) => readonly string[],
) => ['image', ...parts.map(([name, given]) => [name, ...turn(given)].join(','))].join('/')
const pipelines = fc.array(operations, { maxLength: 10 })

describe('the canonical text', () => {
  it.each([
    ['image/resize,w_0200,h_+5', 'image/resize,h_5,w_200'],
    ['image/resize,m_lfit,h_5,color_000000,g_nw,x_1', 'image/resize,h_5'],
    ['image/resize,m_pad,w_9,g_center,color_ffffff', 'image/resize,m_pad,w_9'],
    ['image/resize,m_pad,w_9,g_se,color_00ff0a', 'image/resize,color_00FF0A,g_se,m_pad,w_9'],
    ['image/resize,w_1,h_2,l_3,s_4', 'image/resize,h_2,w_1'],
    ['image/crop,x_-0,w_9', 'image/crop,w_9'],
    ['image/resize/rotate,0/format,png/format,jpg', 'image/format,jpg'],
    ['image/quality,Q_70/resize,w_9/format,webp', 'image/resize,w_9/format,webp/quality,Q_70'],
    ['image/crop,y_0,x_5,g_nw,w_9', 'image/crop,w_9,x_5'],
    ['image/watermark,t_100,x_10,y_3,image_YQ==,g_se', 'image/watermark,image_YQ,y_3'],
    ['image/watermark,image_YQ,g_center,x_1,y_2', 'image/watermark,g_center,image_YQ'],
    ['image/watermark,image_YQ,g_north,x_1,y_2', 'image/watermark,g_north,image_YQ,y_2'],
  ])('of %s is %s', (text, expected) => expect(canonical(parsed(text))).toBe(expected))

  it('is the same pipeline', () => {
    fc.assert(
      fc.property(pipelines, (parts) => {
        const pipeline = parsed(spelt(parts, (given) => given))
        expect(parsed(canonical(pipeline))).toEqual(pipeline)
      }),
      { numRuns: 500 },
    )
  })

  it('is one for all orders of parameters', () => {
    fc.assert(
      fc.property(pipelines, (parts) => {
        const one = parsed(spelt(parts, (given) => given))
        const other = parsed(spelt(parts, (given) => given.toReversed()))
        expect(canonical(other)).toBe(canonical(one))
      }),
    )
  })

  it('is another for another pipeline', () => {
    fc.assert(
      fc.property(pipelines, pipelines, (some, others) => {
        const [one, other] = [some, others].map((parts) => parsed(spelt(parts, (given) => given)))
        if (!one || !other) throw new Error()
        expect(canonical(one) === canonical(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })
})
