/**
 * bcrypt (Provos and Mazières, 1999) of bytes, as Go's library makes it: the packages for JavaScript that need no WASM
 * compiled at run time take texts only, and Skygear v2 hashed digests. To verify what is stored, never to make more.
 */

/** 18 subkeys and four boxes of 256: one array, since the key schedule goes through it from end to end. */
const SUBKEYS = 18
const WORDS = SUBKEYS + 4 * 256
/** A salt is 16 bytes. */
const SALT_WORDS = 4
/** The last byte of the last block is not kept: so it has been since 1999. */
const HASH_BYTES = 23

/** The 23 bytes of the hash, after 2^`cost` rounds, each 521 blocks of Blowfish twice. Holds its thread meanwhile. */
export function bcrypt(password: Uint8Array, salt: Uint8Array, cost: number): Buffer {
  // With the NUL that ends a text in C.
  const key = cycled(Buffer.concat([password, Buffer.of(0)]))
  const salted = cycled(salt)
  const state = initialState().slice()
  expand(state, key, salted)
  const unsalted = new Int32Array(SALT_WORDS)
  for (let round = 0; round < 2 ** cost; round++) {
    expand(state, key, unsalted)
    expand(state, salted, unsalted)
  }
  const text = Buffer.from('OrpheanBeholderScryDoubt')
  const block = new Int32Array(2)
  for (let at = 0; at < text.length; at += 8) {
    block[0] = text.readInt32BE(at)
    block[1] = text.readInt32BE(at + 4)
    for (let i = 0; i < 64; i++) encipher(block, state)
    text.writeInt32BE(word(block, 0), at)
    text.writeInt32BE(word(block, 1), at + 4)
  }
  return text.subarray(0, HASH_BYTES)
}

const OURS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const ITS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** bcrypt counts its digits from another sign than base64 does. */
export const bcryptBase64 = (text: string): Buffer =>
  Buffer.from(
    text.replace(/./g, (sign) => OURS.charAt(ITS.indexOf(sign))),
    'base64',
  )

/** As many words as there are subkeys, of bytes that begin anew where they end. */
const cycled = (bytes: Uint8Array): Int32Array =>
  Int32Array.from({ length: SUBKEYS }, (_, i) =>
    [0, 1, 2, 3].reduce((sum, j) => (sum << 8) | (bytes[(4 * i + j) % bytes.length] ?? 0), 0),
  )

function expand(state: Int32Array, key: Int32Array, salt: Int32Array): void {
  for (let i = 0; i < SUBKEYS; i++) state[i] = word(state, i) ^ word(key, i)
  const block = new Int32Array(2)
  for (let i = 0; i < WORDS; i += 2) {
    block[0] = word(block, 0) ^ word(salt, i % SALT_WORDS)
    block[1] = word(block, 1) ^ word(salt, (i + 1) % SALT_WORDS)
    encipher(block, state)
    state[i] = word(block, 0)
    state[i + 1] = word(block, 1)
  }
}

/** Blowfish, 16 rounds on two words. */
function encipher(block: Int32Array, state: Int32Array): void {
  let left = word(block, 0) ^ word(state, 0)
  let right = word(block, 1)
  for (let i = 1; i < SUBKEYS - 1; i++) {
    const mixed =
      ((word(state, 18 + (left >>> 24)) + word(state, 274 + ((left >>> 16) & 255))) ^
        word(state, 530 + ((left >>> 8) & 255))) +
      word(state, 786 + (left & 255))
    const next = right ^ mixed ^ word(state, i)
    right = left
    left = next
  }
  block[0] = right ^ word(state, SUBKEYS - 1)
  block[1] = left
}

const word = (words: Int32Array, at: number): number => words[at] ?? 0

/** Blowfish begins with the fraction of π: computed, since 1,042 words in a file are nobody's to review. Once, 20 ms. */
function initialState(): Int32Array {
  if (made) return made
  const bits = 32 * WORDS
  const one = 1n << BigInt(bits + GUARD_BITS)
  // Machin: π = 16 arctan 1/5 − 4 arctan 1/239.
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one)
  const digits = ((pi - 3n * one) >> BigInt(GUARD_BITS)).toString(16).padStart(bits / 4, '0')
  made = Int32Array.from({ length: WORDS }, (_, i) => Number.parseInt(digits.slice(8 * i, 8 * i + 8), 16))
  return made
}
let made: Int32Array | undefined

/** What is cut off of some ten thousand terms is in these. */
const GUARD_BITS = 64

/** `one` times arctan of 1/x. */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  const square = x * x
  let power = one / x
  let sum = 0n
  for (let n = 1n, sign = 1n; power > 0n; n += 2n, sign = -sign) {
    sum += (sign * power) / n
    power /= square
  }
  return sum
}
