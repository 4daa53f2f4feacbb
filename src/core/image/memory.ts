import {
  IMAGE_HELD_PIXELS_MAX,
  IMAGE_OUTPUT_PIXELS_MAX,
  IMAGE_OTHER_PIXELS_MAX,
  IMAGE_PHOTON_PIXELS_MAX,
  IMAGE_PNG_PIXELS_MAX,
  IMAGE_SCANS_PIXELS_MAX,
  IMAGE_WHOLE_PIXELS_MAX,
} from '../limits.ts'
import { limitFault, pixelsOf } from './allowance.ts'
import type { ImageHeader, Size, Step } from './image.ts'
import { turned } from './orientation.ts'
import type { PipelineFault } from './pipeline.ts'

/** The resize that is done to the rows as they are decoded, so that they are never held all: gray is gray before or after. */
export function resizeOnTheWay(steps: readonly Step[]): Extract<Step, { do: 'resize' }> | null {
  const first = steps.find((step) => step.do !== 'grayscale')
  return first?.do === 'resize' ? first : null
}

/** Whether the work needs more memory than an isolate has, at the decoder or at one of the steps. */
export const memoryFault = (
  header: ImageHeader,
  decoded: Size,
  steps: readonly Step[],
): PipelineFault | null => decoderFault(header, decoded, steps) ?? stepsFault(decoded, steps)

function decoderFault(header: ImageHeader, decoded: Size, steps: readonly Step[]): PipelineFault | null {
  const { format, isProgressive, isDeep } = header
  const isWhole = resizeOnTheWay(steps) === null
  const pixels = pixelsOf(decoded)
  const smaller = isWhole ? ' that no resize makes smaller first' : ''
  if (format === 'gif' || (format === 'webp' && header.isAnimated))
    return limitFault('a gif or an animated webp', pixels, IMAGE_PHOTON_PIXELS_MAX)
  if (format === 'webp') return limitFault('a webp', pixels, IMAGE_OTHER_PIXELS_MAX)
  if (format === 'png') {
    const max = isWhole ? IMAGE_OTHER_PIXELS_MAX : IMAGE_PNG_PIXELS_MAX
    return isDeep
      ? limitFault(`a ${format} of 16 bits${smaller}`, pixels, max / 2)
      : limitFault(`a ${format}${smaller}`, pixels, max)
  }
  const isFull = pixels === pixelsOf(header)
  if (isProgressive && isFull)
    return limitFault('a jpeg of several scans, at full size,', pixels, IMAGE_SCANS_PIXELS_MAX)
  return isWhole ? limitFault(`a jpeg${smaller}`, pixels, IMAGE_WHOLE_PIXELS_MAX) : null
}

function stepsFault(decoded: Size, steps: readonly Step[]): PipelineFault | null {
  const onTheWay = resizeOnTheWay(steps)
  let size = decoded
  for (const step of steps) {
    const after = sizeAfter(step, size)
    const fault = step === onTheWay ? null : stepFault(step, pixelsOf(size), pixelsOf(after))
    if (fault) return fault
    size = after
  }
  return null
}

/** Most steps make another picture of the one that they are given, and have both; some change it. */
function stepFault(step: Step, before: number, after: number): PipelineFault | null {
  if (step.do === 'grayscale' || step.do === 'watermark' || step.do === 'blur') return null
  const name = step.do === 'orient' ? 'turn' : step.do
  return (
    (step.do === 'canvas' ? limitFault('a canvas', after, IMAGE_OUTPUT_PIXELS_MAX) : null) ??
    limitFault(`the picture before and after a ${name}`, before + after, IMAGE_HELD_PIXELS_MAX)
  )
}

function sizeAfter(step: Step, size: Size): Size {
  if (step.do === 'orient') return turned(size, step.orientation)
  return step.do === 'resize' || step.do === 'crop' || step.do === 'canvas' ? step : size
}
