import type { Orientation } from './image.ts'
import { textAt } from './sniffed.ts'

const ORIENTATION_TAG = 0x0112
const SHORT = 3
const ORIENTATIONS: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8]

/** `Exif` and two zeros, as it begins in a JPEG's segment and in some WebP files. */
const PREFACE = 'Exif\0\0'
export const isExif = (view: DataView, at: number): boolean => textAt(view, at, PREFACE.length) === PREFACE

/**
 * The orientation in the first directory of EXIF (CIPA DC-008, section 4.6.4, in a TIFF of either byte order) that is
 * between `at` and `end`; 1 where there is none that makes sense, as decoders do.
 */
export function exifOrientation(view: DataView, at: number, end: number): Orientation {
  const start = isExif(view, at) ? at + PREFACE.length : at
  if (start + 8 > end) return 1
  const order = textAt(view, start, 2)
  const isLittle = order === 'II'
  if ((!isLittle && order !== 'MM') || view.getUint16(start + 2, isLittle) !== 42) return 1
  const directory = start + view.getUint32(start + 4, isLittle)
  if (directory + 2 > end) return 1
  const entries = view.getUint16(directory, isLittle)
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * 12
    if (entry + 12 > end) return 1
    if (view.getUint16(entry, isLittle) === ORIENTATION_TAG) {
      const value = view.getUint16(entry + 8, isLittle)
      const isOne = view.getUint16(entry + 2, isLittle) === SHORT && view.getUint32(entry + 4, isLittle) === 1
      return (isOne ? ORIENTATIONS.find((each) => each === value) : undefined) ?? 1
    }
  }
  return 1
}
