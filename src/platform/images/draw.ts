import type { Box, Color } from '../../core/image/image.ts'
import { newPixels, type Pixels } from './pixels.ts'

/* Indices are bounded by the pictures' sizes: `!` costs the inner loops nothing. */

/** The part of a picture that is in the box, which must be within it. */
export function cropped({ data, width }: Pixels, box: Box): Pixels {
  const out = newPixels(box)
  for (let y = 0; y < box.height; y++) {
    const at = ((box.y + y) * width + box.x) * 4
    out.data.set(data.subarray(at, at + box.width * 4), y * box.width * 4)
  }
  return out
}

/** On a canvas of that color. */
export function onCanvas(pixels: Pixels, { width, height, x, y }: Box, color: Color): Pixels {
  const out = newPixels({ width, height })
  for (let i = 0; i < out.data.length; i += 4) out.data.set([...color, 255], i)
  drawOver(out, pixels, { x, y }, 1)
  return out
}

/** Without transparency: on black (v2 reference, section 4.9). Changes the pixels. */
export function flatten({ data }: Pixels): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]! / 255
    if (alpha === 1) continue
    data[i] = data[i]! * alpha
    data[i + 1] = data[i + 1]! * alpha
    data[i + 2] = data[i + 2]! * alpha
    data[i + 3] = 255
  }
}

/** Draws a mark over a picture that has room for it (Porter and Duff, "over"). Changes the picture. */
export function drawOver(
  { data, width }: Pixels,
  mark: Pixels,
  at: Pick<Box, 'x' | 'y'>,
  opacity: number,
): void {
  for (let y = 0, from = 0; y < mark.height; y++) {
    let to = ((at.y + y) * width + at.x) * 4
    for (let x = 0; x < mark.width; x++, from += 4, to += 4) {
      const above = (mark.data[from + 3]! / 255) * opacity
      const below = (data[to + 3]! / 255) * (1 - above)
      const alpha = above + below
      if (above === 0) continue
      for (let channel = 0; channel < 3; channel++)
        data[to + channel] = (mark.data[from + channel]! * above + data[to + channel]! * below) / alpha
      data[to + 3] = alpha * 255
    }
  }
}
