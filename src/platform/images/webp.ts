import { instantiating, keptInstance } from './instances.ts'
import { type Pixels, release } from './pixels.ts'

/** The pixels are gone when `use` is done. Throws where the file is no picture. */
export const decodeWebp = (file: Uint8Array, use: (pixels: Pixels) => void): Promise<void> =>
  borrowedDecoder(({ decode }) => {
    const pixels = decode(new Uint8Array(file))
    if (!pixels) throw new Error('no WebP')
    use(pixels)
    release(pixels)
  })
const borrowedDecoder = keptInstance(
  async () => {
    const [{ default: factory }, { default: module }] = await Promise.all([
      import('@jsquash/webp/codec/dec/webp_dec.js'),
      import('@jsquash/webp/codec/dec/webp_dec.wasm'),
    ])
    return factory(instantiating(module))
  },
  ({ HEAPU8 }) => HEAPU8.length,
)

/** Above this the fastest method: 4 takes twice its time, for a fifth fewer bytes. */
const WEBP_CAREFUL_PIXELS_MAX = 1_000_000

export async function encodeWebp({ data, width, height }: Pixels, quality: number): Promise<Uint8Array> {
  const { defaultOptions } = await import('@jsquash/webp/meta.js')
  const method = width * height > WEBP_CAREFUL_PIXELS_MAX ? 0 : 4
  return borrowedEncoder(({ encode }) => {
    const file = encode(data, width, height, { ...defaultOptions, quality, method })
    if (!file) throw new Error('libwebp made nothing')
    return file
  })
}
const borrowedEncoder = keptInstance(
  async () => {
    const [{ default: factory }, { default: module }] = await Promise.all([
      import('@jsquash/webp/codec/enc/webp_enc_simd.js'),
      import('@jsquash/webp/codec/enc/webp_enc_simd.wasm'),
    ])
    return factory(instantiating(module))
  },
  ({ HEAPU8 }) => HEAPU8.length,
)
