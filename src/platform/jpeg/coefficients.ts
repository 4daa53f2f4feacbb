import type { Plane } from './planes.ts'

/* Indices are bounded by the picture's blocks: `!` costs the inner loops nothing. */

/**
 * The coefficients of a whole plane, for files that tell them bit by bit: those that are kept, and of all 64 whether
 * they are 0, which a later scan asks of those that are dropped too.
 */
export type Coefficients = {
  readonly plane: Plane
  /** Blocks of it, padded to whole MCUs. */
  readonly blocks: number
  /** Of each block `size` × `size`, row by row. */
  readonly values: Int16Array<ArrayBuffer>
  /** Of each block two words: which coefficients are not 0, in zigzag order. */
  readonly present: Uint32Array<ArrayBuffer>
}

export function coefficientsOf(plane: Plane, mcusDown: number): Coefficients {
  const blocks = plane.blocks * mcusDown * plane.component.down
  return {
    plane,
    blocks,
    values: new Int16Array(blocks * plane.size * plane.size),
    present: new Uint32Array(blocks * 2),
  }
}

/** Gives their memory back now: of a photograph they are tens of megabytes. */
export function releaseCoefficients({ values, present }: Coefficients): void {
  values.buffer.transfer(0)
  present.buffer.transfer(0)
}

export const isPresent = ({ present }: Coefficients, block: number, k: number): boolean =>
  (present[block * 2 + (k >> 5)]! & (1 << (k & 31))) !== 0

export function setCoefficient(of: Coefficients, block: number, k: number, value: number): void {
  const slot = of.plane.slots[k]!
  const kept = of.plane.size * of.plane.size
  of.present[block * 2 + (k >> 5)]! |= 1 << (k & 31)
  if (slot < kept) of.values[block * kept + slot] = value
}

/** One more bit of a coefficient that is not 0: away from 0. */
export function refineCoefficient(of: Coefficients, block: number, k: number, bit: number): void {
  const slot = of.plane.slots[k]!
  const kept = of.plane.size * of.plane.size
  if (slot >= kept) return
  const value = of.values[block * kept + slot]!
  of.values[block * kept + slot] = value < 0 ? value - bit : value + bit
}

/** Writes a block's coefficients, dequantised, for its transform. The answer: the last that is not 0, or any behind it. */
export function loadBlock({ plane, values }: Coefficients, block: number, into: Float32Array): number {
  const { slots, factors, last, size } = plane
  const start = block * size * size
  let found = 0
  for (let k = 0; k <= last; k++) {
    const slot = slots[k]!
    const value = slot < size * size ? values[start + slot]! : 0
    if (value === 0) continue
    into[slot] = value * factors[k]!
    found = k
  }
  return found
}
