import { isAssetRef } from '../asset/name.ts'
import { err, ok } from '../result.ts'
import { hasMarginX, hasMarginY } from './gravity.ts'
import type { Watermark } from './operation.ts'
import { numberOf, paramsOf, wholeFault, wordFault } from './params.ts'
import { gravityFault, gravityOf, placeFault, said, sideFault, type Spelling } from './spelling.ts'

const CHECKS = {
  image: wordFault('mark', (text) => assetOf(text) !== null),
  g: gravityFault,
  x: placeFault,
  y: placeFault,
  t: wholeFault(0, 100),
  w: sideFault,
}
/** OSS's, in pixels. */
const MARGIN = 10

export const watermarkSpelling: Spelling<Watermark> = {
  read(args) {
    const read = paramsOf(args, CHECKS)
    if (!read.ok) return read
    const asset = assetOf(read.value.get('image') ?? '')
    if (asset === null) return err('missing parameter: image')
    const opacity = numberOf(read.value, 't') ?? 100
    if (opacity === 0) return ok(null)
    const gravity = gravityOf(read.value, 'se')
    const x = (hasMarginX(gravity) ? numberOf(read.value, 'x') : null) ?? MARGIN
    const y = (hasMarginY(gravity) ? numberOf(read.value, 'y') : null) ?? MARGIN
    return ok({ do: 'watermark', asset, gravity, x, y, opacity, width: numberOf(read.value, 'w') })
  },
  args: ({ asset, gravity, x, y, opacity, width }) => [
    ...said('g', gravity, 'se'),
    `image_${textOfAsset(asset)}`,
    ...said('t', opacity, 100),
    ...said('w', width),
    ...said('x', x, MARGIN),
    ...said('y', y, MARGIN),
  ],
}

/** Names hold slashes and commas, so that they travel as base64url (RFC 4648, section 5) of UTF-8; padding is optional. */
function assetOf(text: string): string | null {
  if (!/^[\w-]+={0,2}$/.test(text)) return null
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    )
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return isAssetRef(name) ? name : null
  } catch {
    return null // No base64 by its length or padding, or no UTF-8.
  }
}
const textOfAsset = (name: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(name)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
