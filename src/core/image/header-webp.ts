import { exifOrientation } from './exif.ts'
import type { Orientation, Size } from './image.ts'
import { header, more, textAt, UNKNOWN, type Sniffed } from './sniffed.ts'

/** Type and length before a chunk's data, which is padded to an even length. */
const BEFORE = 8
const lengthAt = (view: DataView, at: number): number => view.getUint32(at + 4, true)
const behind = (view: DataView, at: number): number => {
  const length = lengthAt(view, at)
  return at + BEFORE + length + (length % 2)
}
const uint24 = (view: DataView, at: number): number =>
  view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000

const ALPHA_FLAG = 0x10
const EXIF_FLAG = 0x08
const ANIMATION_FLAG = 0x02
/** Data of VP8X, and of ANMF before the frame's own chunks. */
const EXTENDED_BYTES = 10
const FRAME_BYTES = 16
/** Of a frame's own bytes, those that say its size. */
const LOSSY_BYTES = 10
const LOSSLESS_BYTES = 5

/** RFC 9649, section 2: a simple file is one frame, an extended one says its size and what else is in it first. */
export function webpHeader(view: DataView): Sniffed {
  const first = 12
  const body = first + BEFORE
  if (view.byteLength < body) return more(body)
  if (textAt(view, first, 4) !== 'VP8X') {
    const found = bitstream(view, first)
    return 'kind' in found ? found : header({ format: 'webp', ...found })
  }
  if (lengthAt(view, first) < EXTENDED_BYTES) return UNKNOWN
  if (view.byteLength < body + EXTENDED_BYTES) return more(body + EXTENDED_BYTES)
  const flags = view.getUint8(body)
  const canvas = { width: uint24(view, body + 4) + 1, height: uint24(view, body + 7) + 1 }
  const at = behind(view, first)
  const fault = frameFault(view, at, canvas)
  if (fault) return fault
  const found = exifFrom(view, at)
  const isBehind = found.kind === 'behind' && (flags & EXIF_FLAG) !== 0
  return header(
    {
      format: 'webp',
      ...canvas,
      orientation: found.kind === 'found' ? found.orientation : 1,
      hasAlpha: (flags & ALPHA_FLAG) !== 0,
      isAnimated: (flags & ANIMATION_FLAG) !== 0,
    },
    isBehind ? found.at : undefined,
  )
}

/** What is wrong with the first frame: a decoder makes room for what it says, not for what the canvas says. */
function frameFault(view: DataView, start: number, canvas: Size): Sniffed | null {
  let [at, area] = [start, canvas]
  while (at + BEFORE <= view.byteLength) {
    const type = textAt(view, at, 4)
    if (type === 'VP8 ' || type === 'VP8L') {
      const found = bitstream(view, at)
      if ('kind' in found) return found
      return found.width === area.width && found.height === area.height ? null : UNKNOWN
    }
    if (type === 'ANMF') {
      const body = at + BEFORE
      if (body + FRAME_BYTES > view.byteLength) return more(body + FRAME_BYTES)
      const [x, y] = [2 * uint24(view, body), 2 * uint24(view, body + 3)]
      area = { width: uint24(view, body + 6) + 1, height: uint24(view, body + 9) + 1 }
      if (x + area.width > canvas.width || y + area.height > canvas.height) return UNKNOWN
      at = body + FRAME_BYTES
    } else at = behind(view, at)
  }
  return more(at + BEFORE)
}

/** The size that a frame's own bytes say: lossy (RFC 6386, section 9.1) or lossless (RFC 9649, section 3.4). */
function bitstream(view: DataView, at: number): (Size & { readonly hasAlpha: boolean }) | Sniffed {
  const body = at + BEFORE
  const type = textAt(view, at, 4)
  const bytes = type === 'VP8 ' ? LOSSY_BYTES : LOSSLESS_BYTES
  if ((type !== 'VP8 ' && type !== 'VP8L') || lengthAt(view, at) < bytes) return UNKNOWN
  if (view.byteLength < body + bytes) return more(body + bytes)
  if (type === 'VP8 ') {
    const isKeyFrame = (view.getUint8(body) & 1) === 0
    if (!isKeyFrame || textAt(view, body + 3, 3) !== '\x9d\x01\x2a') return UNKNOWN
    const side = (where: number) => view.getUint16(where, true) & 0x3fff
    return { width: side(body + 6), height: side(body + 8), hasAlpha: false }
  }
  if (view.getUint8(body) !== 0x2f) return UNKNOWN
  const bits = view.getUint32(body + 1, true)
  const [version, hasAlpha] = [bits >>> 29, ((bits >>> 28) & 1) === 1]
  if (version !== 0) return UNKNOWN
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha }
}

/**
 * What the chunks from `start` on say; `behind`: nothing, and the next chunk, which is not whole here, begins at `at`. EXIF
 * comes behind the pixels (RFC 9649, section 2.7).
 */
function exifFrom(view: DataView, start: number) {
  let at = start
  while (at + BEFORE <= view.byteLength) {
    const end = at + BEFORE + lengthAt(view, at)
    if (textAt(view, at, 4) === 'EXIF') {
      if (end > view.byteLength) break
      return { kind: 'found', orientation: exifOrientation(view, at + BEFORE, end) } as const
    }
    at = behind(view, at)
  }
  return { kind: 'behind', at } as const
}

/**
 * The orientation in the chunks that `tail` begins with; 1 where there is none. EXIF may be longer than the tail: its first
 * directory, which says it, comes first.
 */
export function webpOrientation(tail: DataView): Orientation {
  const found = exifFrom(tail, 0)
  if (found.kind === 'found') return found.orientation
  const isExif = textAt(tail, found.at, 4) === 'EXIF' && found.at + BEFORE <= tail.byteLength
  return isExif ? exifOrientation(tail, found.at + BEFORE, tail.byteLength) : 1
}
