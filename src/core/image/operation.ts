import type { Gravity } from './gravity.ts'
import type { Color } from './image.ts'

/** What a pipeline does to a picture's pixels. Lengths are in pixels. */
export type Operation =
  | Resize
  | Crop
  | Watermark
  | Rotate
  | Flip
  | { readonly do: 'grayscale' }
  /** Standard deviation. */
  | { readonly do: 'blur'; readonly sigma: number }
  /** Per cent. */
  | { readonly do: 'sharpen'; readonly amount: number }

/** Sides that are null are not said. `gravity` and `color` are the defaults where the mode has no use for them. */
export type Resize = {
  readonly do: 'resize'
  readonly mode: ScalingMode
  readonly width: number | null
  readonly height: number | null
  readonly longer: number | null
  readonly shorter: number | null
  readonly gravity: Gravity
  readonly color: Color
}
/**
 * The largest picture inside the box, the smallest that covers it, that one cropped to the box, the former on a canvas
 * of the box's size, or one stretched to the box.
 */
export type ScalingMode = 'lfit' | 'mfit' | 'fill' | 'pad' | 'fixed'

/** Sides that are null go as far as the picture. `x` and `y` are counted from where the gravity puts the box. */
export type Crop = {
  readonly do: 'crop'
  readonly width: number | null
  readonly height: number | null
  readonly x: number
  readonly y: number
  readonly gravity: Gravity
}

/** Clockwise. */
export type Rotate = { readonly do: 'rotate'; readonly degrees: 90 | 180 | 270 }
/** `horizontal`: left and right change places. */
export type Flip = { readonly do: 'flip'; readonly axis: 'horizontal' | 'vertical' }

/** `x` and `y` are margins to the edges that the gravity names; the defaults where it names none. */
export type Watermark = {
  readonly do: 'watermark'
  /** The name of another asset of the app. */
  readonly asset: string
  readonly gravity: Gravity
  readonly x: number
  readonly y: number
  /** Per cent: 100 hides what is beneath. */
  readonly opacity: number
  /** Of the mark; null: its own. */
  readonly width: number | null
}
