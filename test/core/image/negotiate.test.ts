import { expect, it } from 'vitest'
import { negotiated } from '../../../src/core/image/negotiate.ts'

it.each([
  [null, []],
  ['', []],
  ['*/*', []],
  ['image/*', []],
  ['image/png,image/jpeg', []],
  ['image/webp', ['webp']],
  ['image/webp,image/avif', ['avif', 'webp']],
  ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', ['avif', 'webp']],
  ['text/html, IMAGE/WebP ;q=0.5 , */*', ['webp']],
  ['image/webp;q=0, image/avif; q=0.000', []],
  ['image/webp;q=0.01', ['webp']],
  ['image/webp;q=0;level=1', []],
  ['image/webpx,ximage/webp', []],
])('%j reads %j', (accept, formats) => expect(negotiated(accept)).toEqual(formats))
