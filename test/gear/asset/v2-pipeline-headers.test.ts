import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { get } from './assets.ts'
import { countedImages, png } from './pictures.ts'
import { v2Of } from './v2-calls.ts'

it('a picture has its original’s word on other origins instead of the gateway’s, and no digest of it', async () => {
  const app = await testApp({ images: countedImages().images })
  const v2 = v2Of(app, await app.guest())
  const picture = await png(40, 30)
  const name = await v2.uploaded(picture, {
    'content-type': 'image/png',
    'content-md5': createHash('md5').update(picture).digest('base64'),
    'access-control-allow-origin': 'https://a.example',
    'access-control-expose-headers': 'etag',
  })
  for (const times of ['made', 'kept']) {
    const { headers } = await get(app, `/_asset/get/${name}?pipeline=image/resize,w_16`, {
      headers: { origin: 'https://b.example' },
    })
    expect(headers.get('access-control-allow-origin'), times).toBe('https://a.example')
    expect(headers.get('access-control-expose-headers')).toBe('etag')
    expect(headers.get('content-md5')).toBeNull()
  }
})
