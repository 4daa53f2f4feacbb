import type { ImageHeader, Shrink, Size } from '../../core/image/image.ts'
import type { ImageFault } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { decodeJpeg, type RowSink } from '../jpeg/decode.ts'
import { decodePng } from '../png/decode.ts'
import { decodeByPhoton } from './photon.ts'
import { newPixels, type Pixels } from './pixels.ts'
import { decodeWebp } from './webp.ts'
import { type Resampler, resampler } from './resample.ts'

type Decoded = Result<Pixels, Exclude<ImageFault, 'busy'>>

/**
 * The pixels of a file, `shrink` times smaller, or in the size `to` where there is one: rows are resampled as they come,
 * so that a photograph is never held whole. A file that is not what its header said is `damaged`.
 */
export async function decodePicture(
  file: Uint8Array,
  header: ImageHeader,
  shrink: Shrink,
  to: Size | null,
): Promise<Decoded> {
  const size = { width: Math.ceil(header.width / shrink), height: Math.ceil(header.height / shrink) }
  const { push, result } = to ? resampler(size, to, header.hasAlpha) : collector(size)
  if (header.format === 'jpeg') {
    const read = decodeJpeg(file, header, shrink, push)
    return read.ok ? ok(result()) : err(read.error)
  }
  const isRead =
    header.format === 'png' ? decodePng(file, header, push) : await decodeOther(file, header, push)
  return isRead ? ok(result()) : err('damaged')
}

/** By what traps, throws or says nothing where something is wrong. */
async function decodeOther(file: Uint8Array, header: ImageHeader, push: RowSink): Promise<boolean> {
  if (header.format === 'webp' && !isWholeRiff(file)) return false
  let isAsAnnounced = false
  const use = ({ width, height, data }: Pixels): void => {
    isAsAnnounced = width === header.width && height === header.height
    if (isAsAnnounced) push(data, height)
  }
  try {
    // libwebp holds a third of what photon does, and no animation.
    if (header.format === 'webp' && !header.isAnimated) await decodeWebp(file, use)
    else await decodeByPhoton(file, use)
  } catch {
    return false
  }
  return isAsAnnounced
}

/** Decoders make a picture of half a WebP; how long the file is stands behind its first four bytes. */
const isWholeRiff = (file: Uint8Array): boolean =>
  file.length >= 12 && file.length >= 8 + new DataView(file.buffer, file.byteOffset).getUint32(4, true)

/** All rows as they are. */
function collector(size: Size): Resampler {
  const out = newPixels(size)
  let y = 0
  return {
    push(rgba, rows) {
      const bytes = rows * size.width * 4
      out.data.set(rgba.subarray(0, bytes), y * size.width * 4)
      y += rows
    },
    result: () => out,
  }
}
