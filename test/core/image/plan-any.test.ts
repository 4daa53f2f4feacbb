import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Orientation, Step } from '../../../src/core/image/image.ts'
import type { Operation } from '../../../src/core/image/operation.ts'
import { marksOf } from '../../../src/core/image/pipeline.ts'
import { mark, photo, pipelineOf, planned, planOf, png } from '../../support/image-plan.ts'
import { brought, cut, flipped, rowsOf, turnedRight, type Rows } from '../../support/rows.ts'

describe('whatever the pipeline is,', () => {
  const orientation = fc.constantFrom<Orientation>(1, 2, 3, 4, 5, 6, 7, 8)
  const offset = fc.nat(4)
  const side = fc.integer({ min: 1, max: 9 })
  const gravity = fc.constantFrom('nw', 'north', 'ne', 'west', 'center', 'east', 'sw', 'south', 'se')
  const crops = fc
    .tuple(side, side, offset, offset, gravity)
    .map(([w, h, x, y, g]) => `crop,w_${w},h_${h},x_${x},y_${y},g_${g}`)
  const turns = fc.constantFrom('rotate,90', 'rotate,180', 'rotate,270', 'flip,horizontal', 'flip,vertical')

  it('its turns, flips and crops leave the pixels that they would leave one after another', () => {
    const texts = fc.array(fc.oneof(crops, turns), { maxLength: 6 }).map((parts) => parts.join('/'))
    const sizes = fc.record({ width: side, height: side })
    fc.assert(
      fc.property(texts, sizes, orientation, (text, size, lies) => {
        const header = { ...png, ...size, orientation: lies }
        const plan = planned(text, header)
        const wanted = pipelineOf(text).operations.reduce<Rows | null>(
          (rows, operation) => rows && done(rows, operation),
          brought(rowsOf(size), lies),
        )
        expect(plan.ok).toBe(wanted !== null)
        if (plan.ok) expect(plan.value.steps.reduce(stepped, rowsOf(size))).toEqual(wanted)
      }),
      { numRuns: 1000 },
    )
  })

  const box = fc.tuple(fc.constantFrom('lfit', 'mfit', 'fill', 'pad', 'fixed'), side, side)
  const resizes = box.map(([m, w, h]) => `resize,m_${m},w_${w * 50},h_${h * 50}`)
  const others = fc.constantFrom('blur,s_1', 'grayscale', 'sharpen,50', `${mark},g_nw`, `${mark},w_400`)

  it('its boxes are inside the picture as it is by then, and the same however much of it is read', () => {
    const texts = fc
      .array(fc.oneof(resizes, crops, turns, others), { maxLength: 8 })
      .map((parts) => parts.join('/'))
    const long = fc.integer({ min: 1, max: 2000 })
    const sizes = fc.record({ width: long, height: long })
    fc.assert(
      fc.property(texts, sizes, sizes, orientation, (text, size, markSize, lies) => {
        const marks = marksOf(pipelineOf(text)).map(() => ({
          ...png,
          width: markSize.width % 900 || 1,
          height: 9,
        }))
        const header = { ...photo, ...size, orientation: lies }
        const plan = planned(text, header, { marks })
        if (!plan.ok) return
        const { shrink, steps } = plan.value
        let now = { width: Math.ceil(size.width / shrink), height: Math.ceil(size.height / shrink) }
        for (const step of steps) {
          if (step.do === 'orient') {
            now = step.orientation >= 5 ? { width: now.height, height: now.width } : now
          } else if (step.do === 'resize') {
            expect(step.width <= now.width && step.height <= now.height).toBe(true)
            expect(step.width < now.width || step.height < now.height).toBe(true)
            now = { width: step.width, height: step.height }
          } else if (step.do === 'crop' || step.do === 'watermark') {
            expect(step.x >= 0 && step.y >= 0 && step.width >= 1 && step.height >= 1).toBe(true)
            expect(step.x + step.width <= now.width && step.y + step.height <= now.height).toBe(true)
            if (step.do === 'crop') now = { width: step.width, height: step.height }
          } else if (step.do === 'canvas') {
            expect(step.x >= 0 && step.x + now.width <= step.width).toBe(true)
            expect(step.y >= 0 && step.y + now.height <= step.height).toBe(true)
            now = { width: step.width, height: step.height }
          }
        }
        const whole = planOf(text, { ...header, format: 'png' }, { marks }).steps
        const first = whole.find((step) => step.do === 'resize')
        const isIdle = shrink > 1 && steps.length < whole.length
        expect(steps).toEqual(isIdle ? whole.filter((step) => step !== first) : whole)
      }),
      { numRuns: 1000 },
    )
  })
})

/** What an operation does to a picture that is upright, in the plainest way; null where it does not. */
function done(rows: Rows, operation: Operation): Rows | null {
  if (operation.do === 'flip') return operation.axis === 'horizontal' ? flipped(rows) : rows.toReversed()
  if (operation.do === 'rotate')
    return Array.from({ length: operation.degrees / 90 }).reduce<Rows>(turnedRight, rows)
  if (operation.do !== 'crop') throw new Error(operation.do)
  const [width, height] = [rows[0]?.length ?? 0, rows.length]
  const [w, h] = [Math.min(operation.width ?? width, width), Math.min(operation.height ?? height, height)]
  const g = operation.gravity
  const [left, top] = [/w(est)?$/.test(g), g.startsWith('n')]
  const [right, bottom] = [/(^|[ns])e(ast)?$/.test(g), g.startsWith('s')]
  const x = operation.x + (left ? 0 : right ? width - w : Math.floor((width - w) / 2))
  const y = operation.y + (top ? 0 : bottom ? height - h : Math.floor((height - h) / 2))
  return x >= width || y >= height ? null : cut(rows, { x, y, width: w, height: h })
}

function stepped(rows: Rows, step: Step): Rows {
  if (step.do === 'orient') return brought(rows, step.orientation)
  if (step.do === 'crop') return cut(rows, step)
  throw new Error(step.do)
}
