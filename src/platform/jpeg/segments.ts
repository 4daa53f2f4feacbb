import { damaged, unsupported } from './fault.ts'
import { huffmanTable, type HuffmanTable } from './huffman.ts'

/** Where in a block, row by row, the coefficients of the stream are (T.81, figure 5). */
const ZIGZAG = Uint8Array.from(
  [
    [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48],
    [41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23],
    [30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
  ].flat(),
)
export const placeOf = (k: number): number => ZIGZAG[k] ?? 0

/** One color of a picture: luma, a chroma, an ink. */
export type Component = {
  readonly id: number
  /** How many blocks of it a MCU has across and down. */
  readonly across: number
  readonly down: number
  readonly quantization: number
}
export type Frame = {
  readonly width: number
  readonly height: number
  readonly isProgressive: boolean
  readonly components: readonly Component[]
}
/** One pass over some components: the band of coefficients, and the bits of them, that it has (T.81, annex G). */
export type Scan = {
  readonly components: readonly { readonly index: number; readonly dc: number; readonly ac: number }[]
  readonly first: number
  readonly last: number
  readonly high: number
  readonly low: number
}

/** What the segments between scans set, each until it is set again. */
export type Tables = {
  /** In zigzag order. */
  readonly quantization: (Uint16Array | undefined)[]
  readonly dc: (HuffmanTable | undefined)[]
  readonly ac: (HuffmanTable | undefined)[]
  /** MCUs between two restart markers; 0: there are none. */
  restartInterval: number
  /** What Adobe's APP14 says of the colors: 0 as they are, 1 YCbCr, 2 YCCK; null: nothing. */
  adobeTransform: number | null
  hasJfif: boolean
}
export const noTables = (): Tables => ({
  quantization: [],
  dc: [],
  ac: [],
  restartInterval: 0,
  adobeTransform: null,
  hasJfif: false,
})

export type Segment = { readonly marker: number; readonly body: Uint8Array; readonly end: number }

/** The next segment from there on; what lies before its marker is passed over, as other decoders do. */
export function segmentAt(bytes: Uint8Array, from: number): Segment {
  let at = from
  while (at + 1 < bytes.length) {
    const marker = bytes[at] === 0xff ? (bytes[at + 1] ?? 0) : 0
    // Stuffed zeros, fill bytes and restarts begin nothing.
    if (marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd7)) at++
    else if (marker === SOI || marker === EOI) return { marker, body: bytes.subarray(at, at), end: at + 2 }
    else {
      const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
      const end = at + 2 + length
      if (length < 2 || end > bytes.length) throw damaged('a segment ends early')
      return { marker, body: bytes.subarray(at + 4, end), end }
    }
  }
  throw damaged('the file ends early')
}
export const SOI = 0xd8
export const EOI = 0xd9
export const SOS = 0xda
const DHT = 0xc4
const JPG = 0xc8
const DAC = 0xcc

export const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC

/** What is neither a frame nor a scan: tables, and what applications wrote. */
export function readTables({ marker, body }: Segment, tables: Tables): void {
  if (marker === 0xdb) readQuantization(body, tables)
  else if (marker === DHT) readHuffman(body, tables)
  else if (marker === DAC) throw unsupported('arithmetic coding')
  else if (marker === 0xdd) tables.restartInterval = word(body, 0)
  else if (marker === 0xe0 && text(body, 4) === 'JFIF') tables.hasJfif = true
  else if (marker === 0xee && text(body, 5) === 'Adobe') tables.adobeTransform = body[11] ?? 0
}

function readQuantization(body: Uint8Array, { quantization }: Tables): void {
  for (let at = 0; at < body.length;) {
    const head = body[at++] ?? 0
    const size = head >> 4 === 0 ? 1 : 2
    if (at + 64 * size > body.length || (head & 15) > 3) throw damaged('a quantisation table ends early')
    const start = at
    quantization[head & 15] = Uint16Array.from({ length: 64 }, (_, k) =>
      size === 1 ? (body[start + k] ?? 0) : word(body, start + 2 * k),
    )
    at += 64 * size
  }
}

function readHuffman(body: Uint8Array, { dc, ac }: Tables): void {
  for (let at = 0; at < body.length;) {
    const head = body[at] ?? 0
    const counts = body.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    const symbols = body.slice(at + 17, at + 17 + total)
    if (symbols.length < total || counts.length < 16 || (head & 15) > 3 || total > 256)
      throw damaged('a Huffman table ends early')
    const tables = head >> 4 === 0 ? dc : ac
    tables[head & 15] = huffmanTable(counts, symbols)
    at += 17 + total
  }
}

export function frameOf({ marker, body }: Segment): Frame {
  if (marker > 0xc2) throw unsupported('lossless, hierarchical or arithmetic coding')
  if (body[0] !== 8) throw unsupported('samples of more than 8 bits')
  const count = body[5] ?? 0
  if (body.length < 6 + 3 * count) throw damaged('the frame ends early')
  if (count !== 1 && count !== 3 && count !== 4) throw unsupported(`${count} colors`)
  const components = Array.from({ length: count }, (_, i): Component => {
    const factors = body[7 + 3 * i] ?? 0
    const [across, down] = count === 1 ? [1, 1] : [factors >> 4, factors & 15]
    if (across < 1 || across > 4 || down < 1 || down > 4) throw damaged('impossible sampling')
    return { id: body[6 + 3 * i] ?? 0, across, down, quantization: body[8 + 3 * i] ?? 0 }
  })
  return {
    width: word(body, 3),
    height: word(body, 1),
    isProgressive: marker === 0xc2,
    components,
  }
}

export function scanOf({ body }: Segment, frame: Frame): Scan {
  const count = body[0] ?? 0
  if (count < 1 || count > 4 || body.length < 4 + 2 * count) throw damaged('a scan ends early')
  const components = Array.from({ length: count }, (_, i) => {
    const index = frame.components.findIndex(({ id }) => id === body[1 + 2 * i])
    const tables = body[2 + 2 * i] ?? 0
    if (index < 0) throw damaged('a scan of no component')
    return { index, dc: tables >> 4, ac: tables & 15 }
  })
  const [first = 0, last = 0, bits = 0] = body.subarray(1 + 2 * count)
  const isSpan = first <= last && last < 64 && (first > 0 ? count === 1 : last === 0)
  if (frame.isProgressive && (!isSpan || (bits & 15) > 13)) throw damaged('a scan of no band')
  return { components, first, last, high: bits >> 4, low: bits & 15 }
}

const word = (body: Uint8Array, at: number): number => ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0)
const text = (body: Uint8Array, length: number): string => String.fromCharCode(...body.subarray(0, length))
