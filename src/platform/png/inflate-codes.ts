/* Indices are bounded by how the tables are made: `!` costs the inner loops nothing. */

/** Bits of a code that are looked up at once: longer ones are rare, and the table stays in the processor's cache. */
export const FAST_BITS = 10
const LONGEST = 15

/** A Huffman code of deflate (RFC 1951, section 3.2.2), its bits the lowest first. */
export type InflateCodes = {
  /** By the next bits: symbol << 4 | length; 0 where the code is longer, or none. */
  readonly fast: Uint16Array
  /** How many codes there are of each length, and the symbols in the order of their codes. */
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
}

/** `lengths`: of each symbol's code, 0 where it has none. Null where there are more codes than those leave room for. */
export function codesOf(lengths: ArrayLike<number>): InflateCodes | null {
  const counts = new Uint16Array(LONGEST + 1)
  for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]!]!++
  counts[0] = 0
  const codes = new Uint16Array(LONGEST + 2)
  const places = new Uint16Array(LONGEST + 2)
  let room = 1
  for (let length = 1; length <= LONGEST; length++) {
    room = room * 2 - counts[length]!
    codes[length + 1] = (codes[length]! + counts[length]!) << 1
    places[length + 1] = places[length]! + counts[length]!
    if (room < 0) return null
  }
  const fast = new Uint16Array(1 << FAST_BITS)
  const symbols = new Uint16Array(lengths.length)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    symbols[places[length]!++] = symbol
    const code = codes[length]!++
    if (length > FAST_BITS) continue
    const entry = (symbol << 4) | length
    for (let bits = reversed(code, length); bits < fast.length; bits += 1 << length) fast[bits] = entry
  }
  return { fast, counts, symbols }
}

/** symbol << 4 | length of a code that is not in the table; 0 where there is none. */
export function longerEntry({ counts, symbols }: InflateCodes, bits: number): number {
  let [code, first, place] = [0, 0, 0]
  for (let length = 1; length <= LONGEST; length++) {
    code |= (bits >> (length - 1)) & 1
    const count = counts[length]!
    if (code - first < count) return (symbols[place + code - first]! << 4) | length
    place += count
    first = (first + count) << 1
    code <<= 1
  }
  return 0
}

function reversed(code: number, length: number): number {
  let bits = 0
  for (let i = 0; i < length; i++) bits |= ((code >> i) & 1) << (length - 1 - i)
  return bits
}
