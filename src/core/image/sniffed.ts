import type { ImageHeader } from './image.ts'

/**
 * What is known by a file's first bytes. `behind`: the orientation is said behind them, by what begins there, if it is
 * said at all. `more`: they are too few, at least so many are wanted. `unknown`: no picture of a format that is read here,
 * or a broken one. `unsupported`: a kind of it that no decoder here reads.
 */
export type Sniffed =
  | { readonly kind: 'header'; readonly header: ImageHeader; readonly behind?: number }
  | { readonly kind: 'more'; readonly wanted: number }
  | { readonly kind: 'unknown' | 'unsupported' }

export const more = (wanted: number): Sniffed => ({ kind: 'more', wanted })
export const UNKNOWN: Sniffed = { kind: 'unknown' }
export const UNSUPPORTED: Sniffed = { kind: 'unsupported' }

/** A header of what most pictures are, and what is different about this one. */
export const header = (
  found: Pick<ImageHeader, 'format' | 'width' | 'height'> & Partial<ImageHeader>,
  behind?: number,
): Sniffed =>
  found.width > 0 && found.height > 0
    ? {
        kind: 'header',
        header: {
          orientation: 1,
          hasAlpha: false,
          isAnimated: false,
          isProgressive: false,
          isDeep: false,
          ...found,
        },
        ...(behind !== undefined && { behind }),
      }
    : UNKNOWN

/** Bytes as characters; those behind the end are none. */
export function textAt(view: DataView, at: number, length: number): string {
  const end = Math.min(at + length, view.byteLength)
  let text = ''
  for (let i = at; i < end; i++) text += String.fromCharCode(view.getUint8(i))
  return text
}
