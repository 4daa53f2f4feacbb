import type { ImageHeader, ImagePlan, Size, Step } from '../../core/image/image.ts'
import { resizeOnTheWay } from '../../core/image/memory.ts'
import type { ImageFault, ImageSource } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { blur } from './blur.ts'
import { decodePicture } from './decode-picture.ts'
import { cropped, drawOver, onCanvas } from './draw.ts'
import { grayscale, sharpened } from './effects.ts'
import { encoded } from './encode.ts'
import { oriented } from './orient.ts'
import { giveBack, type Pixels, release } from './pixels.ts'
import { resampler } from './resample.ts'

type DecodeFault = Exclude<ImageFault, 'busy'>

/** Does all that a plan says with the bytes of a picture and its marks, which are gone as soon as none are needed. */
export async function render(plan: ImagePlan, source: ImageSource): Promise<Result<Uint8Array, DecodeFault>> {
  const resize = resizeOnTheWay(plan.steps)
  const decoded = await decodePicture(source.picture, plan.header, plan.shrink, resize)
  giveBack(source.picture)
  if (!decoded.ok) return decoded
  let pixels = decoded.value
  for (const step of plan.steps) {
    if (step === resize) continue
    const done = await afterStep(pixels, step, plan, source)
    if (!done.ok) return done
    if (done.value.data.buffer !== pixels.data.buffer) release(pixels)
    pixels = done.value
  }
  source.marks.forEach(giveBack)
  const file = await encoded(pixels, plan.output)
  release(pixels)
  return ok(file)
}

type Watermark = Extract<Step, { readonly do: 'watermark' }>

async function afterStep(
  pixels: Pixels,
  step: Step,
  plan: ImagePlan,
  source: ImageSource,
): Promise<Result<Pixels, DecodeFault>> {
  if (step.do === 'watermark') return marked(pixels, step, plan, source)
  return ok(afterOwnStep(pixels, step))
}

function afterOwnStep(pixels: Pixels, step: Exclude<Step, Watermark>): Pixels {
  switch (step.do) {
    case 'orient':
      return oriented(pixels, step.orientation)
    case 'resize':
      return resized(pixels, step)
    case 'crop':
      return cropped(pixels, step)
    case 'canvas':
      return onCanvas(pixels, step, step.color)
    case 'blur':
      blur(pixels, step.sigma)
      return pixels
    case 'sharpen':
      return sharpened(pixels, step.amount)
    default:
      step satisfies { readonly do: 'grayscale' }
      return grayscale(pixels)
  }
}

async function marked(
  pixels: Pixels,
  step: Watermark,
  plan: ImagePlan,
  source: ImageSource,
): Promise<Result<Pixels, DecodeFault>> {
  const mark = await markOf(source.marks[step.mark], plan.marks[step.mark], step)
  if (!mark.ok) return mark
  drawOver(pixels, mark.value, step, step.opacity)
  release(mark.value)
  return ok(pixels)
}

function resized(pixels: Pixels, to: Size): Pixels {
  const { push, result } = resampler(pixels, to, true)
  push(pixels.data, pixels.height)
  return result()
}

async function markOf(
  file: Uint8Array | undefined,
  header: ImageHeader | undefined,
  size: Size,
): Promise<Result<Pixels, DecodeFault>> {
  if (!file || !header) throw new Error('the plan speaks of a mark that is not there')
  const decoded = await decodePicture(file, header, 1, null)
  if (!decoded.ok) return err(decoded.error)
  const upright = oriented(decoded.value, header.orientation)
  return ok(upright.width === size.width && upright.height === size.height ? upright : resized(upright, size))
}
