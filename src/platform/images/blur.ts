import { isOpaque, premultiply, unpremultiply } from './effects.ts'
import type { Pixels } from './pixels.ts'

/* Indices are bounded by the picture's size: `!` costs the inner loops nothing. */

/** Means that are taken one of another: three are as good as a Gaussian to the eye (Kovesi, 2010). */
const MEANS = 3
/** Columns that are blurred together: as much of a row as the processor's cache gets at once. */
const COLUMNS = 8

/**
 * A Gaussian blur of that standard deviation, along the rows and then along the columns, whatever it is in the same time.
 * Beyond the edge the last pixels are repeated; what is transparent has no color. Changes the pixels: beside them it holds
 * some lines, where photon held the picture four times.
 */
export function blur(pixels: Pixels, sigma: number): void {
  const { data, width, height } = pixels
  const isMixed = !isOpaque(pixels)
  if (isMixed) premultiply(pixels)
  const radii = radiiOf(sigma)
  const along = smoother(radii, width, 4)
  for (let y = 0; y < height; y++) along(data, y * width * 4, 4, 4)
  const down = smoother(radii, height, COLUMNS * 4)
  for (let x = 0; x < width; x += COLUMNS) down(data, x * 4, width * 4, Math.min(COLUMNS, width - x) * 4)
  if (isMixed) unpremultiply(pixels)
}

/** How far each mean reaches to either side, so that all have the variance of the Gaussian (Kovesi, 2010). */
function radiiOf(sigma: number): readonly number[] {
  const ideal = Math.sqrt((12 * sigma ** 2) / MEANS + 1)
  const narrow = 2 * Math.floor((ideal - 1) / 2) + 1
  const narrows = Math.round((12 * sigma ** 2 - MEANS * (narrow ** 2 + 4 * narrow + 3)) / (-4 * narrow - 4))
  return Array.from({ length: MEANS }, (_, i) => (i < narrows ? narrow - 1 : narrow + 1) / 2)
}

/** Smooths a line of `length` places `step` bytes apart, of so many bytes side by side each; `lanes` at most. */
function smoother(radii: readonly number[], length: number, lanes: number) {
  let line = new Float32Array(length * lanes)
  let smoothed = new Float32Array(length * lanes)
  const sums = new Float64Array(lanes)
  return (data: Uint8ClampedArray, at: number, step: number, beside: number): void => {
    for (let i = 0, to = 0, from = at; i < length; i++, from += step)
      for (let lane = 0; lane < beside; lane++) line[to++] = data[from + lane]!
    for (const radius of radii) {
      if (radius === 0) continue
      takeMeans(line, smoothed, length, beside, radius, sums)
      ;[line, smoothed] = [smoothed, line]
    }
    for (let i = 0, from = 0, to = at; i < length; i++, to += step)
      for (let lane = 0; lane < beside; lane++) data[to + lane] = line[from++]!
  }
}

function takeMeans(
  line: Float32Array,
  into: Float32Array,
  length: number,
  beside: number,
  radius: number,
  sums: Float64Array,
): void {
  const last = (length - 1) * beside
  const share = 1 / (2 * radius + 1)
  for (let lane = 0; lane < beside; lane++) {
    let sum = line[lane]! * (radius + 1)
    for (let i = 1; i <= radius; i++) sum += line[Math.min(i * beside, last) + lane]!
    sums[lane] = sum
  }
  for (let at = 0; at <= last; at += beside) {
    const entering = Math.min(at + (radius + 1) * beside, last)
    const leaving = Math.max(at - radius * beside, 0)
    for (let lane = 0; lane < beside; lane++) {
      into[at + lane] = sums[lane]! * share
      sums[lane] = sums[lane]! + line[entering + lane]! - line[leaving + lane]!
    }
  }
}
