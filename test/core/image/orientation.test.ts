import { describe, expect, it } from 'vitest'
import type { Box, Orientation } from '../../../src/core/image/image.ts'
import { composed, orientationOf, storedBox, turned } from '../../../src/core/image/orientation.ts'
import { brought, cut, flipped, rowsOf, turnedRight } from '../../support/rows.ts'

const ALL: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8]
const rows = rowsOf({ width: 3, height: 2 })

describe.each(ALL)('a picture that lies as EXIF says by %i', (orientation) => {
  const upright = brought(rows, orientation)

  it('has its sides upright', () => {
    expect(turned({ width: 3, height: 2 }, orientation)).toEqual({
      width: upright[0]?.length,
      height: upright.length,
    })
  })

  it.each(ALL)('and then as by %i, lies as by one', (second) => {
    expect(brought(rows, composed(orientation, second))).toEqual(brought(upright, second))
  })

  it('has every box of the upright one somewhere', () => {
    const size = { width: upright[0]?.length ?? 0, height: upright.length }
    for (let x = 0; x < size.width; x++)
      for (let y = 0; y < size.height; y++)
        for (let width = 1; x + width <= size.width; width++)
          for (let height = 1; y + height <= size.height; height++) {
            const box: Box = { x, y, width, height }
            const stored = cut(rows, storedBox(box, size, orientation))
            expect(brought(stored, orientation)).toEqual(cut(upright, box))
          }
  })
})

it('turns and flips are orientations', () => {
  expect(brought(rows, orientationOf({ do: 'rotate', degrees: 90 }))).toEqual(turnedRight(rows))
  expect(brought(rows, orientationOf({ do: 'rotate', degrees: 180 }))).toEqual(turnedRight(turnedRight(rows)))
  expect(brought(rows, orientationOf({ do: 'rotate', degrees: 270 }))).toEqual(
    turnedRight(turnedRight(turnedRight(rows))),
  )
  expect(brought(rows, orientationOf({ do: 'flip', axis: 'horizontal' }))).toEqual(flipped(rows))
  expect(brought(rows, orientationOf({ do: 'flip', axis: 'vertical' }))).toEqual(rows.toReversed())
})
