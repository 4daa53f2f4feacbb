import type { AVIFModule } from '@jsquash/avif/codec/enc/avif_enc.js'
import type { Output, OutputFormat } from '../../core/image/image.ts'
import { encodeJpeg } from '../jpeg/encode.ts'
import { encodePng } from '../png/encode.ts'
import { flatten } from './draw.ts'
import { isOpaque } from './effects.ts'
import { codec, instantiating } from './codecs.ts'
import type { Pixels } from './pixels.ts'
import { encodeWebp } from './webp.ts'

type Encoder = (pixels: Pixels, quality: number) => Uint8Array | Promise<Uint8Array>

/** A file of a picture. The modules of the two encoders in WASM are loaded with the first picture that needs them. */
export const encoded = async (pixels: Pixels, { format, quality }: Output): Promise<Uint8Array> =>
  ENCODERS[format](pixels, quality)

const ENCODERS: Readonly<Record<OutputFormat, Encoder>> = {
  jpeg(pixels, quality) {
    flatten(pixels)
    return encodeJpeg(pixels, quality)
  },
  png: (pixels) => encodePng(pixels, !isOpaque(pixels)),
  webp: encodeWebp,
  avif,
}

/** The slowest that an isolate can afford: 6 takes three times as long. */
const AVIF_SPEED = 9

async function avif({ data, width, height }: Pixels, quality: number): Promise<Uint8Array> {
  const { defaultOptions } = await import('@jsquash/avif/meta.js')
  const options = { ...defaultOptions, quality, speed: AVIF_SPEED }
  return avifEncoder((libavif) => made(libavif.encode(data, width, height, options)))
}
const avifEncoder = codec<AVIFModule>(async () => {
  const [{ default: factory }, { default: module }] = await Promise.all([
    import('@jsquash/avif/codec/enc/avif_enc.js'),
    import('#codecs/avif_enc.wasm'),
  ])
  return () => factory(instantiating(module))
})

function made(file: Uint8Array | null): Uint8Array {
  if (!file) throw new Error('the encoder made nothing')
  return file
}
