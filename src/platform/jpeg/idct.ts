/* Indices are bounded by the sizes of blocks and planes: `!` costs the inner loops nothing. */

/** Pixels that a block of 8 × 8 is made into, across and down: the smaller ones of its lowest frequencies alone. */
export type BlockSize = 1 | 2 | 4 | 8

/**
 * What coefficient (u, v) is multiplied by beside its quantisation, so that the transforms below need few other
 * multiplications: the product of both frequencies' factors. For 8 as Arai, Agui and Nakajima found, for 4 and 2 the
 * orthonormal transform of that size, whose values are N / 8 of those of size 8.
 */
export function frequencyFactor(size: BlockSize, u: number, v: number): number {
  return oneFactor(size, u) * oneFactor(size, v)
}
const oneFactor = (size: BlockSize, u: number): number => {
  if (u === 0) return Math.SQRT1_2 / 2
  if (size === 8) return Math.cos((u * Math.PI) / 16) / 2
  return size === 4 && u !== 2 ? 0.5 : Math.SQRT1_2 / 2
}

/** Writes a block of coefficients as pixels into a plane; 128 is added, the plane rounds and clamps. */
export type Transform = (block: Float32Array, plane: Uint8ClampedArray, at: number, stride: number) => void

export const transformOf = (size: BlockSize): Transform =>
  size === 8 ? transform8 : size === 4 ? transform4 : size === 2 ? transform2 : transform1

/** Of a block without any but its first coefficient. */
export function fillBlock(
  value: number,
  size: BlockSize,
  plane: Uint8ClampedArray,
  at: number,
  stride: number,
): void {
  const pixel = value + 128
  for (let y = 0, row = at; y < size; y++, row += stride)
    for (let x = row; x < row + size; x++) plane[x] = pixel
}

const transform1: Transform = (block, plane, at) => {
  plane[at] = block[0]! + 128
}

const transform2: Transform = (block, plane, at, stride) => {
  const sum = block[0]! + block[2]! + 128
  const difference = block[0]! - block[2]! + 128
  const sum1 = block[1]! + block[3]!
  const difference1 = block[1]! - block[3]!
  plane[at] = sum + sum1
  plane[at + 1] = sum - sum1
  plane[at + stride] = difference + difference1
  plane[at + stride + 1] = difference - difference1
}

const COS_1_8 = Math.cos(Math.PI / 8)
const COS_3_8 = Math.cos((3 * Math.PI) / 8)

const transform4: Transform = (block, plane, at, stride) => {
  for (let u = 0; u < 4; u++) {
    const even = block[u]! + block[u + 8]!
    const even1 = block[u]! - block[u + 8]!
    const odd = block[u + 4]! * COS_1_8 + block[u + 12]! * COS_3_8
    const odd1 = block[u + 4]! * COS_3_8 - block[u + 12]! * COS_1_8
    block[u] = even + odd
    block[u + 4] = even1 + odd1
    block[u + 8] = even1 - odd1
    block[u + 12] = even - odd
  }
  for (let v = 0, to = at; v < 16; v += 4, to += stride) {
    const even = block[v]! + block[v + 2]! + 128
    const even1 = block[v]! - block[v + 2]! + 128
    const odd = block[v + 1]! * COS_1_8 + block[v + 3]! * COS_3_8
    const odd1 = block[v + 1]! * COS_3_8 - block[v + 3]! * COS_1_8
    plane[to] = even + odd
    plane[to + 1] = even1 + odd1
    plane[to + 2] = even1 - odd1
    plane[to + 3] = even - odd
  }
}

const SQRT2 = Math.SQRT2
const COS_2 = 2 * Math.cos(Math.PI / 8)
const COS_2_LESS = 2 * (Math.cos(Math.PI / 8) - Math.cos((3 * Math.PI) / 8))
const COS_2_MORE = 2 * (Math.cos(Math.PI / 8) + Math.cos((3 * Math.PI) / 8))

/** Arai, Agui and Nakajima, "A fast DCT-SQ scheme for images", 1988, turned round: columns, then rows. */
const transform8: Transform = (block, plane, at, stride) => {
  for (let u = 0; u < 8; u++) {
    const b1 = block[u + 8]!
    const b2 = block[u + 16]!
    const b3 = block[u + 24]!
    const b4 = block[u + 32]!
    const b5 = block[u + 40]!
    const b6 = block[u + 48]!
    const b7 = block[u + 56]!
    const b0 = block[u]!
    if (b1 === 0 && b2 === 0 && b3 === 0 && b4 === 0 && b5 === 0 && b6 === 0 && b7 === 0) {
      for (let i = u + 8; i < 64; i += 8) block[i] = b0
      continue
    }
    const even = b0 + b4
    const even1 = b0 - b4
    const even3 = b2 + b6
    const even2 = (b2 - b6) * SQRT2 - even3
    const e0 = even + even3
    const e3 = even - even3
    const e1 = even1 + even2
    const e2 = even1 - even2
    const z13 = b5 + b3
    const z10 = b5 - b3
    const z11 = b1 + b7
    const z12 = b1 - b7
    const o7 = z11 + z13
    const z5 = (z10 + z12) * COS_2
    const o6 = z5 - z10 * COS_2_MORE - o7
    const o5 = (z11 - z13) * SQRT2 - o6
    const o4 = z5 - z12 * COS_2_LESS - o5
    block[u] = e0 + o7
    block[u + 56] = e0 - o7
    block[u + 8] = e1 + o6
    block[u + 48] = e1 - o6
    block[u + 16] = e2 + o5
    block[u + 40] = e2 - o5
    block[u + 24] = e3 + o4
    block[u + 32] = e3 - o4
  }
  for (let v = 0, to = at; v < 64; v += 8, to += stride) {
    const b0 = block[v]! + 128
    const b1 = block[v + 1]!
    const b2 = block[v + 2]!
    const b3 = block[v + 3]!
    const b4 = block[v + 4]!
    const b5 = block[v + 5]!
    const b6 = block[v + 6]!
    const b7 = block[v + 7]!
    const even = b0 + b4
    const even1 = b0 - b4
    const even3 = b2 + b6
    const even2 = (b2 - b6) * SQRT2 - even3
    const e0 = even + even3
    const e3 = even - even3
    const e1 = even1 + even2
    const e2 = even1 - even2
    const z13 = b5 + b3
    const z10 = b5 - b3
    const z11 = b1 + b7
    const z12 = b1 - b7
    const o7 = z11 + z13
    const z5 = (z10 + z12) * COS_2
    const o6 = z5 - z10 * COS_2_MORE - o7
    const o5 = (z11 - z13) * SQRT2 - o6
    const o4 = z5 - z12 * COS_2_LESS - o5
    plane[to] = e0 + o7
    plane[to + 7] = e0 - o7
    plane[to + 1] = e1 + o6
    plane[to + 6] = e1 - o6
    plane[to + 2] = e2 + o5
    plane[to + 5] = e2 - o5
    plane[to + 3] = e3 + o4
    plane[to + 4] = e3 - o4
  }
}
