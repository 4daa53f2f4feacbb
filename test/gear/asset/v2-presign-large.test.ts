import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { REQUEST_BYTES_MAX } from '../../../src/core/limits.ts'
import type { DirectUploads } from '../../../src/core/ports.ts'
import { testApp, type Json } from '../../support/app.ts'
import { rows, send } from './assets.ts'
import { v2Of } from './v2-calls.ts'

/** Past what a request to us may hold. */
describe('presign_upload of a large file', () => {
  const LARGE = String(REQUEST_BYTES_MAX + 1)
  const asked = (length: string) => ({ access: 'private', headers: { 'content-length': length } })
  const presigned: Parameters<DirectUploads['presign']>[] = []
  const directUploads: DirectUploads = {
    async presign(...asked) {
      presigned.push(asked)
      return { url: 'https://store.example/?signed', headers: { 'content-type': 'x', 'if-none-match': '*' } }
    },
  }

  it('sends the bytes to the store itself, in one round trip; the row waits for them', async () => {
    const own = await testApp({ directUploads })
    const guest = await own.guest()
    const { status, trips, result } = await v2Of(own, guest).call(
      'POST',
      'presign_upload',
      asked(LARGE),
      guest,
    )
    expect([status, trips]).toEqual([200, 1])
    const name = String((result as Json)['asset_name'])
    expect(result).toEqual({
      asset_name: name,
      url: 'https://store.example/?signed',
      method: 'PUT',
      headers: [
        { name: 'Content-Type', value: 'x' },
        { name: 'If-None-Match', value: '*' },
      ],
    })
    const [[key, size, file, seconds] = []] = presigned
    expect(key?.endsWith(`/${name}`)).toBe(true)
    expect([size, seconds]).toEqual([Number(LARGE), 900])
    expect(file).toMatchObject({ isNew: true, metadata: { access: 'private', once: 'true' } })
    expect(await rows(own)).toMatchObject([{ id: name, access: 'private', pending: true }])
  })

  it('comes to us where it is small enough', async () => {
    const own = await testApp({ directUploads })
    const guest = await own.guest()
    const ours = expect.stringContaining('/_asset/upload/') as unknown
    expect(
      await v2Of(own, guest).call('POST', 'presign_upload', asked(String(REQUEST_BYTES_MAX)), guest),
    ).toMatchObject({ result: { url: ours } })
  })

  it('is refused where no way takes it, and the answer says what is missing', async () => {
    const app = await testApp()
    const user = await app.guest()
    expect(await v2Of(app, user).call('POST', 'presign_upload', asked(LARGE), user)).toMatchObject({
      status: 400,
      error: { reason: 'AssetTooLarge', message: expect.stringContaining('S3_UPLOADS') as unknown },
    })
    expect(await rows(app)).toEqual([])
  })

  it('is nobody’s to overwrite from when it is in the store, noted there or not', async () => {
    const own = await testApp({ directUploads })
    const guest = await own.guest()
    const { result } = await v2Of(own, guest).call('POST', 'presign_upload', asked(LARGE), guest)
    const name = String(result?.['asset_name'])
    const [key, , file] = presigned.at(-1) ?? []
    await env.ASSETS.put(key ?? '', 'the film', { customMetadata: file?.metadata ?? {} })
    for (const as of [own.apiKey, own.masterKey]) {
      const response = await send(own, `/files/${name}`, 'a forgery', { 'x-skygear-api-key': as })
      expect([response.status, await response.text()]).toEqual([409, expect.stringContaining('109')])
    }
    expect(await (await env.ASSETS.get(key ?? ''))?.text()).toBe('the film')
    expect(await rows(own)).toMatchObject([{ id: name, pending: true }])
  })
})
