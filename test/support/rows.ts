import type { Box, Orientation, Size } from '../../src/core/image/image.ts'

/** A picture, row by row, each of whose pixels is another: what is done to it is seen by where they are. */
export type Rows = readonly (readonly number[])[]

export const rowsOf = ({ width, height }: Size): Rows =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => y * width + x))

export const cut = (rows: Rows, { x, y, width, height }: Box): Rows =>
  rows.slice(y, y + height).map((row) => row.slice(x, x + width))

/** Left and right change places. */
export const flipped = (rows: Rows): Rows => rows.map((row) => row.toReversed())
/** A quarter turn, clockwise. */
export const turnedRight = (rows: Rows): Rows =>
  (rows[0] ?? []).map((_, x) => rows.map((row) => row[x] ?? -1).toReversed())

/** What brings each orientation upright, as EXIF's own words have it: mirrored first, then turned clockwise. */
const TURNS: Readonly<Record<Orientation, { readonly mirrored: boolean; readonly quarters: number }>> = {
  1: { mirrored: false, quarters: 0 },
  2: { mirrored: true, quarters: 0 },
  3: { mirrored: false, quarters: 2 },
  4: { mirrored: true, quarters: 2 },
  5: { mirrored: true, quarters: 3 },
  6: { mirrored: false, quarters: 1 },
  7: { mirrored: true, quarters: 1 },
  8: { mirrored: false, quarters: 3 },
}
export function brought(rows: Rows, orientation: Orientation): Rows {
  const { mirrored, quarters } = TURNS[orientation]
  let upright = mirrored ? flipped(rows) : rows
  for (let i = 0; i < quarters; i++) upright = turnedRight(upright)
  return upright
}
