import { codesOf, FAST_BITS, type InflateCodes, longerEntry } from './inflate-codes.ts'

/* Indices are bounded by the buffers' sizes and the codes' tables: `!` costs the inner loop nothing. */

/** Ends the decoding from within. */
export class Broken extends Error {}

/** How far back a repetition reaches (RFC 1951, section 2). */
const WINDOW_BYTES = 32 * 1024
/** What is made at once, and the longest repetition that may go beyond it. */
const FRESH_BYTES = 32 * 1024
const REPEATED_MAX = 258
const INPUT_BYTES = 32 * 1024
/** More than one turn of the inner loop reads. */
const MARGIN_BYTES = 16

/** By symbol from 257: the shortest length, and how many bits are added to it (RFC 1951, section 3.2.5). */
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
] as const
const LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
] as const
const DISTANCE_SYMBOLS = 30
const END_OF_BLOCK = 256
/** In which order a block says how long the codes of its code lengths are (section 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const

type Block = { readonly literals: InflateCodes; readonly distances: InflateCodes }

/** RFC 1951, section 3.2.6. */
const FIXED: Block = {
  literals: checkedCodes([
    ...Array<number>(144).fill(8),
    ...Array<number>(112).fill(9),
    ...Array<number>(24).fill(7),
    ...Array<number>(8).fill(8),
  ]),
  distances: checkedCodes(Array<number>(30).fill(5)),
}

/**
 * What the parts of a zlib stream (RFC 1950) become, piece by piece, in 100 KB whatever their size. The platform's
 * DecompressionStream is no faster in pieces as small, and its promises and chunks filled V8's heap by 40 MB for a picture
 * of 4 megapixels, and the process by 100.
 */
export class Inflater {
  readonly #input: Input
  readonly #out = new Uint8Array(WINDOW_BYTES + FRESH_BYTES + REPEATED_MAX)
  /** Where the window begins that there is, and where what is made ends. */
  #start = WINDOW_BYTES
  #end = WINDOW_BYTES
  #block: Block | null = null
  /** Bytes that come as they are. */
  #stored = 0
  #isLast = false
  #isOver = false
  readonly #sum = new Adler()

  constructor(parts: readonly Uint8Array[]) {
    this.#input = new Input(parts)
    const head = (this.#input.take(8) << 8) | this.#input.take(8)
    // Deflate, no dictionary, and a check of these two bytes.
    if (((head >> 8) & 15) !== 8 || (head & 0x20) !== 0 || head % 31 !== 0) throw new Broken('not zlib')
  }

  /** The next bytes, good until those after them are asked for; null at the end, where the checksum has been right. */
  next(): Uint8Array | null {
    if (this.#isOver) return null
    const made = this.#end - WINDOW_BYTES
    this.#out.copyWithin(0, made, this.#end)
    this.#start = Math.max(0, this.#start - made)
    this.#end = WINDOW_BYTES
    while (this.#end < WINDOW_BYTES + FRESH_BYTES && !this.#isOver) {
      if (this.#stored > 0) this.#copy()
      else if (this.#block) this.#decode(this.#block)
      else if (this.#isLast) this.#isOver = true
      else this.#begin()
    }
    const fresh = this.#out.subarray(WINDOW_BYTES, this.#end)
    this.#sum.add(fresh)
    if (this.#isOver && this.#input.checksum() !== this.#sum.value()) throw new Broken('another checksum')
    return fresh
  }

  #begin(): void {
    const input = this.#input
    this.#isLast = input.take(1) === 1
    const kind = input.take(2)
    if (kind === 0) {
      input.align()
      this.#stored = input.take(16)
      if ((input.take(16) ^ this.#stored) !== 0xffff) throw new Broken('a length without its complement')
    } else if (kind === 1) this.#block = FIXED
    else if (kind === 2) this.#block = blockOf(input)
    else throw new Broken('no such block')
  }

  #copy(): void {
    const bytes = Math.min(this.#stored, WINDOW_BYTES + FRESH_BYTES - this.#end)
    for (let i = 0; i < bytes; i++) this.#out[this.#end++] = this.#input.take(8)
    this.#stored -= bytes
  }

  /** Until the block is over or enough is made. */
  #decode({ literals, distances }: Block): void {
    const input = this.#input
    const { bytes } = input
    const out = this.#out
    const start = this.#start
    const { fast } = literals
    const mask = (1 << FAST_BITS) - 1
    let { at, bits, count, safeEnd } = input
    let end = this.#end
    while (end < WINDOW_BYTES + FRESH_BYTES) {
      if (count < 24) {
        if (at > safeEnd) {
          input.at = at
          input.count = count
          input.fill()
          at = input.at
          safeEnd = input.safeEnd
        }
        // 24 bits at least, and 31 at most: a number's sign stays away.
        for (; count < 24; count += 8) bits |= bytes[at++]! << count
      }
      const entry = fast[bits & mask]! || longerEntry(literals, bits)
      bits >>= entry & 15
      count -= entry & 15
      const symbol = entry >> 4
      if (symbol < END_OF_BLOCK) {
        out[end++] = symbol
        continue
      }
      if (symbol === END_OF_BLOCK) {
        this.#block = null
        break
      }
      const lengthBits = LENGTH_BITS[symbol - 257]
      if (lengthBits === undefined || entry === 0) throw new Broken('no such length')
      const length = LENGTHS[symbol - 257]! + (bits & ((1 << lengthBits) - 1))
      bits >>= lengthBits
      count -= lengthBits
      for (; count < 24; count += 8) bits |= bytes[at++]! << count
      const distanceEntry = distances.fast[bits & mask]! || longerEntry(distances, bits)
      const slot = distanceEntry >> 4
      if (distanceEntry === 0 || slot >= DISTANCE_SYMBOLS) throw new Broken('no such distance')
      bits >>= distanceEntry & 15
      count -= distanceEntry & 15
      for (; count < 24; count += 8) bits |= bytes[at++]! << count
      const distanceBits = slot < 4 ? 0 : (slot >> 1) - 1
      const base = slot < 4 ? slot : (2 | (slot & 1)) << distanceBits
      const distance = base + (bits & ((1 << distanceBits) - 1)) + 1
      bits >>= distanceBits
      count -= distanceBits
      if (end - distance < start) throw new Broken('a repetition of what was before the beginning')
      for (const last = end + length; end < last; end++) out[end] = out[end - distance]!
    }
    input.at = at
    input.bits = bits
    input.count = count
    this.#end = end
  }
}

/** The codes of a block that brings its own (RFC 1951, section 3.2.7). */
function blockOf(input: Input): Block {
  const literals = input.take(5) + 257
  const distances = input.take(5) + 1
  const given = input.take(4) + 4
  const own = new Uint8Array(ORDER.length)
  for (const place of ORDER.slice(0, given)) own[place] = input.take(3)
  const codes = checkedCodes(own)
  const lengths = new Uint8Array(literals + distances)
  for (let i = 0; i < lengths.length;) {
    const symbol = input.symbol(codes)
    if (symbol < 16) {
      lengths[i++] = symbol
      continue
    }
    if (symbol === 16 && i === 0) throw new Broken('a repetition of nothing')
    const value = symbol === 16 ? lengths[i - 1]! : 0
    const times = symbol === 16 ? 3 + input.take(2) : symbol === 17 ? 3 + input.take(3) : 11 + input.take(7)
    if (i + times > lengths.length) throw new Broken('more codes than there are')
    lengths.fill(value, i, i + times)
    i += times
  }
  return {
    literals: checkedCodes(lengths.subarray(0, literals)),
    distances: checkedCodes(lengths.subarray(literals)),
  }
}

function checkedCodes(lengths: ArrayLike<number>): InflateCodes {
  const codes = codesOf(lengths)
  if (!codes) throw new Broken('more codes than their lengths leave room for')
  return codes
}

/** The stream's bits, the lowest of a byte first. The inner loop has copies of `at`, `bits` and `count`. */
class Input {
  readonly bytes = new Uint8Array(INPUT_BYTES + MARGIN_BYTES)
  at = 0
  bits = 0
  count = 0
  /** Up to where `bytes` can be read without a look. */
  safeEnd = -1
  readonly #parts: readonly Uint8Array[]
  #part = 0
  #partAt = 0
  #end = 0

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts
  }

  /** Gets more bytes; behind the last there are zeros, of which none may be needed. */
  fill(): void {
    if (this.at - (this.count >> 3) > this.#end) throw new Broken('the pixels end early')
    if (this.#part === this.#parts.length) return
    this.bytes.copyWithin(0, this.at, this.#end)
    this.#end = Math.max(0, this.#end - this.at)
    this.at = 0
    while (this.#end < INPUT_BYTES && this.#part < this.#parts.length) {
      const part = this.#parts[this.#part]!
      const piece = part.subarray(this.#partAt, this.#partAt + INPUT_BYTES - this.#end)
      this.bytes.set(piece, this.#end)
      this.#end += piece.length
      this.#partAt += piece.length
      if (this.#partAt < part.length) continue
      this.#part++
      this.#partAt = 0
    }
    this.bytes.fill(0, this.#end)
    this.safeEnd = this.#end - MARGIN_BYTES
  }

  /** Up to 16 bits. */
  take(size: number): number {
    this.#need(size)
    const value = this.bits & ((1 << size) - 1)
    this.#drop(size)
    return value
  }

  symbol(codes: InflateCodes): number {
    this.#need(15)
    const entry = codes.fast[this.bits & ((1 << FAST_BITS) - 1)]! || longerEntry(codes, this.bits)
    if (entry === 0) throw new Broken('no such code')
    this.#drop(entry & 15)
    return entry >> 4
  }

  /** Leaves the rest of a byte. */
  align(): void {
    this.#drop(this.count & 7)
  }

  /** The four bytes behind the blocks. */
  checksum(): number {
    this.align()
    return [0, 0, 0, 0].reduce((sum) => sum * 256 + this.take(8), 0)
  }

  #need(size: number): void {
    if (this.at > this.safeEnd) this.fill()
    for (; this.count < size; this.count += 8) this.bits |= this.bytes[this.at++]! << this.count
  }

  #drop(size: number): void {
    this.bits >>= size
    this.count -= size
  }
}

/** RFC 1950, section 9. */
class Adler {
  #a = 1
  #b = 0

  add(bytes: Uint8Array): void {
    // As many as the sums have room for before they are divided (zlib's NMAX).
    const most = 5552
    for (let from = 0; from < bytes.length; from += most) {
      const end = Math.min(from + most, bytes.length)
      let [a, b] = [this.#a, this.#b]
      for (let i = from; i < end; i++) {
        a += bytes[i]!
        b += a
      }
      this.#a = a % 65_521
      this.#b = b % 65_521
    }
  }

  value(): number {
    return this.#b * 65_536 + this.#a
  }
}
