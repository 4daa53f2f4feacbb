import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Json, type TestApp, type TestUser } from '../../support/app.ts'
import { bodyOf, bytes, get, rows } from './assets.ts'
import { v2Of } from './v2-calls.ts'

let app: TestApp
let user: TestUser
let v2: ReturnType<typeof v2Of>
beforeAll(async () => {
  app = await testApp()
  user = await app.guest()
  v2 = v2Of(app, user)
})

/** v2 reference, section 4.5. */
describe('upload_form', () => {
  const formUrl = async () => {
    const { result, trips } = await v2.call('POST', 'presign_upload_form', {}, user)
    expect(trips).toBe(1)
    return String(result?.['url'])
  }
  const form = (parts: readonly (readonly [string, string | File])[]) => {
    const data = new FormData()
    for (const [name, value] of parts) data.append(name, value)
    return data
  }
  const file = new File([bytes(3000)], 'a.txt', { type: 'text/plain' })
  const post = async (body: FormData | string, headers: Record<string, string> = {}) => {
    const response = await get(app, await formUrl(), { method: 'POST', body, headers })
    return { status: response.status, ...((await response.json()) as { result?: Json; error?: Json }) }
  }

  it('stores the file under a name of its prefix and type', async () => {
    const { status, result } = await post(
      form([
        ['prefix', 'doc-'],
        ['access', 'private'],
        ['cache-control', 'no-store'],
        ['file', file],
      ]),
    )
    expect(status).toBe(200)
    expect(result).toEqual({ asset_name: expect.stringMatching(/^doc-[0-9a-f-]{36}\.txt$/) as unknown })
    const url = await v2.signed(String(result?.['asset_name']))
    const got = await get(app, url)
    expect(await bodyOf(got)).toEqual(bytes(3000))
    expect(got.headers.get('cache-control')).toBe('no-store')
  })

  it('takes the type of a field over that of the file', async () => {
    const { result } = await post(
      form([
        ['content-type', 'image/png'],
        ['file', file],
      ]),
    )
    expect(result?.['asset_name']).toMatch(/\.png$/)
  })

  it.each([
    ['invalid content-type', 'x', { 'content-type': 'text/plain' }],
    ['invalid boundary', 'x', { 'content-type': 'multipart/form-data' }],
    ['invalid form', '--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }],
    [
      'repeated field: access',
      form([
        ['access', 'public'],
        ['access', 'public'],
        ['file', file],
      ]),
      {},
    ],
    ['expected exactly 1 file part', form([['access', 'public']]), {}],
    [
      'expected exactly 1 file part',
      form([
        ['file', file],
        ['file', file],
      ]),
      {},
    ],
    ['invalid file field', form([['photo', file]]), {}],
    [
      'field after the file: access',
      form([
        ['file', file],
        ['access', 'private'],
      ]),
      {},
    ],
  ])('refuses a form: %s', async (message, body, headers) => {
    const before = [await v2.objectNames(), await rows(app)]
    expect(await post(body, headers as Record<string, string>)).toEqual({
      status: 400,
      error: { name: 'BadRequest', reason: 'BadAssetUploadForm', message, code: 400 },
    })
    expect([await v2.objectNames(), await rows(app)]).toEqual(before)
  })

  it('refuses fields that no upload has, as a request of that name', async () => {
    const { error } = await post(
      form([
        ['x-evil', '1'],
        ['file', file],
      ]),
    )
    expect(error).toMatchObject({ reason: 'ValidationFailed', message: 'invalid pre-signed request' })
  })

  it('needs its signature, and no session', async () => {
    const response = await app.send('/_asset/upload_form', { method: 'POST', body: form([['file', file]]) })
    expect(response.status).toBe(400)
  })
})
