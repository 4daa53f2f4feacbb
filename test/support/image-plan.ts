import { IMAGE_LIMITS, type ImageFile, type ImageLimits } from '../../src/core/image/allowance.ts'
import type { ImageHeader, ImagePlan, Step } from '../../src/core/image/image.ts'
import type { ModernFormat } from '../../src/core/image/negotiate.ts'
import { parsePipeline, type Pipeline, type PipelineFault } from '../../src/core/image/pipeline.ts'
import { planImage } from '../../src/core/image/plan.ts'
import type { Result } from '../../src/core/result.ts'

export const png: ImageHeader = {
  format: 'png',
  width: 400,
  height: 300,
  orientation: 1,
  hasAlpha: false,
  isAnimated: false,
  isProgressive: false,
  isDeep: false,
}
/** A phone's. */
export const photo: ImageHeader = { ...png, format: 'jpeg', width: 4000, height: 3000 }

export type Setting = {
  readonly marks?: readonly ImageHeader[]
  readonly accepted?: readonly ModernFormat[]
  readonly limits?: Partial<ImageLimits>
  readonly bytes?: number
}
export function pipelineOf(text: string): Pipeline {
  const read = parsePipeline(`image${text && '/'}${text}`)
  if (!read.ok) throw new Error(`${text}: ${read.error.message}`)
  return read.value
}
export function planned(
  text: string,
  header: ImageHeader,
  { marks = [], accepted = [], limits = {}, bytes = 1000 }: Setting = {},
): Result<ImagePlan, PipelineFault> {
  const file = (of: ImageHeader): ImageFile => ({ header: of, bytes })
  return planImage(pipelineOf(text), file(header), marks.map(file), accepted, { ...IMAGE_LIMITS, ...limits })
}
export function planOf(text: string, header: ImageHeader, setting: Setting = {}): ImagePlan {
  const plan = planned(text, header, setting)
  if (!plan.ok) throw new Error(plan.error.message)
  return plan.value
}
/** Each step as a line: what it does, and its numbers. */
export const stepsOf = (text: string, header: ImageHeader, setting: Setting = {}): readonly string[] =>
  planOf(text, header, setting).steps.map(toldStep)
export function toldStep(step: Step): string {
  switch (step.do) {
    case 'orient':
      return `orient ${step.orientation}`
    case 'resize':
      return `resize ${step.width}x${step.height}`
    case 'crop':
    case 'canvas':
      return `${step.do} ${step.width}x${step.height} at ${step.x},${step.y}`
    case 'watermark':
      return `watermark ${step.mark} ${step.width}x${step.height} at ${step.x},${step.y} by ${step.opacity}`
    case 'blur':
      return `blur ${step.sigma}`
    case 'sharpen':
      return `sharpen ${step.amount}`
    default:
      return step.do
  }
}
export const base64url = (name: string): string => Buffer.from(name).toString('base64url')
/** An operation that puts one on a picture. */
export const mark = `watermark,image_${base64url('mark')}`
