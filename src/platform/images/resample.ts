import type { Size } from '../../core/image/image.ts'
import { newPixels, type Pixels } from './pixels.ts'

/* Indices are bounded by the kernels: `!` costs the inner loops nothing. */

/** Which of the source's pixels one of the result is made of, and how much of each. */
type Kernel = {
  readonly starts: Int32Array
  readonly counts: Int32Array
  /** `widest` for each pixel of the result. */
  readonly weights: Float32Array
  readonly widest: number
}

/** Pixels to either side, at the coarser of both scales: Lanczos-3 (v2 reference, section 4.9). */
const LOBES = 3
const lanczos = (x: number): number =>
  x === 0
    ? 1
    : Math.abs(x) >= LOBES
      ? 0
      : (LOBES * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / LOBES)) / (Math.PI * x) ** 2

function kernelOf(from: number, to: number): Kernel {
  const scale = from / to
  const coarse = Math.max(scale, 1)
  const widest = Math.ceil(LOBES * coarse) * 2 + 1
  const starts = new Int32Array(to)
  const counts = new Int32Array(to)
  const weights = new Float32Array(to * widest)
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale
    const start = Math.max(0, Math.ceil(center - LOBES * coarse - 0.5))
    const end = Math.min(from, Math.floor(center + LOBES * coarse - 0.5) + 1)
    const own = Array.from({ length: end - start }, (_, k) => lanczos((start + k + 0.5 - center) / coarse))
    const sum = own.reduce((total, weight) => total + weight, 0)
    weights.set(
      own.map((weight) => weight / sum),
      i * widest,
    )
    starts[i] = start
    counts[i] = own.length
  }
  return { starts, counts, weights, widest }
}

/** Takes the rows of a picture from the top and makes another size of it. */
export type Resampler = {
  readonly push: (rgba: Uint8ClampedArray, rows: number) => void
  /** When all rows are there. */
  readonly result: () => Pixels
}

/**
 * Lanczos-3 row by row: each row is made as narrow as the result at once and added to those of the result's rows that it
 * is part of, so that beside the result only some rows are held, not the source, and not a picture of floats as photon's
 * does (16 bytes a pixel of the source's width and the result's height). Colors are weighed by their alpha: what is
 * transparent has none.
 */
export function resampler(from: Size, to: Size, hasAlpha: boolean): Resampler {
  const across = kernelOf(from.width, to.width)
  const down = kernelOf(from.height, to.height)
  const channels = hasAlpha ? 4 : 3
  const narrow = hasAlpha ? narrowWithAlpha : narrowOpaque
  const out = newPixels(to)
  const row = new Float32Array(to.width * channels)
  const length = row.length
  const held = mostAtOnce(down)
  const sums = new Float32Array(length * held)
  let y = 0
  let done = 0
  return {
    push(rgba, rows) {
      for (let i = 0; i < rows; i++, y++) {
        narrow(rgba, i * from.width * 4, across, row, to.width)
        for (let each = done; each < to.height && down.starts[each]! <= y; each++)
          add(
            row,
            down.weights[each * down.widest + y - down.starts[each]!]!,
            sums,
            (each % held) * length,
            length,
          )
        while (done < to.height && y + 1 === down.starts[done]! + down.counts[done]!) {
          const at = (done % held) * length
          if (hasAlpha) writeWithAlpha(sums, at, out, done)
          else writeOpaque(sums, at, out, done)
          sums.fill(0, at, at + length)
          done++
        }
      }
    },
    result: () => out,
  }
}

function mostAtOnce({ starts, counts }: Kernel): number {
  let most = 1
  for (let i = 0, first = 0; i < starts.length; i++) {
    while (starts[first]! + counts[first]! <= starts[i]!) first++
    most = Math.max(most, i - first + 1)
  }
  return most
}

function narrowOpaque(
  rgba: Uint8ClampedArray,
  at: number,
  { starts, counts, weights, widest }: Kernel,
  row: Float32Array,
  width: number,
): void {
  for (let i = 0, to = 0; i < width; i++, to += 3) {
    let red = 0
    let green = 0
    let blue = 0
    let from = at + starts[i]! * 4
    for (let k = i * widest, end = k + counts[i]!; k < end; k++, from += 4) {
      const weight = weights[k]!
      red += weight * rgba[from]!
      green += weight * rgba[from + 1]!
      blue += weight * rgba[from + 2]!
    }
    row[to] = red
    row[to + 1] = green
    row[to + 2] = blue
  }
}

function narrowWithAlpha(
  rgba: Uint8ClampedArray,
  at: number,
  { starts, counts, weights, widest }: Kernel,
  row: Float32Array,
  width: number,
): void {
  for (let i = 0, to = 0; i < width; i++, to += 4) {
    let red = 0
    let green = 0
    let blue = 0
    let alpha = 0
    let from = at + starts[i]! * 4
    for (let k = i * widest, end = k + counts[i]!; k < end; k++, from += 4) {
      const weight = weights[k]! * rgba[from + 3]!
      red += weight * rgba[from]!
      green += weight * rgba[from + 1]!
      blue += weight * rgba[from + 2]!
      alpha += weight
    }
    row[to] = red
    row[to + 1] = green
    row[to + 2] = blue
    row[to + 3] = alpha
  }
}

function add(row: Float32Array, weight: number, sums: Float32Array, at: number, length: number): void {
  for (let i = 0, to = at; i < length; i++, to++) sums[to] = sums[to]! + weight * row[i]!
}

function writeOpaque(sums: Float32Array, at: number, { data, width }: Pixels, y: number): void {
  for (let i = y * width * 4, end = i + width * 4, from = at; i < end; i += 4, from += 3) {
    data[i] = sums[from]!
    data[i + 1] = sums[from + 1]!
    data[i + 2] = sums[from + 2]!
    data[i + 3] = 255
  }
}

function writeWithAlpha(sums: Float32Array, at: number, { data, width }: Pixels, y: number): void {
  for (let i = y * width * 4, end = i + width * 4, from = at; i < end; i += 4, from += 4) {
    const alpha = sums[from + 3]!
    // Less than half a step is nothing, and its color noise.
    if (alpha < 0.5) continue
    data[i] = sums[from]! / alpha
    data[i + 1] = sums[from + 1]! / alpha
    data[i + 2] = sums[from + 2]! / alpha
    data[i + 3] = alpha
  }
}
