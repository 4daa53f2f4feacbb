import type { Orientation } from '../../core/image/image.ts'
import { newPixels, type Pixels, wordsOf } from './pixels.ts'

/** Brings a picture upright, as EXIF's orientation says that it lies (EXIF 2.32, tag 274). */
export function oriented(pixels: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return pixels
  const { width, height } = pixels
  const isTurned = orientation >= 5
  const out = newPixels(isTurned ? { width: height, height: width } : pixels)
  const from = wordsOf(pixels)
  const into = wordsOf(out)
  // Where the result's first pixel is in the source, and how far its neighbours to the right and below.
  const fromRight = [2, 3, 7, 8].includes(orientation)
  const fromBelow = [3, 4, 6, 7].includes(orientation)
  const start = (fromRight ? width - 1 : 0) + (fromBelow ? (height - 1) * width : 0)
  const alongRow = fromRight ? -1 : 1
  const alongColumn = fromBelow ? -width : width
  const [right, below] = isTurned ? [alongColumn, alongRow] : [alongRow, alongColumn]
  for (let y = 0, to = 0; y < out.height; y++)
    for (let x = 0, at = start + y * below; x < out.width; x++, at += right) into[to++] = from[at] ?? 0
  return out
}
