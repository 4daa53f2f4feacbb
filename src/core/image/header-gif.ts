import { header, more, textAt, UNKNOWN, type Sniffed } from './sniffed.ts'

const EXTENSION = 0x21
const FRAME = 0x2c
const GRAPHIC_CONTROL = 0xf9
const APPLICATION = 0xff
const FRAME_BYTES = 10
/** Of the table of colors that the packed byte announces; none where its top bit is off. */
const tableBytes = (packed: number): number => ((packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1))

/** Walks the blocks (GIF89a, section 17 on) to the first frame: what says that others follow comes before it. */
export function gifHeader(view: DataView): Sniffed {
  const screen = 6
  if (view.byteLength < screen + 7) return more(screen + 7)
  const [width, height] = [view.getUint16(screen, true), view.getUint16(screen + 2, true)]
  let [hasAlpha, isAnimated] = [false, false]
  let at = screen + 7 + tableBytes(view.getUint8(screen + 4))
  while (at + FRAME_BYTES <= view.byteLength) {
    const [block, label] = [view.getUint8(at), view.getUint8(at + 1)]
    if (block === FRAME) {
      const right = view.getUint16(at + 1, true) + view.getUint16(at + 5, true)
      const bottom = view.getUint16(at + 3, true) + view.getUint16(at + 7, true)
      // A decoder makes room for the frame, not for the screen; what the frame leaves free is transparent.
      if (right > width || bottom > height) return UNKNOWN
      const isWhole = view.getUint16(at + 5, true) === width && view.getUint16(at + 7, true) === height
      return header({ format: 'gif', width, height, hasAlpha: hasAlpha || !isWhole, isAnimated })
    }
    if (block !== EXTENSION) return UNKNOWN
    if (label === GRAPHIC_CONTROL) hasAlpha = (view.getUint8(at + 3) & 1) === 1
    if (label === APPLICATION && textAt(view, at + 3, 8) === 'NETSCAPE') isAnimated = true
    // Sub-blocks, each behind its length, to one of length 0.
    at += 2
    while (at < view.byteLength && view.getUint8(at) > 0) at += 1 + view.getUint8(at)
    at += 1
  }
  return more(at + FRAME_BYTES)
}
