import type { HuffmanSpec } from './standard-tables.ts'

/* Indices are bounded by how the tables are made: `!` costs the inner loops nothing. */

/** By symbol: its code << 5 | the code's length. */
export type HuffmanCodes = Int32Array
export function codesOf({ counts, symbols }: HuffmanSpec): HuffmanCodes {
  const codes = new Int32Array(256)
  let [code, place] = [0, 0]
  for (const [i, count] of counts.entries()) {
    for (let n = 0; n < count; n++) codes[symbols[place++]!] = (code++ << 5) | (i + 1)
    code <<= 1
  }
  return codes
}

/** The bytes of a file: segments as they are, a scan's bits with a zero behind each 255 (T.81, F.1.2.3). */
export class BitWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0
  #bits = 0
  #count = 0

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected)
  }

  bytes(...bytes: readonly number[]): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Up to 16 bits. */
  put(value: number, size: number): void {
    this.#bits = (this.#bits << size) | value
    this.#count += size
    while (this.#count >= 8) {
      this.#count -= 8
      this.#byte((this.#bits >> this.#count) & 255)
    }
    this.#bits &= (1 << this.#count) - 1
  }

  symbol(codes: HuffmanCodes, symbol: number): void {
    const code = codes[symbol]!
    this.put(code >> 5, code & 31)
  }

  /** The rest of the scan's last byte, filled up with ones. */
  end(): void {
    if (this.#count > 0) this.put((1 << (8 - this.#count)) - 1, 8 - this.#count)
  }

  /** The writer is done with then. */
  written(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer.transfer(this.#length))
  }

  #byte(byte: number): void {
    if (this.#length + 2 > this.#bytes.length) this.#reserve(2)
    this.#bytes[this.#length++] = byte
    if (byte === 255) this.#bytes[this.#length++] = 0
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer((this.#length + more) * 2))
  }
}
