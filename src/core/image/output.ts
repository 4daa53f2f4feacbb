import {
  IMAGE_AUTO_AVIF_PIXELS_MAX,
  IMAGE_AVIF_PIXELS_MAX,
  IMAGE_JPEG_SIDE_MAX,
  IMAGE_WEBP_PIXELS_MAX,
  IMAGE_WEBP_SIDE_MAX,
} from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { limitFault, pixelsOf, type ImageLimits } from './allowance.ts'
import type { ImageFormat, Output, OutputFormat, Size } from './image.ts'
import type { ModernFormat } from './negotiate.ts'
import type { Pipeline, PipelineFault } from './pipeline.ts'

/** v2's for JPEG and WebP (v2 reference, section 4.9); imgproxy's for AVIF; nothing is lost in a PNG. */
const QUALITIES: Readonly<Record<OutputFormat, number>> = { jpeg: 85, webp: 85, avif: 63, png: 100 }

/** What the encoders can do: the format itself bounds its sides, the isolate's memory and patience its pixels. */
const BOUNDS: Readonly<Record<OutputFormat, { readonly pixels: number; readonly side: number }>> = {
  jpeg: { pixels: Infinity, side: IMAGE_JPEG_SIDE_MAX },
  png: { pixels: Infinity, side: Infinity },
  webp: { pixels: IMAGE_WEBP_PIXELS_MAX, side: IMAGE_WEBP_SIDE_MAX },
  avif: { pixels: IMAGE_AVIF_PIXELS_MAX, side: Infinity },
}

export function outputFor(
  { format, quality }: Pipeline,
  source: ImageFormat,
  size: Size,
  accepted: readonly ModernFormat[],
  limits: ImageLimits,
): Result<Output, PipelineFault> {
  const own = source === 'gif' ? 'png' : source
  const chosen = format === 'auto' ? (accepted.find((each) => isEasy(each, size)) ?? own) : (format ?? own)
  const fault = sizeFault(chosen, size, limits.outputPixels)
  return fault
    ? err(fault)
    : ok({ format: chosen, quality: (chosen === 'png' ? null : quality) ?? QUALITIES[chosen] })
}

/** Nobody waits for an AVIF who has not asked for one. */
const isEasy = (format: ModernFormat, size: Size): boolean =>
  sizeFault(format, size, format === 'avif' ? IMAGE_AUTO_AVIF_PIXELS_MAX : Infinity) === null

const sizeFault = (format: OutputFormat, size: Size, pixelsMax: number): PipelineFault | null =>
  limitFault('the result', pixelsOf(size), pixelsMax) ??
  limitFault(`the result, as ${format},`, pixelsOf(size), BOUNDS[format].pixels) ??
  limitFault(`a side of the result, as ${format},`, Math.max(size.width, size.height), BOUNDS[format].side)
