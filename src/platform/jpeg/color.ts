import type { Layout, Plane } from './planes.ts'
import type { Frame, Tables } from './segments.ts'

/* Indices are bounded by the sizes of planes and bands: `!` costs the inner loops nothing. */

/** Writes one row of the picture as RGBA. */
type RowWriter = (
  planes: readonly Plane[],
  y: number,
  width: number,
  into: Uint8ClampedArray,
  at: number,
) => void

/** Makes RGBA of a band, as many rows of it as are asked for. */
export function bandWriter(
  frame: Frame,
  tables: Tables,
  { planes, width }: Layout,
): (into: Uint8ClampedArray, rows: number) => void {
  const write = writerOf(frame, tables)
  return (into, rows) => {
    for (let y = 0; y < rows; y++) write(planes, y, width, into, y * width * 4)
  }
}

/** As libjpeg guesses what the file does not say. */
function writerOf({ components }: Frame, { adobeTransform, hasJfif }: Tables): RowWriter {
  const ids = components.map(({ id }) => String.fromCharCode(id)).join('')
  if (components.length === 1) return writeGray
  if (components.length === 4)
    return adobeTransform === 2 ? writeYcck : adobeTransform === null ? writeCmyk : writeInvertedCmyk
  return !hasJfif && (adobeTransform === 0 || (adobeTransform === null && ids === 'RGB'))
    ? writeRgb
    : writeYcc
}

// JFIF 1.02, "Conversion to and from RGB": what the chromas add, in 1/65536 where two are added.
const tableOf = (of: (chroma: number) => number): Int32Array =>
  Int32Array.from({ length: 256 }, (_, i) => Math.round(of(i - 128)))
const RED_OF_CR = tableOf((cr) => 1.402 * cr)
const BLUE_OF_CB = tableOf((cb) => 1.772 * cb)
const GREEN_OF_CB = tableOf((cb) => -0.344136 * 65536 * cb)
const GREEN_OF_CR = tableOf((cr) => -0.714136 * 65536 * cr + 32768)

const rowOf = ({ stride, shiftY }: Plane, y: number): number => (y >> shiftY) * stride

const writeYcc: RowWriter = ([luma, blue, red], y, width, into, at) => {
  if (!luma || !blue || !red) return
  const [ys, cbs, crs] = [luma.pixels, blue.pixels, red.pixels]
  const [rowY, rowCb, rowCr] = [rowOf(luma, y), rowOf(blue, y), rowOf(red, y)]
  const [shiftY, shiftCb, shiftCr] = [luma.shiftX, blue.shiftX, red.shiftX]
  for (let x = 0, to = at; x < width; x++, to += 4) {
    const light = ys[rowY + (x >> shiftY)]!
    const cb = cbs[rowCb + (x >> shiftCb)]!
    const cr = crs[rowCr + (x >> shiftCr)]!
    into[to] = light + RED_OF_CR[cr]!
    into[to + 1] = light + ((GREEN_OF_CB[cb]! + GREEN_OF_CR[cr]!) >> 16)
    into[to + 2] = light + BLUE_OF_CB[cb]!
    into[to + 3] = 255
  }
}

const writeGray: RowWriter = ([luma], y, width, into, at) => {
  if (!luma) return
  const row = rowOf(luma, y)
  for (let x = 0, to = at; x < width; x++, to += 4) {
    into.fill(luma.pixels[row + x]!, to, to + 3)
    into[to + 3] = 255
  }
}

const writeRgb: RowWriter = (planes, y, width, into, at) => {
  for (const [channel, plane] of planes.entries()) {
    const row = rowOf(plane, y)
    for (let x = 0, to = at + channel; x < width; x++, to += 4)
      into[to] = plane.pixels[row + (x >> plane.shiftX)]!
  }
  for (let x = 0, to = at + 3; x < width; x++, to += 4) into[to] = 255
}

/** Adobe writes inks inverted: 255 is no ink. Black is the fourth channel here, before it darkens the others. */
const writeInvertedCmyk: RowWriter = (planes, y, width, into, at) => {
  writeRgb(planes, y, width, into, at)
  darken(planes, y, width, into, at)
}

const writeYcck: RowWriter = (planes, y, width, into, at) => {
  writeYcc(planes, y, width, into, at)
  for (let to = at; to < at + width * 4; to++) into[to] = 255 - into[to]!
  darken(planes, y, width, into, at)
}

/** With as much light as black leaves. */
function darken(
  planes: readonly Plane[],
  y: number,
  width: number,
  into: Uint8ClampedArray,
  at: number,
): void {
  const black = planes[3]
  if (!black) return
  const row = rowOf(black, y)
  for (let x = 0, to = at; x < width; x++, to += 4) {
    const light = black.pixels[row + (x >> black.shiftX)]! / 255
    for (let channel = to; channel < to + 3; channel++) into[channel] = into[channel]! * light
    into[to + 3] = 255
  }
}

/** As inks are: inverted once a band, before its first row. */
const writeCmyk: RowWriter = (planes, y, width, into, at) => {
  if (y === 0)
    for (const { pixels } of planes) for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - pixels[i]!
  writeInvertedCmyk(planes, y, width, into, at)
}
