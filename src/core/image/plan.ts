import { err, ok, type Result } from '../result.ts'
import { filesFault, type ImageFile, type ImageLimits } from './allowance.ts'
import type { ImageHeader, ImagePlan, Shrink, Size, Step } from './image.ts'
import { memoryFault, resizeOnTheWay } from './memory.ts'
import type { ModernFormat } from './negotiate.ts'
import { textOf } from './operation-text.ts'
import { outputFor } from './output.ts'
import { marksOf, type Pipeline, type PipelineFault } from './pipeline.ts'
import { isSame } from './scale.ts'
import { afterwards, drawn, upright, type Drawing } from './steps.ts'

/**
 * All that is to be done, or why it is not, before a pixel is read. `marks`: in the order of `marksOf(pipeline)`;
 * `accepted`: what the client reads, see `negotiated`.
 */
export function planImage(
  pipeline: Pipeline,
  source: ImageFile,
  marks: readonly ImageFile[],
  accepted: readonly ModernFormat[],
  limits: ImageLimits,
): Result<ImagePlan, PipelineFault> {
  const { header } = source
  const tooLarge = filesFault(source, marks, limits)
  if (tooLarge) return err(tooLarge)
  const drawing = drawingOf(pipeline, header, marks)
  if (!drawing.ok) return drawing

  const { steps, size } = drawing.value
  const shrink = shrinkFor(header, steps)
  const decoded = shrunk(header, shrink)
  const output = outputFor(pipeline, header.format, size, accepted, limits)
  if (!output.ok) return output
  const tooMuch = memoryFault(header, decoded, steps)
  if (tooMuch) return err(tooMuch)
  return ok({
    header,
    marks: marks.map((mark) => mark.header),
    shrink,
    steps: withoutIdleResize(steps, decoded),
    output: output.value,
  })
}

/** The picture when all operations are done. */
function drawingOf(
  pipeline: Pipeline,
  header: ImageHeader,
  marks: readonly ImageFile[],
): Result<Drawing, PipelineFault> {
  const names = marksOf(pipeline)
  const headers = new Map(marks.map((mark, i) => [names[i] ?? '', mark.header]))
  let drawing = drawn(header)
  for (const operation of pipeline.operations) {
    const next = afterwards(drawing, operation, headers)
    if (!next.ok) return err({ kind: 'invalid', message: next.error, operation: textOf(operation) })
    drawing = next.value
  }
  return ok(upright(drawing))
}

const SHRINKS: readonly Shrink[] = [8, 4, 2]

/** By how much less of a JPEG is read: as long as it is enough for a resize before which nothing needs all of it. */
function shrinkFor(header: ImageHeader, steps: readonly Step[]): Shrink {
  const first = resizeOnTheWay(steps)
  if (header.format !== 'jpeg' || first === null) return 1
  return SHRINKS.find((shrink) => isEnough(shrunk(header, shrink), first)) ?? 1
}
const isEnough = (given: Size, wanted: Size): boolean =>
  given.width >= wanted.width && given.height >= wanted.height

const shrunk = ({ width, height }: Size, shrink: Shrink): Size => ({
  width: Math.ceil(width / shrink),
  height: Math.ceil(height / shrink),
})

/** Reading less can have made it as small as is wanted. */
function withoutIdleResize(steps: readonly Step[], decoded: Size): readonly Step[] {
  const first = resizeOnTheWay(steps)
  return first && isSame(first, decoded) ? steps.filter((step) => step !== first) : steps
}
