import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
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
      'invalid file field',
      form([
        ['file', file],
        ['file', file],
      ]),
      {},
    ],
    [
      'expected exactly 1 file part',
      form([
        ['file', file],
        ['photo', file],
      ]),
      {},
    ],
    [
      'expected exactly 1 file part',
      form([
        ['photo', file],
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

  it.each([1, 9 * 1024 * 1024])('with the digest of its %i bytes is stored, and tells it', async (size) => {
    const body = bytes(size)
    const md5 = createHash('md5').update(body).digest('base64')
    const { result } = await post(
      form([
        ['content-md5', md5],
        ['file', new File([body], 'a')],
      ]),
    )
    const got = await get(app, await v2.signed(String(result?.['asset_name'])))
    expect([got.headers.get('content-length'), got.headers.get('content-md5')]).toEqual([String(size), md5])
    await got.body?.cancel()
  })

  it.each([1, 9 * 1024 * 1024])('with another digest than its %i bytes have is refused', async (size) => {
    const before = [await v2.objectNames(), await rows(app)]
    const { status, error } = await post(
      form([
        ['content-md5', createHash('md5').update('others').digest('base64')],
        ['file', new File([bytes(size)], 'a')],
      ]),
    )
    expect([status, error?.['message']]).toEqual([400, 'the bytes do not have the announced content-md5'])
    expect([await v2.objectNames(), await rows(app)]).toEqual(before)
  })

  it('refuses a file of nothing, and one of more than the app takes', async () => {
    const small = await testApp({ document: { gear_config: { asset: { size_max: 10 } } } })
    const guest = await small.guest()
    const own = v2Of(small, guest)
    const { result } = await own.call('POST', 'presign_upload_form', {}, guest)
    for (const size of [0, 11]) {
      const body = form([['file', new File([bytes(size)], 'a')]])
      const response = await get(small, String(result?.['url']), { method: 'POST', body })
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('AssetTooLarge'),
      ])
    }
    expect([await own.objectNames(), await rows(small)]).toEqual([[], []])
  })

  it('takes one URL for several files, for 15 minutes', async () => {
    const url = await formUrl()
    expect(new URL(url).searchParams.get('x-skygear-expires')).toBe('900')
    const names = []
    for (let i = 0; i < 2; i++) {
      const response = await get(app, url, { method: 'POST', body: form([['file', file]]) })
      const { result } = await response.json<{ result: Json }>()
      names.push(result['asset_name'])
    }
    expect(new Set(names).size).toBe(2)
    const late = new Date(Date.now() + 901_000)
    vi.setSystemTime(late)
    const expired = await get(app, url, { method: 'POST', body: form([['file', file]]) })
    vi.useRealTimers()
    expect(await expired.text()).toContain('ExpiredSignature')
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
