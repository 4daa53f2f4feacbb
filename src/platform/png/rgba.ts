import type { PngHead } from './chunks.ts'

/* Indices are bounded by the row's length: `!` costs the inner loops nothing. */

/** Writes a row of so many pixels as RGBA, `apart` pixels from each other. Of 16 bits the upper 8 are taken. */
export type RowReader = (
  row: Uint8Array,
  width: number,
  into: Uint8ClampedArray,
  at: number,
  apart: number,
) => void

export function rowReader({ depth, channels, colorType, palette, transparent }: PngHead): RowReader {
  if (palette)
    return (row, width, into, at, apart) => {
      for (let x = 0, to = at; x < width; x++, to += apart * 4) {
        const color = sampleAt(row, x, depth) * 4
        for (let channel = 0; channel < 4; channel++) into[to + channel] = palette[color + channel]!
      }
    }
  if (depth < 8) {
    const most = (1 << depth) - 1
    return (row, width, into, at, apart) => {
      for (let x = 0, to = at; x < width; x++, to += apart * 4) {
        const sample = sampleAt(row, x, depth)
        into.fill((sample * 255) / most, to, to + 3)
        into[to + 3] = sample === transparent?.[0] ? 0 : 255
      }
    }
  }
  const bytes = depth / 8
  const step = channels * bytes
  // The places of red, green and blue; of gray all are one.
  const [green, blue] = colorType === 2 || colorType === 6 ? [bytes, 2 * bytes] : [0, 0]
  const alpha = colorType >= 4 ? (channels - 1) * bytes : null
  return (row, width, into, at, apart) => {
    for (let x = 0, from = 0, to = at; x < width; x++, from += step, to += apart * 4) {
      into[to] = row[from]!
      into[to + 1] = row[from + green]!
      into[to + 2] = row[from + blue]!
      into[to + 3] = alpha === null ? 255 : row[from + alpha]!
    }
    if (transparent) hide(transparent, row, width, bytes, into, at, apart)
  }
}

const sampleAt = (row: Uint8Array, x: number, depth: number): number => {
  const bit = x * depth
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}

/** Makes the one color transparent that is said to be. */
function hide(
  color: readonly number[],
  row: Uint8Array,
  width: number,
  bytes: number,
  into: Uint8ClampedArray,
  at: number,
  apart: number,
): void {
  const sample = (i: number) => (bytes === 1 ? row[i]! : (row[i * 2]! << 8) | row[i * 2 + 1]!)
  for (let x = 0; x < width; x++)
    if (color.every((value, channel) => value === sample(x * color.length + channel)))
      into[at + x * apart * 4 + 3] = 0
}
