import { constants, deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { Inflater } from '../../../src/platform/png/inflate.ts'

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants

function inflated(file: Uint8Array, partBytes = file.length): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < file.length; at += partBytes) parts.push(file.subarray(at, at + partBytes))
  const inflater = new Inflater(parts)
  const pieces: Uint8Array[] = []
  for (let piece = inflater.next(); piece; piece = inflater.next()) pieces.push(piece.slice())
  return new Uint8Array(Buffer.concat(pieces))
}

const text = new TextEncoder().encode(Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 1000).join())
const noise = crypto.getRandomValues(new Uint8Array(60_000))
const contents = { nothing: new Uint8Array(), zeros: new Uint8Array(200_000), text, noise }
const strategies = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED]

it.each(Object.entries(contents))('%s is what it was, however it was compressed', (_, content) => {
  for (const level of [0, 1, 6, 9])
    for (const strategy of strategies)
      expect(inflated(deflateSync(content, { level, strategy })), `${level} ${strategy}`).toEqual(content)
})

it.each([1, 7, 8192])('a stream comes in parts of %i bytes', (bytes) => {
  expect(inflated(deflateSync(text), bytes)).toEqual(text)
})

it('a stream that ends early is broken, wherever it ends', () => {
  const file = deflateSync(text)
  for (let i = 0; i < 50; i++)
    expect(() => inflated(file.subarray(0, Math.floor((file.length * i) / 50))), `${i}/50`).toThrow()
})

it('a stream with a changed bit is broken, or says the same', () => {
  const file = deflateSync(text)
  for (let i = 0; i < 200; i++) {
    const changed = new Uint8Array(file)
    const at = Math.floor((i * file.length) / 200)
    changed[at] = (changed[at] ?? 0) ^ (1 << (i % 8))
    let read: Uint8Array | null = null
    try {
      read = inflated(changed)
    } catch {}
    expect(read === null || Buffer.compare(read, text) === 0, `${at}`).toBe(true)
  }
})
