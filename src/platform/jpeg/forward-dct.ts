/* Indices are bounded by the size of a block: `!` costs the inner loops nothing. */

/**
 * What a frequency of `forwardDct` is larger by than it is (Arai, Agui and Nakajima): for dividing by it and by its
 * quantisation at once.
 */
export const forwardFactor = (u: number): number =>
  (u === 0 ? 1 : Math.SQRT2 * Math.cos((u * Math.PI) / 16)) * Math.SQRT2 * 2

const COS_1_4 = Math.SQRT1_2
const COS_3_8 = Math.cos((3 * Math.PI) / 8)
const EVEN = Math.cos(Math.PI / 8) - COS_3_8
const ODD = Math.cos(Math.PI / 8) + COS_3_8

/** A block's frequencies in its place: rows, then columns. */
export function forwardDct(block: Float32Array): void {
  for (let at = 0; at < 64; at += 8) transform(block, at, 1)
  for (let at = 0; at < 8; at++) transform(block, at, 8)
}

function transform(block: Float32Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step]
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step]
  const sum0 = block[at]! + block[i7]!
  const sum1 = block[i1]! + block[i6]!
  const sum2 = block[i2]! + block[i5]!
  const sum3 = block[i3]! + block[i4]!
  const less0 = block[at]! - block[i7]!
  const less1 = block[i1]! - block[i6]!
  const less2 = block[i2]! - block[i5]!
  const less3 = block[i3]! - block[i4]!
  const outer = sum0 - sum3
  const turned = (sum1 - sum2 + outer) * COS_1_4
  block[at] = sum0 + sum3 + sum1 + sum2
  block[i4] = sum0 + sum3 - sum1 - sum2
  block[i2] = outer + turned
  block[i6] = outer - turned
  const odd0 = less3 + less2
  const odd2 = less1 + less0
  const shared = (odd0 - odd2) * COS_3_8
  const low = odd0 * EVEN + shared
  const high = odd2 * ODD + shared
  const middle = (less2 + less1) * COS_1_4
  block[i5] = less0 - middle + low
  block[i3] = less0 - middle - low
  block[i1] = less0 + middle + high
  block[i7] = less0 + middle - high
}
