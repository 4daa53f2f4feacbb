import {
  IMAGE_BYTES_MAX,
  IMAGE_MARK_PIXELS_MAX,
  IMAGE_OPERATIONS_MAX,
  IMAGE_OUTPUT_PIXELS_MAX,
  IMAGE_PIXELS_MAX,
} from '../limits.ts'
import type { ImageHeader, Size } from './image.ts'
import type { PipelineFault } from './pipeline.ts'

/** What an app may ask of a picture; where it says nothing, and at most, what limits.ts says. */
export type ImageLimits = {
  /** Of the picture's file and its marks', together. */
  readonly bytes: number
  /** Width by height of the picture as it comes. */
  readonly pixels: number
  /** Of a pipeline: for `parsePipeline`. */
  readonly operations: number
  /** Width by height of what is made. */
  readonly outputPixels: number
}

export const IMAGE_LIMITS: ImageLimits = {
  bytes: IMAGE_BYTES_MAX,
  pixels: IMAGE_PIXELS_MAX,
  operations: IMAGE_OPERATIONS_MAX,
  outputPixels: IMAGE_OUTPUT_PIXELS_MAX,
}

/** A file of which no more is known than how it begins and how long it is. */
export type ImageFile = { readonly header: ImageHeader; readonly bytes: number }

export const pixelsOf = ({ width, height }: Size): number => width * height

/** `what` may say of which kind it is, as that can be what bounds it. */
export const limitFault = (what: string, given: number, max: number, unit = 'pixels'): PipelineFault | null =>
  given > max ? { kind: 'limit', message: `${what} has ${given} ${unit}; at most ${max} are allowed` } : null

/** Whether one of the files is too large to be looked at any closer. */
export function filesFault(
  { header, bytes }: ImageFile,
  marks: readonly ImageFile[],
  limits: ImageLimits,
): PipelineFault | null {
  const all = [bytes, ...marks.map((mark) => mark.bytes)].reduce((sum, each) => sum + each, 0)
  const faults = [
    limitFault(marks.length > 0 ? 'the picture with its marks' : 'the picture', all, limits.bytes, 'bytes'),
    limitFault('the picture', pixelsOf(header), limits.pixels),
    ...marks.map((mark) => limitFault('a mark', pixelsOf(mark.header), IMAGE_MARK_PIXELS_MAX)),
  ]
  return faults.find((fault) => fault !== null) ?? null
}
