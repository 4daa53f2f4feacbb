import type { ImageFault } from '../../core/ports.ts'

/** Ends the decoding of a picture from any depth; `decodeJpeg` makes a result of it. */
export class JpegFault extends Error {
  readonly kind: Exclude<ImageFault, 'busy'>

  constructor(kind: Exclude<ImageFault, 'busy'>, message: string) {
    super(message)
    this.kind = kind
  }
}

export const damaged = (message: string): JpegFault => new JpegFault('damaged', message)
export const unsupported = (message: string): JpegFault => new JpegFault('unsupported', message)
