import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Json, type TestApp } from '../../support/app.ts'
import { announce, bodyOf, bytes, get, rows, send, stored } from './assets.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
  await announce(app)
})

const codeOf = async (response: Response) =>
  (await response.json<{ error?: { code: number; info?: Json } }>()).error?.code

const form = (app: TestApp, path: string, body: FormData | string, headers: Record<string, string> = {}) =>
  app.send(path, { method: 'POST', body, headers: { 'x-skygear-api-key': app.apiKey, ...headers } })
const formWith = (file: File, more: Record<string, string> = {}) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(more)) data.append(name, value)
  data.append('file', file)
  return data
}
const rowOf = async (app: TestApp, name: string) => (await rows(app)).find(({ id }) => id === name)
const objectsOf = async (app: TestApp) =>
  (await env.ASSETS.list({ prefix: `${await appIdOf(app)}/` })).objects
const appIdOf = async (app: TestApp): Promise<string> => {
  const document = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
  return document.app_id
}

/** v1 protocol, section 8.3. */
describe('an upload', () => {
  it('as one body: answers the asset, which can be had from then on', async () => {
    const { name, action, url } = await announce(app)
    const body = bytes(300)
    const response = await send(app, action, body, { 'content-length': '300' })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      result: { $type: 'asset', $name: name, $content_type: 'image/png' },
    })
    expect(await bodyOf(await get(app, url))).toEqual(body)
    expect(await rowOf(app, name)).toMatchObject({ size: 300, pending: false })
  })

  it('as a form, after other fields, as the SDK sends it', async () => {
    const { name, action, url } = await announce(app)
    const body = bytes(70_000)
    const response = await form(
      app,
      action,
      formWith(new File([body], 'cat.png', { type: 'image/gif' }), { key: 'x' }),
    )
    expect(response.status).toBe(200)
    const got = await get(app, url)
    expect(await bodyOf(got)).toEqual(body)
    // What was announced counts, whatever the upload says.
    expect(got.headers.get('content-type')).toBe('image/png')
    expect(await rowOf(app, name)).toMatchObject({ size: 70_000, content_type: 'image/png', pending: false })
  })

  it.each([8 * 1024 * 1024 - 1, 8 * 1024 * 1024, 17 * 1024 * 1024 + 5])(
    'of a form with %i bytes is stored part by part',
    async (size) => {
      const { action, url } = await announce(app)
      const body = bytes(size)
      const response = await form(app, action, formWith(new File([body], 'f', { type: 'a/b' })))
      expect(response.status).toBe(200)
      const digest = async (data: BufferSource) =>
        Buffer.from(await crypto.subtle.digest('SHA-256', data)).toString('hex')
      expect(await digest(await bodyOf(await get(app, url)))).toBe(await digest(body))
    },
  )

  it('of a name that nobody announced gets one behind an id', async () => {
    const response = await send(app, '/files/notes.txt', 'hello', { 'content-type': 'text/plain' })
    const { result } = (await response.json()) as { result: Json }
    expect(result['$name']).toMatch(/^[0-9a-f-]{36}-notes\.txt$/)
    expect(result['$content_type']).toBe('text/plain')
    expect(await (await get(app, String(result['$url']))).text()).toBe('hello')
  })

  it('takes two round trips: which asset it is, and that it is there', async () => {
    const { action } = await announce(app)
    const response = await send(app, action, bytes(10))
    expect(app.logOf(response.headers.get('x-skygear-request-id'))?.trips).toBe(2)
  })

  it('wants a key', async () => {
    const { action } = await announce(app)
    const without = await app.send(action, { method: 'PUT', body: 'x', headers: { 'content-type': 'a/b' } })
    expect([without.status, await codeOf(without)]).toEqual([401, 101])
    const wrong = await send(app, action, 'x', { 'x-skygear-api-key': 'wrong' })
    expect([wrong.status, await codeOf(wrong)]).toEqual([401, 103])
  })

  const parts = (...lines: string[]) => lines.join('\r\n')
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' }
  it.each([
    ['without a type', 108, 'PUT', 'x', { 'content-type': '' }],
    ['of nothing', 108, 'PUT', '', {}],
    ['that is no form', 107, 'POST', 'x', { 'content-type': 'text/plain' }],
    [
      'of a form without an end',
      107,
      'POST',
      parts(
        '--x',
        'content-disposition: form-data; name="file"; filename="a"',
        'content-type: a/b',
        '',
        'half',
      ),
      multipart,
    ],
    [
      'of a form without a file',
      107,
      'POST',
      parts('--x', 'content-disposition: form-data; name="a"', '', '1', '--x--', ''),
      multipart,
    ],
    [
      'of a form with another file',
      107,
      'POST',
      parts(
        '--x',
        'content-disposition: form-data; name="photo"; filename="a"',
        'content-type: a/b',
        '',
        '1',
        '--x--',
        '',
      ),
      multipart,
    ],
    [
      'of a form whose file has no type',
      108,
      'POST',
      parts('--x', 'content-disposition: form-data; name="file"; filename="a"', '', '1', '--x--', ''),
      multipart,
    ],
    [
      'of a form whose file is empty',
      108,
      'POST',
      parts(
        '--x',
        'content-disposition: form-data; name="file"; filename="a"',
        'content-type: a/b',
        '',
        '',
        '--x--',
        '',
      ),
      multipart,
    ],
  ] as const)('%s is refused with %i, and nothing is left', async (_, code, method, body, headers) => {
    const { name, action } = await announce(app)
    const objects = await objectsOf(app)
    const response = await app.send(action, {
      method,
      body,
      headers: { 'x-skygear-api-key': app.apiKey, 'content-type': 'image/png', ...headers },
    })
    expect([response.status, await codeOf(response)]).toEqual([400, code])
    expect(await objectsOf(app)).toEqual(objects)
    expect(await rowOf(app, name)).toMatchObject({ pending: true })
  })

  it('that is cut off leaves nothing but the announcement', async () => {
    const { name, action } = await announce(app)
    const objects = await objectsOf(app)
    for (const headers of [{ 'content-length': '1000' }, {}]) {
      let sent = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent++ < 3) controller.enqueue(bytes(100))
          else controller.error(new Error('the client went away'))
        },
      })
      const response = await send(app, action, body, headers)
      expect([response.status, await codeOf(response)]).toEqual([400, 107])
    }
    expect(await objectsOf(app)).toEqual(objects)
    expect(await rowOf(app, name)).toMatchObject({ pending: true })
  })

  it('of more than the app takes is refused while it is on its way, announced size or not, and nothing is left', async () => {
    const small = await testApp({ document: { gear_config: { asset: { size_max: 9 * 1024 * 1024 } } } })
    const { action } = await announce(small)
    let sent = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1024 * 1024
          controller.enqueue(new Uint8Array(1024 * 1024))
        },
      })
    const response = await send(small, action, endless())
    expect([response.status, await codeOf(response)]).toEqual([413, 129])
    expect(sent).toBeLessThan(30 * 1024 * 1024)
    const said = await send(small, action, bytes(10), { 'content-length': String(9 * 1024 * 1024 + 1) })
    expect([said.status, await codeOf(said)]).toEqual([413, 129])
    expect(await objectsOf(small)).toEqual([])
  })

  it('overwrite by a stranger: what is there can be replaced with the master key only', async () => {
    const { action, url } = await stored(app, bytes(300))
    const again = await send(app, action, 'a forgery')
    expect([again.status, await codeOf(again)]).toEqual([409, 109])
    expect(await bodyOf(await get(app, url))).toEqual(bytes(300))
    const replaced = await send(app, action, 'a correction', { 'x-skygear-api-key': app.masterKey })
    expect(replaced.status).toBe(200)
    expect(await (await get(app, url)).text()).toBe('a correction')
  })

  it('a method that files do not have is no operation', async () => {
    const { action } = await announce(app)
    const response = await app.send(action, { method: 'DELETE' })
    expect([response.status, await codeOf(response)]).toEqual([404, 117])
  })
})
