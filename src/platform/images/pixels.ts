import type { Size } from '../../core/image/image.ts'

/** A picture, decoded: red, green, blue and alpha (not multiplied with it) of each pixel, row by row. */
export type Pixels = Size & { readonly data: Uint8ClampedArray }

export const newPixels = ({ width, height }: Size): Pixels => ({
  width,
  height,
  data: new Uint8ClampedArray(width * height * 4),
})

/** Pixels as numbers, for what only moves them. */
export const wordsOf = ({ data }: Pixels): Uint32Array =>
  new Uint32Array(data.buffer, data.byteOffset, data.length >> 2)

/** Of a picture that is done with, after which it has no pixels. */
export const release = ({ data }: Pixels): void => giveBack(data)

/**
 * Gives the memory of bytes back at once, after which there are none: V8 would do so in its own time, while the isolate has
 * 128 MB for all of its requests.
 */
export function giveBack({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}
