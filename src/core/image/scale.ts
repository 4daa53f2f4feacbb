import { placed } from './gravity.ts'
import type { Box, Size } from './image.ts'
import type { Resize } from './operation.ts'

/** What a resize makes of a picture: one of this size, then the box of it, or a canvas of the box's size with it there. */
export type Scaled = { readonly size: Size; readonly crop?: Box; readonly canvas?: Box }

/**
 * The arithmetic of the v2 reference, section 4.9. Null: the step is left out, as all of it is where the picture would
 * not become smaller.
 */
export function scaled(resize: Resize, from: Size): Scaled | null {
  const target = targetOf(resize, from)
  const { mode, gravity } = resize
  if (mode === 'fixed') {
    const isLarger = target.width > from.width || target.height > from.height
    return isLarger || isSame(target, from) ? null : { size: target }
  }
  const { size, scale } = ofSameRatio(from, target, mode === 'mfit' || mode === 'fill')
  if (scale >= 1) return null
  if (mode === 'fill') return { size, crop: placed(target, size, gravity) }
  return mode === 'pad' ? { size, canvas: { ...placed(size, target, gravity), ...target } } : { size }
}

/** As large as fits, and no larger than it is. */
export const fitting = (from: Size, room: Size): Size =>
  from.width <= room.width && from.height <= room.height ? from : ofSameRatio(from, room, false).size

export const isSame = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height

/** The box that is asked for. Of a square, the height counts as the longer side. */
function targetOf(resize: Resize, from: Size): Size {
  const { longer, shorter, mode } = resize
  const [wide, high] = from.width > from.height ? [longer, shorter] : [shorter, longer]
  const [width, height] = [resize.width ?? wide, resize.height ?? high]
  const copies = mode === 'fill' || mode === 'pad'
  if (width !== null) return { width, height: height ?? (copies ? width : heightFor(width, from)) }
  return height === null ? from : { width: copies ? height : widthFor(height, from), height }
}

/** Half a pixel counts as one (no number here is negative), and no picture has less than one. */
const heightFor = (width: number, from: Size): number =>
  Math.max(1, Math.round((width * from.height) / from.width))
const widthFor = (height: number, from: Size): number =>
  Math.max(1, Math.round((height * from.width) / from.height))

/**
 * The largest picture of the same ratio in the box, or the smallest that covers it. `scale`: what its width is multiplied
 * by; a width that is rounded to nothing counts as nothing, though a pixel stays of it.
 */
function ofSameRatio(
  from: Size,
  box: Size,
  covers: boolean,
): { readonly size: Size; readonly scale: number } {
  const height = heightFor(box.width, from)
  if (covers ? height >= box.height : height <= box.height)
    return { size: { width: box.width, height }, scale: box.width / from.width }
  const width = Math.round((box.height * from.width) / from.height)
  return { size: { width: Math.max(1, width), height: box.height }, scale: width / from.width }
}
