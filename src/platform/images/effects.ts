import type { Pixels } from './pixels.ts'

/* Indices are bounded by the picture's size: `!` costs the inner loops nothing. */

/** Of light as it adds up: sRGB's curve, there and back (IEC 61966-2-1). */
const LIGHT_OF = Float32Array.from({ length: 256 }, (_, i) => {
  const value = i / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
})
const LIGHT_STEPS = 4095
const VALUE_OF = Uint8ClampedArray.from({ length: LIGHT_STEPS + 1 }, (_, i) => {
  const light = i / LIGHT_STEPS
  return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055)
})

/** By how bright a color is (ITU-R BT.709), as vips does; photon takes the colors' mean. Changes the pixels. */
export function grayscale(pixels: Pixels): Pixels {
  const { data } = pixels
  for (let i = 0; i < data.length; i += 4) {
    const light =
      0.2126 * LIGHT_OF[data[i]!]! + 0.7152 * LIGHT_OF[data[i + 1]!]! + 0.0722 * LIGHT_OF[data[i + 2]!]!
    const value = VALUE_OF[Math.round(light * LIGHT_STEPS)]!
    data[i] = value
    data[i + 1] = value
    data[i + 2] = value
  }
  return pixels
}

/**
 * An unsharp mask: the difference of each pixel from the mean of its neighbours (1 2 1 across and down) is added to it,
 * in so many per cent. photon's has one strength. Alpha stays.
 */
export function sharpened({ data, width, height }: Pixels, amount: number): Pixels {
  const out = { width, height, data: new Uint8ClampedArray(data) }
  const strength = amount / 100
  for (let y = 0; y < height; y++) {
    const above = y === 0 ? 0 : -width * 4
    const below = y === height - 1 ? 0 : width * 4
    for (let x = 0; x < width; x++) {
      const left = x === 0 ? 0 : -4
      const right = x === width - 1 ? 0 : 4
      for (let i = (y * width + x) * 4, end = i + 3; i < end; i++) {
        const corners =
          data[i + above + left]! +
          data[i + above + right]! +
          data[i + below + left]! +
          data[i + below + right]!
        const sides = data[i + above]! + data[i + below]! + data[i + left]! + data[i + right]!
        const value = data[i]!
        out.data[i] = value + strength * (value - (corners + 2 * sides + 4 * value) / 16)
      }
    }
  }
  return out
}

/** Colors by their alpha, so that what is transparent has none while pixels are mixed. Changes the pixels. */
export function premultiply({ data }: Pixels): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]! / 255
    for (let channel = i; channel < i + 3; channel++) data[channel] = data[channel]! * alpha
  }
}

/** Colors no longer by their alpha. Changes the pixels. */
export function unpremultiply({ data }: Pixels): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!
    for (let channel = i; channel < i + 3; channel++)
      data[channel] = alpha === 0 ? 0 : (data[channel]! * 255) / alpha
  }
}

export const isOpaque = ({ data }: Pixels): boolean => {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false
  return true
}
