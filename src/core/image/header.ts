import { IMAGE_HEADER_BYTES_MAX } from '../limits.ts'
import { gifHeader } from './header-gif.ts'
import { jpegHeader } from './header-jpeg.ts'
import { pngHeader } from './header-png.ts'
import { webpHeader, webpOrientation } from './header-webp.ts'
import type { Orientation } from './image.ts'
import { more, textAt, UNKNOWN, type Sniffed } from './sniffed.ts'

/** By how a file begins. */
const SIGNATURES: readonly {
  readonly isHere: (view: DataView) => boolean
  readonly sniff: (view: DataView) => Sniffed
}[] = [
  { isHere: (view) => view.getUint16(0) === 0xffd8 && view.getUint8(2) === 0xff, sniff: jpegHeader },
  { isHere: (view) => textAt(view, 0, 8) === '\x89PNG\r\n\x1a\n', sniff: pngHeader },
  {
    isHere: (view) => textAt(view, 0, 4) === 'RIFF' && textAt(view, 8, 4) === 'WEBP',
    sniff: webpHeader,
  },
  { isHere: (view) => /^GIF8[79]a$/.test(textAt(view, 0, 6)), sniff: gifHeader },
]
const SIGNATURE_BYTES = 12

/**
 * Reads what a picture's first bytes say of it, whatever they are: IMAGE_HEADER_BYTES_MIN of them to begin with, and more
 * while more are wanted, which never are more than IMAGE_HEADER_BYTES_MAX. A file that has no more is a broken one. What
 * is found is the file's own claim, which a decoder has to check.
 */
export function sniffHeader(prefix: Uint8Array): Sniffed {
  const view = viewOf(prefix)
  if (view.byteLength < SIGNATURE_BYTES) return more(SIGNATURE_BYTES)
  const sniffed = SIGNATURES.find(({ isHere }) => isHere(view))?.sniff(view) ?? UNKNOWN
  return sniffed.kind === 'more' && sniffed.wanted > IMAGE_HEADER_BYTES_MAX ? UNKNOWN : sniffed
}

/** What the bytes say that begin where a header's `behind` says. */
export const orientationBehind = (tail: Uint8Array): Orientation => webpOrientation(viewOf(tail))

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)
