import type { Size } from '../../core/image/image.ts'

/** What is before the pixels of a PNG (third edition, section 11). */
export type PngHead = Size & {
  readonly depth: number
  /** Samples of a pixel, or 1 of a palette. */
  readonly channels: number
  readonly colorType: number
  readonly isInterlaced: boolean
  /** RGBA of each color. */
  readonly palette: Uint8Array | null
  /** The samples of the one color that is transparent. */
  readonly transparent: readonly number[] | null
  /** The compressed pixels. */
  readonly parts: readonly Uint8Array[]
}

const CHANNELS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
])
const SIGNATURE_BYTES = 8
/** A chunk's length, its type, and its checksum behind. */
const AROUND_BYTES = 12

/** Null where the file is broken. Checksums are not looked at: the pixels have one of their own. */
export function readChunks(file: Uint8Array): PngHead | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const parts: Uint8Array[] = []
  const found = new Map<string, DataView>()
  let at = SIGNATURE_BYTES
  while (at + AROUND_BYTES <= file.length) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8))
    const end = at + AROUND_BYTES + length
    if (end > file.length) return null
    if (type === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + length))
    else if (!found.has(type)) found.set(type, new DataView(file.buffer, file.byteOffset + at + 8, length))
    if (type === 'IEND') return headOf(found, parts)
    at = end
  }
  return null
}

function headOf(found: ReadonlyMap<string, DataView>, parts: readonly Uint8Array[]): PngHead | null {
  const head = found.get('IHDR')
  if (!head || head.byteLength !== 13) return null
  const [depth, colorType, interlacing] = [head.getUint8(8), head.getUint8(9), head.getUint8(12)]
  const channels = CHANNELS.get(colorType)
  const isDepth =
    depth === 8 || (colorType !== 3 && depth === 16) || (channels === 1 && [1, 2, 4].includes(depth))
  if (channels === undefined || !isDepth || interlacing > 1) return null
  const [colors, alphas] = [found.get('PLTE'), found.get('tRNS')]
  if (colorType === 3 && !colors) return null
  const isOneTransparent = alphas && colorType <= 2 && alphas.byteLength >= 2 * channels
  return {
    width: head.getUint32(0),
    height: head.getUint32(4),
    depth,
    channels,
    colorType,
    isInterlaced: interlacing === 1,
    palette: colors && colorType === 3 ? paletteOf(colors, alphas) : null,
    transparent: isOneTransparent
      ? Array.from({ length: channels }, (_, i) => alphas.getUint16(2 * i))
      : null,
    parts,
  }
}

/** All 256: an index without a color is black. */
function paletteOf(colors: DataView, alphas: DataView | undefined): Uint8Array {
  const palette = new Uint8Array(256 * 4)
  for (let i = 0; i < 256; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = i * 3 + channel
      if (at < colors.byteLength) palette[i * 4 + channel] = colors.getUint8(at)
    }
    palette[i * 4 + 3] = alphas && i < alphas.byteLength ? alphas.getUint8(i) : 255
  }
  return palette
}
