/** What a picture's header says, before anything of it is decoded. */
export type ImageHeader = {
  readonly format: ImageFormat
  /** Pixels, as they are stored: before `orientation`. */
  readonly width: number
  readonly height: number
  /** EXIF's, 1 to 8; 1 where nothing is said. From 5 on width and height change places. */
  readonly orientation: Orientation
  readonly hasAlpha: boolean
  readonly isAnimated: boolean
  /** Only of a JPEG: it has several scans, so that all of its coefficients are held before the first pixel is known. */
  readonly isProgressive: boolean
  /** Only of a PNG: 16 bits a sample. */
  readonly isDeep: boolean
}
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif'
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

export type Size = { readonly width: number; readonly height: number }
export type Box = Size & { readonly x: number; readonly y: number }
/** Red, green, blue: 0 to 255. */
export type Color = readonly [number, number, number]

/** What is done to the pixels, one after another; sizes and places are whole pixels of the picture as it is by then. */
export type Step =
  /** What brings a picture upright that says this of itself in EXIF; turns and flips are nothing else. */
  | { readonly do: 'orient'; readonly orientation: Orientation }
  | ({ readonly do: 'resize' } & Size)
  | ({ readonly do: 'crop' } & Box)
  /** On a canvas of one color, so that nothing stays transparent. Width and height are the canvas's, x and y the picture's. */
  | ({ readonly do: 'canvas'; readonly color: Color } & Box)
  /** Standard deviation in pixels. */
  | { readonly do: 'blur'; readonly sigma: number }
  /** Per cent: by how much a pixel's difference from its neighbours grows, 50 to 399. */
  | { readonly do: 'sharpen'; readonly amount: number }
  | { readonly do: 'grayscale' }
  /** `mark`: which of the given marks. The box is within the picture and never larger than the mark. Opacity 0 to 1. */
  | ({ readonly do: 'watermark'; readonly mark: number; readonly opacity: number } & Box)

export type Output = {
  readonly format: OutputFormat
  /** 1 to 100; of a PNG, which loses nothing, 100. */
  readonly quality: number
}
export type OutputFormat = 'jpeg' | 'png' | 'webp' | 'avif'

/** All that is to be done, known before the first pixel is decoded. */
export type ImagePlan = {
  readonly header: ImageHeader
  /** Of the marks that the steps speak of; their boxes are of marks brought upright. */
  readonly marks: readonly ImageHeader[]
  /**
   * By how much the decoder makes width and height smaller (rounded up), before the steps, whose sizes are of the picture
   * that then is: as much as leaves enough for the first resize. 1 where the format has no such decoder.
   */
  readonly shrink: Shrink
  readonly steps: readonly Step[]
  readonly output: Output
}
export type Shrink = 1 | 2 | 4 | 8
