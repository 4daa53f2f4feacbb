import { exifOrientation, isExif } from './exif.ts'
import type { Orientation } from './image.ts'
import { header, more, UNKNOWN, UNSUPPORTED, type Sniffed } from './sniffed.ts'

/** Markers (ITU-T T.81, table B.1). */
const SOF_PROGRESSIVE = 0xc2
const SOS = 0xda
const EOI = 0xd9
const APP1 = 0xe1
/** Start of a frame: all of 0xc0 to 0xcf but DHT, JPG and DAC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
/** Baseline, extended and progressive, all by Huffman codes; the others are lossless, hierarchical or arithmetic. */
const isHuffmanFrame = (marker: number): boolean => marker <= SOF_PROGRESSIVE
/** TEM and restarts have no length. */
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)

type Frame = { readonly width: number; readonly height: number; readonly components: number }

/** Walks the segments (T.81, annex B) past EXIF, profiles and thumbnails to the frame's, and on to its first scan's. */
export function jpegHeader(view: DataView): Sniffed {
  let orientation: Orientation | null = null
  let found: Frame | null = null
  let isProgressive = false
  let at = 2
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return UNKNOWN
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at += 1
    else if (isBare(marker)) at += 2
    else {
      const [start, end] = [at + 4, at + 2 + view.getUint16(at + 2)]
      if (end < start || marker < 0xc0 || marker === EOI) return UNKNOWN
      if (marker === SOS) {
        if (found === null) return UNKNOWN
        if (start === view.byteLength) return more(start + 1)
        const { components, ...size } = found
        const hasScans = isProgressive || view.getUint8(start) < components
        return header({ format: 'jpeg', ...size, orientation: orientation ?? 1, isProgressive: hasScans })
      }
      const isRead = isFrame(marker) || (marker === APP1 && orientation === null)
      if (isRead && end > view.byteLength) return more(end)
      if (isFrame(marker)) {
        if (found !== null || !isHuffmanFrame(marker)) return UNSUPPORTED
        const frame = frameOf(view, start, end)
        if ('kind' in frame) return frame
        found = frame
        isProgressive = marker === SOF_PROGRESSIVE
      } else if (isRead && isExif(view, start)) orientation = exifOrientation(view, start, end)
      at = end
    }
  }
  return more(at + 4)
}

/** T.81, section B.2.2. The number of components decides on the colors: grey, YCbCr, or CMYK and YCCK. */
function frameOf(view: DataView, start: number, end: number): Frame | Sniffed {
  const fixed = 6
  if (end - start < fixed) return UNKNOWN
  const [precision, components] = [view.getUint8(start), view.getUint8(start + 5)]
  const [height, width] = [view.getUint16(start + 1), view.getUint16(start + 3)]
  if (end - start !== fixed + 3 * components || components === 0) return UNKNOWN
  // A height of 0 comes after the first scan (DNL), which nobody writes.
  if (precision !== 8 || components === 2 || components > 4 || height === 0) return UNSUPPORTED
  return { width, height, components }
}
