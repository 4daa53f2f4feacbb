import { damaged } from './fault.ts'
import { extended, LOOKED_BITS, type HuffmanTable } from './huffman.ts'

/* Indices are bounded by how the tables are made: `!` costs the inner loops nothing. */

const UNSEEN_BITS = 32 - LOOKED_BITS
/** Bits that are there after a look for more: a code of 16 and a little. */
const FILLED_BITS = 25

/** The bits of a scan: stuffed zeros are left out, and a marker ends them (T.81, F.2.2.5). */
export class BitReader {
  readonly #bytes: Uint8Array
  /** The next bits, first bit topmost. */
  #bits = 0
  #count = 0
  #at: number
  #end: number
  /** Zeros that were added behind the end. */
  #made = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
    this.#end = bytes.length
  }

  /** Where the next marker is, or is looked for. */
  get at(): number {
    return this.#at
  }

  /** More was read than there is. */
  get isOver(): boolean {
    return this.#made > this.#count
  }

  /** Takes the marker `RST0` to `RST7` that must follow here, and begins anew behind it. */
  restart(): void {
    if (this.isOver) throw damaged('an interval ends early')
    const bytes = this.#bytes
    // Whole bytes may have been taken in already: none of them is a marker, so it is at `#at` or behind.
    let at = this.#at
    while (at < bytes.length && !(bytes[at] === 0xff && (bytes[at + 1]! & 0xf8) === 0xd0)) {
      if (bytes[at] === 0xff && bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff) break
      at++
    }
    if ((bytes[at + 1]! & 0xf8) !== 0xd0) throw damaged('a restart marker is missing')
    this.#at = at + 2
    this.#end = bytes.length
    this.#bits = 0
    this.#count = 0
    this.#made = 0
  }

  #fill(): void {
    const bytes = this.#bytes
    while (this.#count < FILLED_BITS) {
      let byte = 0
      if (this.#at >= this.#end) this.#made += 8
      else {
        byte = bytes[this.#at]!
        if (byte !== 0xff) this.#at++
        else if (bytes[this.#at + 1] === 0) this.#at += 2
        else {
          this.#end = this.#at
          this.#made += 8
          byte = 0
        }
      }
      this.#bits |= byte << (24 - this.#count)
      this.#count += 8
    }
  }

  /** Up to 16 bits as a number. */
  take(size: number): number {
    if (size === 0) return 0
    if (this.#count < size) this.#fill()
    const value = this.#bits >>> (32 - size)
    this.#bits <<= size
    this.#count -= size
    return value
  }

  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill()
    const code = table.codes[this.#bits >>> UNSEEN_BITS]! || longCode(table, this.#bits)
    this.#bits <<= code >> 8
    this.#count -= code >> 8
    return code & 255
  }

  /** A value and its sign. */
  signed(size: number): number {
    return size === 0 ? 0 : extended(this.take(size), size)
  }

  /**
   * The AC coefficients of a block of a sequential scan, dequantised: `into[slots[k]]`, by their place in zigzag order.
   * Those behind `last` are passed over. `factors` and `slots` have 80 places, since the last run can go beyond 63.
   * The answer: the last coefficient that is not 0, among those wanted.
   */
  coefficients(
    table: HuffmanTable,
    into: Float32Array,
    slots: Uint8Array,
    factors: Float32Array,
    last: number,
  ): number {
    const { codes, values } = table
    const bytes = this.#bytes
    // The reader's state in local variables: half the time of a decoder is spent in this loop.
    let bits = this.#bits
    let count = this.#count
    let at = this.#at
    let k = 1
    let found = 0
    while (k < 64) {
      if (count < 16) {
        while (count < FILLED_BITS) {
          const byte = at < this.#end ? bytes[at]! : 0xff
          if (byte !== 0xff) {
            bits |= byte << (24 - count)
            at++
          } else if (at < this.#end && bytes[at + 1] === 0) {
            bits |= 0xff << (24 - count)
            at += 2
          } else {
            this.#end = at
            this.#made += 8
          }
          count += 8
        }
      }
      const value = k <= last ? values[bits >>> UNSEEN_BITS]! : 0
      if (value !== 0) {
        k += (value >> 8) & 15
        bits <<= value & 255
        count -= value & 255
        into[slots[k]!] = (value >> 16) * factors[k]!
        found = k++
        continue
      }
      const code = codes[bits >>> UNSEEN_BITS]! || longCode(table, bits)
      bits <<= code >> 8
      count -= code >> 8
      const size = code & 15
      k += (code >> 4) & 15
      if (size === 0) {
        if ((code & 0xf0) !== 0xf0) break
        k++
        continue
      }
      if (count < size) {
        this.#bits = bits
        this.#count = count
        this.#at = at
        this.#fill()
        bits = this.#bits
        count = this.#count
        at = this.#at
      }
      if (k <= last) {
        into[slots[k]!] = extended(bits >>> (32 - size), size) * factors[k]!
        found = k
      }
      bits <<= size
      count -= size
      k++
    }
    if (k > 64) throw damaged('a block has more than 64 coefficients')
    this.#bits = bits
    this.#count = count
    this.#at = at
    return found
  }
}

/** A code that a look-up does not see: its length << 8 | its symbol. */
function longCode({ ends, places, symbols }: HuffmanTable, bits: number): number {
  const code = bits >>> 16
  for (let length = LOOKED_BITS + 1; length <= 16; length++) {
    const symbol = code < ends[length]! ? symbols[(code >> (16 - length)) + places[length]!] : undefined
    if (symbol !== undefined) return (length << 8) | symbol
  }
  throw damaged('no such Huffman code')
}
