import { ssim } from 'ssim.js'
import { inject } from 'vitest'
import type { Pixels } from '../../../src/platform/images/pixels.ts'
import type { SharpJob } from './sharp-server.ts'

type Made = {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly info: { width: number; height: number; channels: number }
}

/** sharp, which runs in Node (`sharp-server.ts`): what libvips makes of it. */
export async function bySharp(
  input: Uint8Array | null,
  calls: SharpJob['calls'],
  options: object = {},
): Promise<Made> {
  const url = new URL(inject('sharpUrl'))
  url.searchParams.set('job', JSON.stringify({ options, calls } satisfies SharpJob))
  const response = await fetch(url, { method: 'POST', body: input ? new Uint8Array(input) : null })
  if (!response.ok) throw new Error(await response.text())
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    info: JSON.parse(response.headers.get('x-picture') ?? '{}') as Made['info'],
  }
}

/** The pixels of a file, as sharp reads it, upright or as it lies. */
export async function pixelsOf(file: Uint8Array, calls: SharpJob['calls'] = []): Promise<Pixels> {
  const { bytes, info } = await bySharp(file, [...calls, ['toColourspace', 'srgb'], ['ensureAlpha'], ['raw']])
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(bytes.buffer) }
}

/** How alike two pictures look: 1 is the same (SSIM, Wang et al. 2004). Transparent pixels are black. */
export function likeness(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`${a.width}x${a.height}, ${b.width}x${b.height}`)
  return ssim(shown(a), shown(b)).mssim
}
const shown = ({ width, height, data }: Pixels) => ({
  width,
  height,
  data: data.map((value, i) => (i % 4 === 3 ? 255 : (value * (data[i - (i % 4) + 3] ?? 0)) / 255)),
})

/** What a channel of two pictures differs by at most, transparent pixels aside; and in the mean. */
export function difference(a: Pixels, b: Pixels): { readonly mean: number; readonly max: number } {
  let [sum, max] = [0, 0]
  for (const [i, value] of a.data.entries()) {
    const isShown = (a.data[i | 3] ?? 0) > 0 || (b.data[i | 3] ?? 0) > 0
    const by = isShown ? Math.abs(value - (b.data[i] ?? 0)) : 0
    sum += by
    max = Math.max(max, by)
  }
  return { mean: sum / a.data.length, max }
}

/** Waves, a grid of colors and sharp edges, told by arithmetic: the same everywhere. */
export function drawing(
  width: number,
  height: number,
  alphaOf: (x: number, y: number) => number = () => 255,
): Pixels {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const isInside = (x / width - 0.6) ** 2 + (y / height - 0.4) ** 2 < 0.05
      data[i] = isInside ? 220 : 128 + 90 * Math.sin(x / 17 + y / 40)
      data[i + 1] = isInside ? 40 : 128 + 80 * Math.cos(y / 13)
      data[i + 2] = isInside ? 60 : 60 + ((Math.floor(x / 32) + Math.floor(y / 32)) % 2) * 90
      data[i + 3] = alphaOf(x, y)
    }
  }
  return { width, height, data }
}

/** A file of a drawing. */
export async function fileOf(pixels: Pixels, calls: SharpJob['calls']): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, data } = pixels
  const raw = { raw: { width, height, channels: 4 } }
  return (await bySharp(new Uint8Array(data), calls, raw)).bytes
}
