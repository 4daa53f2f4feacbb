import { damaged } from './fault.ts'

/** Bits that one look-up sees: most codes of photographs with their values are shorter. */
export const LOOKED_BITS = 10

/** A Huffman table (ITU T.81, annex C), made to be read by the next bits of the stream. */
export type HuffmanTable = {
  /** By the next `LOOKED_BITS`: the code's length << 8 | its symbol; 0: a longer code, or none. */
  readonly codes: Uint16Array
  /** The same, where the value behind the code is in sight too: value << 16 | run << 8 | bits of both; else 0. */
  readonly values: Int32Array
  /** By length: the first code behind those of that length, in the upper of 16 bits. */
  readonly ends: Int32Array
  /** By length: the place of a code's symbol, less the code. */
  readonly places: Int32Array
  readonly symbols: Uint8Array
}

/** `counts`: how many codes there are of 1 to 16 bits. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const codes = new Uint16Array(1 << LOOKED_BITS)
  const ends = new Int32Array(17)
  const places = new Int32Array(17)
  let code = 0
  let place = 0
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0
    places[length] = place - code
    if (code + count > 1 << length) throw damaged('a Huffman table has more codes than there are')
    const seen = length <= LOOKED_BITS ? count : 0
    for (let i = 0; i < seen; i++) {
      const from = (code + i) << (LOOKED_BITS - length)
      codes.fill((length << 8) | (symbols[place + i] ?? 0), from, from + (1 << (LOOKED_BITS - length)))
    }
    code += count
    place += count
    ends[length] = code << (16 - length)
    code <<= 1
  }
  return { codes, values: valuesOf(codes), ends, places, symbols }
}

function valuesOf(codes: Uint16Array): Int32Array {
  return Int32Array.from(codes, (code, bits) => {
    const length = code >> 8
    const size = code & 15
    const total = length + size
    if (length === 0 || size === 0 || total > LOOKED_BITS) return 0
    const magnitude = (bits >> (LOOKED_BITS - total)) & ((1 << size) - 1)
    return (extended(magnitude, size) << 16) | (((code >> 4) & 15) << 8) | total
  })
}

/** A value of so many bits, whose first is 0 where it is negative (T.81, F.2.2.1, EXTEND). */
export const extended = (magnitude: number, size: number): number =>
  magnitude < 1 << (size - 1) ? magnitude + (-1 << size) + 1 : magnitude
