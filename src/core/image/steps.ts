import { err, ok, type Result } from '../result.ts'
import { placed } from './gravity.ts'
import type { Box, Color, ImageHeader, Orientation, Size, Step } from './image.ts'
import type { Crop, Operation, Watermark } from './operation.ts'
import { composed, orientationOf, storedBox, turned } from './orientation.ts'
import { fitting, isSame, scaled } from './scale.ts'

/** A picture on its way. */
export type Drawing = {
  /** Upright. */
  readonly size: Size
  /** What still has to be done to bring it upright: put off until the picture is small. The steps' sizes are as it lies. */
  readonly orientation: Orientation
  readonly hasAlpha: boolean
  readonly steps: readonly Step[]
}

/** A picture as it comes, where nothing is done yet. */
export const drawn = (header: ImageHeader): Drawing => ({
  size: turned(header, header.orientation),
  orientation: header.orientation,
  hasAlpha: header.hasAlpha,
  steps: [],
})

/** `marks`: the header of each by its name. The error is the fault's message. */
export function afterwards(
  drawing: Drawing,
  operation: Operation,
  marks: ReadonlyMap<string, ImageHeader>,
): Result<Drawing, string> {
  switch (operation.do) {
    case 'resize': {
      const to = scaled(operation, drawing.size)
      if (to === null) return ok(drawing)
      const sized = resized(drawing, to.size)
      if (to.crop) return ok(cropped(sized, to.crop))
      return ok(to.canvas ? onCanvas(sized, to.canvas, operation.color) : sized)
    }
    case 'crop': {
      const box = boxOf(operation, drawing.size)
      return box ? ok(cropped(drawing, box)) : err(`crop is outside of a picture of ${spelt(drawing.size)}`)
    }
    case 'watermark':
      return marked(drawing, operation, marks)
    case 'rotate':
    case 'flip': {
      const by = orientationOf(operation)
      const orientation = composed(drawing.orientation, by)
      return ok({ ...drawing, size: turned(drawing.size, by), orientation })
    }
    default:
      return ok(withStep(drawing, operation))
  }
}

const withStep = (drawing: Drawing, step: Step): Drawing => ({ ...drawing, steps: [...drawing.steps, step] })
const spelt = ({ width, height }: Size): string => `${width}x${height}`

/** Brought upright now. */
export function upright(drawing: Drawing): Drawing {
  const { orientation } = drawing
  return orientation === 1 ? drawing : { ...withStep(drawing, { do: 'orient', orientation }), orientation: 1 }
}

const resized = (drawing: Drawing, size: Size): Drawing =>
  isSame(size, drawing.size)
    ? drawing
    : { ...withStep(drawing, { do: 'resize', ...turned(size, drawing.orientation) }), size }

function cropped(drawing: Drawing, box: Box): Drawing {
  const { width, height } = box
  if (isSame(box, drawing.size)) return drawing
  const step: Step = { do: 'crop', ...storedBox(box, drawing.size, drawing.orientation) }
  return { ...withStep(drawing, step), size: { width, height } }
}

function onCanvas(drawing: Drawing, canvas: Box, color: Color): Drawing {
  const { width, height } = canvas
  if (isSame(canvas, drawing.size) && !drawing.hasAlpha) return drawing
  const step: Step = { do: 'canvas', ...canvas, color }
  return { ...withStep(upright(drawing), step), size: { width, height }, hasAlpha: false }
}

/** As much of the box as is inside the picture; null where nothing is. */
function boxOf({ width, height, x, y, gravity }: Crop, size: Size): Box | null {
  const whole = {
    width: Math.min(width ?? size.width, size.width),
    height: Math.min(height ?? size.height, size.height),
  }
  const from = placed(whole, size, gravity)
  const [left, top] = [from.x + x, from.y + y]
  if (left >= size.width || top >= size.height) return null
  return {
    width: Math.min(whole.width, size.width - left),
    height: Math.min(whole.height, size.height - top),
    x: left,
    y: top,
  }
}

/** The mark becomes smaller where the picture has no room for it, and moves inward where its margins leave none. */
function marked(
  drawing: Drawing,
  { asset, width, x, y, gravity, opacity }: Watermark,
  marks: ReadonlyMap<string, ImageHeader>,
): Result<Drawing, string> {
  const header = marks.get(asset)
  if (!header) return err(`no such mark: ${asset}`)
  const own = turned(header, header.orientation)
  const wanted = fitting(own, { width: width ?? own.width, height: own.height })
  const mark = fitting(wanted, drawing.size)
  const room = { width: drawing.size.width - 2 * x, height: drawing.size.height - 2 * y }
  const at = placed(mark, room, gravity)
  const step: Step = {
    do: 'watermark',
    mark: [...marks.keys()].indexOf(asset),
    opacity: opacity / 100,
    width: mark.width,
    height: mark.height,
    x: inside(at.x + x, drawing.size.width - mark.width),
    y: inside(at.y + y, drawing.size.height - mark.height),
  }
  return ok(withStep(upright(drawing), step))
}
const inside = (offset: number, max: number): number => Math.min(Math.max(offset, 0), max)
