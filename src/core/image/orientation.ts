import type { Box, Orientation, Size } from './image.ts'
import type { Flip, Rotate } from './operation.ts'

/**
 * How an upright picture's pixel is found in the stored one (CIPA DC-008, tag Orientation): its coordinates change
 * places, then are counted from the right or the bottom.
 */
const isTransposed = (orientation: Orientation): boolean => orientation >= 5
const fromRight = (orientation: Orientation): boolean => [2, 3, 7, 8].includes(orientation)
const fromBottom = (orientation: Orientation): boolean => [3, 4, 6, 7].includes(orientation)
const ALL: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8]

/** The one orientation that is as the first and, on what that makes upright, the second. */
export function composed(first: Orientation, second: Orientation): Orientation {
  const swaps = isTransposed(first)
  const right = fromRight(first) !== (swaps ? fromBottom(second) : fromRight(second))
  const bottom = fromBottom(first) !== (swaps ? fromRight(second) : fromBottom(second))
  const transposed = swaps !== isTransposed(second)
  return (
    ALL.find(
      (each) => isTransposed(each) === transposed && fromRight(each) === right && fromBottom(each) === bottom,
    ) ?? 1
  )
}

export const orientationOf = (operation: Flip | Rotate): Orientation =>
  operation.do === 'flip'
    ? operation.axis === 'horizontal'
      ? 2
      : 4
    : ({ 90: 6, 180: 3, 270: 8 } as const)[operation.degrees]

/** A stored picture's size upright, and the other way round. */
export const turned = ({ width, height }: Size, orientation: Orientation): Size =>
  isTransposed(orientation) ? { width: height, height: width } : { width, height }

/** Where a box of an upright picture of that size is in the stored one. */
export function storedBox({ x, y, ...box }: Box, upright: Size, orientation: Orientation): Box {
  const [stored, size] = [turned(upright, orientation), turned(box, orientation)]
  const [left, top] = isTransposed(orientation) ? [y, x] : [x, y]
  return {
    ...size,
    x: fromRight(orientation) ? stored.width - left - size.width : left,
    y: fromBottom(orientation) ? stored.height - top - size.height : top,
  }
}
