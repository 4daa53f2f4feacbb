import type { WebPModule as Decoder } from '@jsquash/webp/codec/dec/webp_dec.js'
import type { WebPModule as Encoder } from '@jsquash/webp/codec/enc/webp_enc.js'
import { codec, instantiating } from './codecs.ts'
import { type Pixels, release } from './pixels.ts'

/** The pixels are gone when `use` is done. Throws where the file is no picture. */
export const decodeWebp = (file: Uint8Array, use: (pixels: Pixels) => void): Promise<void> =>
  borrowedDecoder((libwebp) => {
    const { buffer, byteOffset, length } = file
    if (!(buffer instanceof ArrayBuffer)) throw new Error('bytes that others share')
    const pixels = libwebp.decode(new Uint8Array(buffer, byteOffset, length))
    if (!pixels) throw new Error('no WebP')
    use(pixels)
    release(pixels)
  })
const borrowedDecoder = codec<Decoder>(async () => {
  const [{ default: factory }, { default: module }] = await Promise.all([
    import('@jsquash/webp/codec/dec/webp_dec.js'),
    import('#codecs/webp_dec.wasm'),
  ])
  return () => factory(instantiating(module))
})

/** Above this the fastest method: 4 takes twice its time, for a fifth fewer bytes. */
const WEBP_CAREFUL_PIXELS_MAX = 1_000_000
/** Above this the careful one is told to hold less: a megapixel of noise took 40 MB, and takes 16, but a third more time. */
const WEBP_LAVISH_QUALITY_MAX = 90

export async function encodeWebp({ data, width, height }: Pixels, quality: number): Promise<Uint8Array> {
  const { defaultOptions } = await import('@jsquash/webp/meta.js')
  const method = width * height > WEBP_CAREFUL_PIXELS_MAX ? 0 : 4
  const low_memory = quality > WEBP_LAVISH_QUALITY_MAX ? 1 : 0
  return borrowedEncoder((libwebp) => {
    const file = libwebp.encode(data, width, height, { ...defaultOptions, quality, method, low_memory })
    if (!file) throw new Error('libwebp made nothing')
    return file
  })
}
const borrowedEncoder = codec<Encoder>(async () => {
  const [{ default: factory }, { default: module }] = await Promise.all([
    import('@jsquash/webp/codec/enc/webp_enc_simd.js'),
    import('#codecs/webp_enc_simd.wasm'),
  ])
  return () => factory(instantiating(module))
})
