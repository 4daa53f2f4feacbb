/** Beginnings of pictures, as far as a header goes: what comes behind is not there, and checksums are 0. */

const text = (chars: string): number[] => Array.from(chars, (char) => char.charCodeAt(0))
const big = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256)
const little = (value: number, bytes: number): number[] => big(value, bytes).toReversed()
const zeros = (length: number): number[] => Array.from({ length }, () => 0)

/** Both orders of bytes that a TIFF can have. */
export type ByteOrder = 'II' | 'MM'

/** A TIFF of one directory, with something else before the orientation. */
export function exif(orientation: number, order: ByteOrder = 'II', type = 3): number[] {
  const number = order === 'II' ? little : big
  const entry = (tag: number, kind: number, value: number[]) => [
    ...number(tag, 2),
    ...number(kind, 2),
    ...number(1, 4),
    ...value,
  ]
  return [
    ...text(order),
    ...number(42, 2),
    ...number(8, 4),
    ...number(2, 2),
    ...entry(0x0100, 4, number(4000, 4)),
    ...entry(0x0112, type, [...number(orientation, 2), 0, 0]),
    ...number(0, 4),
  ]
}

/** A segment of a JPEG behind its marker. */
export const segment = (marker: number, body: readonly number[]): number[] => [
  0xff,
  marker,
  ...big(body.length + 2, 2),
  ...body,
]
export const app1 = (body: readonly number[]): number[] => segment(0xe1, [...text('Exif\0\0'), ...body])
/** A color profile, in as many segments as it takes. */
export const profile = (bytes: number): number[] => {
  const parts = Math.ceil(bytes / 60_000)
  return Array.from({ length: parts }, (_, i) =>
    segment(0xe2, [...text('ICC_PROFILE\0'), i + 1, parts, ...zeros(Math.ceil(bytes / parts))]),
  ).flat()
}

export type Jpeg = {
  readonly width: number
  readonly height: number
  /** Start of the frame: 0xc0 baseline, 0xc2 progressive, … */
  readonly sof?: number
  readonly precision?: number
  readonly components?: number
  /** How many of them are in the first scan; null: the bytes end before it. */
  readonly scanned?: number | null
  /** Segments before the frame's, and behind it. */
  readonly before?: readonly number[]
  readonly behind?: readonly number[]
}
export function jpeg({
  width,
  height,
  sof = 0xc0,
  precision = 8,
  components = 3,
  scanned = components,
  before = [],
  behind = [],
}: Jpeg): Uint8Array<ArrayBuffer> {
  const each = (count: number, of: (i: number) => number[]) =>
    Array.from({ length: count }, (_, i) => of(i + 1)).flat()
  const frame = [
    precision,
    ...big(height, 2),
    ...big(width, 2),
    components,
    ...each(components, (i) => [i, 0x11, 0]),
  ]
  const scan = scanned === null ? [] : segment(0xda, [scanned, ...each(scanned, (i) => [i, 0]), 0, 63, 0])
  return Uint8Array.from([0xff, 0xd8, ...before, ...segment(sof, frame), ...behind, ...scan])
}

export const pngChunk = (type: string, body: readonly number[]): number[] => [
  ...big(body.length, 4),
  ...text(type),
  ...body,
  ...zeros(4),
]
export type Png = {
  readonly width: number
  readonly height: number
  readonly depth?: number
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colorType?: number
  /** Chunks between the header and the pixels. */
  readonly before?: readonly number[]
}
export const png = ({ width, height, depth = 8, colorType = 2, before = [] }: Png): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...text('\x89PNG\r\n\x1a\n'),
    ...pngChunk('IHDR', [...big(width, 4), ...big(height, 4), depth, colorType, 0, 0, 0]),
    ...before,
    ...pngChunk('IDAT', [1, 2, 3]),
  ])

export const webpChunk = (type: string, body: readonly number[]): number[] => [
  ...text(type),
  ...little(body.length, 4),
  ...body,
  ...zeros(body.length % 2),
]
export const lossy = (width: number, height: number): number[] =>
  webpChunk('VP8 ', [0x10, 0, 0, 0x9d, 0x01, 0x2a, ...little(width, 2), ...little(height, 2), 0])
export const lossless = (width: number, height: number, hasAlpha = false): number[] =>
  webpChunk('VP8L', [0x2f, ...little(width - 1 + (height - 1) * 2 ** 14 + (hasAlpha ? 2 ** 28 : 0), 4)])
/** The first of an animation's frames. */
export const animated = (width: number, height: number, frame: readonly number[], x = 0): number[] => [
  ...webpChunk('ANIM', zeros(6)),
  ...webpChunk('ANMF', [
    ...little(x / 2, 3),
    ...zeros(3),
    ...little(width - 1, 3),
    ...little(height - 1, 3),
    ...zeros(4),
    ...frame,
  ]),
]
export const ALPHA = 0x10
export const ANIMATION = 0x02
export const EXIF = 0x08
/** What an extended file begins with. */
export const extended = (width: number, height: number, flags = 0): number[] =>
  webpChunk('VP8X', [flags, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3)])
export function webp(...chunks: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const body = [...text('WEBP'), ...chunks.flat()]
  return Uint8Array.from([...text('RIFF'), ...little(body.length, 4), ...body])
}

export type Gif = {
  readonly width: number
  readonly height: number
  readonly isTransparent?: boolean
  readonly loops?: boolean
  /** The first frame's box: x, y, width, height. */
  readonly frame?: readonly [number, number, number, number]
}
export function gif({
  width,
  height,
  isTransparent = false,
  loops = false,
  frame = [0, 0, width, height],
}: Gif): Uint8Array<ArrayBuffer> {
  const screen = [...little(width, 2), ...little(height, 2), 0x81, 0, 0, ...zeros(3 * 4)]
  const loop = [0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, 0, 0, 0]
  const control = [0x21, 0xf9, 4, isTransparent ? 1 : 0, 0, 0, 0, 0]
  const image = [0x2c, ...frame.flatMap((number) => little(number, 2)), 0]
  return Uint8Array.from([...text('GIF89a'), ...screen, ...(loops ? loop : []), ...control, ...image])
}
