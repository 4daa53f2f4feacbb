import { exifOrientation } from './exif.ts'
import type { Orientation } from './image.ts'
import { header, more, textAt, UNKNOWN, type Sniffed } from './sniffed.ts'

/** Bits a sample by color type (PNG third edition, table 12): grey, RGB, palette, grey with alpha, RGB with alpha. */
const DEPTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])
const LENGTH_MAX = 2 ** 31 - 1
/** Length and type before a chunk's data, a checksum behind. */
const BEFORE = 8
const AROUND = 12

/** Walks the chunks (PNG third edition, section 5.3) to the first of the pixels. EXIF behind them is not looked for. */
export function pngHeader(view: DataView): Sniffed {
  const first = 8
  const body = first + BEFORE
  if (view.byteLength < body + 13) return more(body + 13)
  if (textAt(view, first + 4, 4) !== 'IHDR' || view.getUint32(first) !== 13) return UNKNOWN
  const [width, height] = [view.getUint32(body), view.getUint32(body + 4)]
  const [depth, colorType] = [view.getUint8(body + 8), view.getUint8(body + 9)]
  if (width > LENGTH_MAX || height > LENGTH_MAX || !DEPTHS.get(colorType)?.includes(depth)) return UNKNOWN

  let [hasAlpha, isAnimated] = [colorType >= 4, false]
  let orientation: Orientation = 1
  let at = first + AROUND + 13
  while (at + BEFORE <= view.byteLength) {
    const [length, type] = [view.getUint32(at), textAt(view, at + 4, 4)]
    if (length > LENGTH_MAX || type === 'IEND') return UNKNOWN
    if (type === 'IDAT')
      return header({ format: 'png', width, height, orientation, hasAlpha, isAnimated, isDeep: depth === 16 })
    if (type === 'tRNS') hasAlpha = true
    if (type === 'acTL') isAnimated = true
    if (type === 'eXIf') {
      const [start, end] = [at + BEFORE, at + BEFORE + length]
      if (end > view.byteLength) return more(end)
      orientation = exifOrientation(view, start, end)
    }
    at += AROUND + length
  }
  return more(at + BEFORE)
}
