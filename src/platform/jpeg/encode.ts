import type { Size } from '../../core/image/image.ts'
import { BitWriter, codesOf, type HuffmanCodes } from './bit-writer.ts'
import { forwardDct, forwardFactor } from './forward-dct.ts'
import { placeOf } from './segments.ts'
import { AC_CHROMA, AC_LUMA, DC_CHROMA, DC_LUMA, type HuffmanSpec, quantization } from './standard-tables.ts'

/* Indices are bounded by the sizes of blocks and pictures: `!` costs the inner loops nothing. */

/** From this quality on colors are as fine as light; below, a quarter of them (vips: `subsample_mode` auto). */
const WHOLE_COLORS_QUALITY = 90

/**
 * A baseline JPEG of opaque RGBA pixels (ITU T.81, annex F; JFIF 1.02) with the tables of its annex K. It holds one MCU
 * and the file: an encoder in WASM holds the picture twice more, in memory that it never gives back.
 */
export function encodeJpeg(
  { width, height, data }: Size & { readonly data: Uint8ClampedArray },
  quality: number,
): Uint8Array {
  const writer = new BitWriter(Math.ceil((width * height) / 4) + 1024)
  const span = quality >= WHOLE_COLORS_QUALITY ? 1 : 2
  writeHead(writer, width, height, quality, span)
  const luma = channelOf('luma', quality, DC_LUMA, AC_LUMA)
  const blue = channelOf('chroma', quality, DC_CHROMA, AC_CHROMA)
  const red = channelOf('chroma', quality, DC_CHROMA, AC_CHROMA)
  const lights = Array.from({ length: span * span }, () => new Float32Array(64))
  const [cb, cr] = [new Float32Array(64), new Float32Array(64)]
  const share = 1 / (span * span)
  for (let top = 0; top < height; top += 8 * span) {
    for (let left = 0; left < width; left += 8 * span) {
      cb.fill(0)
      cr.fill(0)
      for (let y = 0; y < 8 * span; y++) {
        // Beyond the edge the last pixels are repeated.
        const row = Math.min(top + y, height - 1) * width
        for (let x = 0; x < 8 * span; x++) {
          const from = (row + Math.min(left + x, width - 1)) * 4
          const r = data[from]!
          const g = data[from + 1]!
          const b = data[from + 2]!
          lights[(y >> 3) * span + (x >> 3)]![((y & 7) << 3) | (x & 7)] =
            0.299 * r + 0.587 * g + 0.114 * b - 128
          const to = span === 1 ? (y << 3) | x : ((y >> 1) << 3) | (x >> 1)
          cb[to] = cb[to]! + share * (-0.168736 * r - 0.331264 * g + 0.5 * b)
          cr[to] = cr[to]! + share * (0.5 * r - 0.418688 * g - 0.081312 * b)
        }
      }
      for (const light of lights) writeBlock(writer, light, luma)
      writeBlock(writer, cb, blue)
      writeBlock(writer, cr, red)
    }
  }
  writer.end()
  writer.bytes(0xff, 0xd9)
  return writer.written()
}

/** How a component is coded, and its last mean. */
type Channel = {
  /** By place in zigzag order: what a coefficient is multiplied by. */
  readonly factors: Float32Array
  readonly dc: HuffmanCodes
  readonly ac: HuffmanCodes
  predicted: number
}

function channelOf(of: 'luma' | 'chroma', quality: number, dc: HuffmanSpec, ac: HuffmanSpec): Channel {
  const table = quantization(of, quality)
  const factors = Float32Array.from({ length: 64 }, (_, k) => {
    const place = placeOf(k)
    return 1 / (table[place]! * forwardFactor(place & 7) * forwardFactor(place >> 3))
  })
  return { factors, dc: codesOf(dc), ac: codesOf(ac), predicted: 0 }
}

const PLACES = Uint8Array.from({ length: 64 }, (_, k) => placeOf(k))
const SIXTEEN_ZEROS = 0xf0
const END_OF_BLOCK = 0x00

/** T.81, F.1.2. */
function writeBlock(writer: BitWriter, block: Float32Array, channel: Channel): void {
  const { factors, dc, ac } = channel
  forwardDct(block)
  const mean = Math.round(block[0]! * factors[0]!)
  const size = sizeOf(mean - channel.predicted)
  writer.symbol(dc, size)
  putValue(writer, mean - channel.predicted, size)
  channel.predicted = mean
  let zeros = 0
  for (let k = 1; k < 64; k++) {
    const value = Math.round(block[PLACES[k]!]! * factors[k]!)
    if (value === 0) {
      zeros++
      continue
    }
    for (; zeros > 15; zeros -= 16) writer.symbol(ac, SIXTEEN_ZEROS)
    const bits = sizeOf(value)
    writer.symbol(ac, (zeros << 4) | bits)
    putValue(writer, value, bits)
    zeros = 0
  }
  if (zeros > 0) writer.symbol(ac, END_OF_BLOCK)
}

const sizeOf = (value: number): number => 32 - Math.clz32(Math.abs(value))
const putValue = (writer: BitWriter, value: number, size: number): void =>
  writer.put(value < 0 ? value + (1 << size) - 1 : value, size)

function writeHead(writer: BitWriter, width: number, height: number, quality: number, span: number): void {
  const segment = (marker: number, ...body: readonly number[]) =>
    writer.bytes(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body)
  const zigzag = (of: 'luma' | 'chroma') => {
    const table = quantization(of, quality)
    return table.map((_, k) => table[placeOf(k)]!)
  }
  writer.bytes(0xff, 0xd8)
  // JFIF 1.1, pixels without a size, no thumbnail.
  segment(0xe0, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0)
  segment(0xdb, 0, ...zigzag('luma'), 1, ...zigzag('chroma'))
  const components = [1, (span << 4) | span, 0, 2, 0x11, 1, 3, 0x11, 1]
  segment(0xc0, 8, height >> 8, height & 255, width >> 8, width & 255, 3, ...components)
  for (const [head, { counts, symbols }] of [
    [0x00, DC_LUMA],
    [0x10, AC_LUMA],
    [0x01, DC_CHROMA],
    [0x11, AC_CHROMA],
  ] as const)
    segment(0xc4, head, ...counts, ...symbols)
  segment(0xda, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0)
}
