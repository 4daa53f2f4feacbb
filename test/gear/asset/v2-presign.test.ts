import { beforeAll, describe, expect, it } from 'vitest'
import { REQUEST_BYTES_MAX } from '../../../src/core/limits.ts'
import { testApp, type Json, type TestApp, type TestUser } from '../../support/app.ts'
import { bodyOf, bytes, get, rows } from './assets.ts'
import { MASTER, v2Of } from './v2-calls.ts'

let app: TestApp
let user: TestUser
let v2: ReturnType<typeof v2Of>
beforeAll(async () => {
  app = await testApp()
  user = await app.guest()
  v2 = v2Of(app, user)
})

/** v2 reference, section 4.4. */
describe('presign_upload', () => {
  it('answers where to put the bytes and with which headers, in one round trip', async () => {
    const md5 = Buffer.from(new Uint8Array(16)).toString('base64')
    const { status, trips, result } = await v2.call(
      'POST',
      'presign_upload',
      {
        prefix: 'avatar-',
        access: 'private',
        headers: { 'content-type': 'image/png', 'content-length': '48213', 'content-md5': md5 },
      },
      user,
    )
    expect([status, trips]).toEqual([200, 1])
    expect(result).toEqual({
      asset_name: expect.stringMatching(/^avatar-[0-9a-f-]{36}\.png$/) as unknown,
      url: expect.stringMatching(
        new RegExp(
          `^http://${app.host}/_asset/upload/avatar-[0-9a-f-]{36}\\.png\\?.*x-skygear-expires=900&x-skygear-signature=[0-9a-f]{64}`,
        ),
      ) as unknown,
      method: 'PUT',
      headers: expect.arrayContaining([
        { name: 'Content-Type', value: 'image/png' },
        { name: 'Content-Length', value: '48213' },
        { name: 'Content-Md5', value: md5 },
        { name: 'Cache-Control', value: 'max-age=3600' },
      ]) as unknown,
    })
  })

  it('is followed by a PUT, which stores the asset as it was asked for', async () => {
    const body = bytes(5000)
    const name = await v2.uploaded(body, { 'content-type': 'image/png', 'cache-control': 'no-cache' })
    const response = await get(app, `/_asset/get/${name}`)
    expect(await bodyOf(response)).toEqual(body)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect((await rows(app)).find(({ id }) => id === name)).toMatchObject({
      size: 5000,
      access: 'public',
      pending: false,
    })
  })

  it.each([
    ['image/png; a=b', '.png', 'image/png; a=b'],
    ['IMAGE/JPEG', '.jpg', 'IMAGE/JPEG'],
    ['chemical/x-pdb', '', 'chemical/x-pdb'],
    ['', '', 'application/octet-stream'],
    [undefined, '', 'application/octet-stream'],
  ])('of type %s: the name ends in “%s”, and it is served as %s', async (type, extension, served) => {
    const name = await v2.uploaded(bytes(3), type === undefined ? {} : { 'content-type': type })
    expect(name).toMatch(new RegExp(`^[0-9a-f-]{36}${extension}$`))
    expect((await get(app, `/_asset/get/${name}`)).headers.get('content-type')).toBe(served)
  })

  it.each([
    [String(REQUEST_BYTES_MAX), 200],
    ['1', 200],
    ['536870913', 'AssetTooLarge'],
    ['0', 'AssetTooLarge'],
    ['-1', 'AssetTooLarge'],
    ['abc', 'AssetTooLarge'],
    ['', 'AssetTooLarge'],
    ['1e3', 'AssetTooLarge'],
  ])('of %s bytes', async (length, expected) => {
    const { status, error } = await v2.call(
      'POST',
      'presign_upload',
      { headers: { 'content-length': length } },
      user,
    )
    if (expected === 200) expect(status).toBe(200)
    else
      expect(error).toEqual({ name: 'BadRequest', reason: expected, message: 'asset too large', code: 400 })
  })

  it('with an empty cache-control: the file is served without one', async () => {
    const none = await v2.uploaded(bytes(3), { 'cache-control': '' })
    expect((await get(app, `/_asset/get/${none}`)).headers.get('cache-control')).toBeNull()
    const unsaid = await v2.uploaded(bytes(3))
    expect((await get(app, `/_asset/get/${unsaid}`)).headers.get('cache-control')).toBe('max-age=3600')
  })

  it('names every fault of a request, in order of place', async () => {
    const { status, error } = await v2.call(
      'POST',
      'presign_upload',
      { prefix: 'a/b', access: 'secret', x: 1, headers: { host: 'evil' } },
      user,
    )
    expect(status).toBe(400)
    expect(error).toMatchObject({
      name: 'Invalid',
      reason: 'ValidationFailed',
      message: 'invalid request body',
      code: 400,
    })
    expect(
      (error?.['info'] as { causes: Json[] } | undefined)?.causes.map(({ kind, pointer, details }) => [
        kind,
        pointer,
        details,
      ]),
    ).toEqual([
      ['Enum', '/access', { expected: ['public', 'private'] }],
      ['Required', '/headers/content-length', undefined],
      ['ExtraEntry', '/headers/host', undefined],
      ['StringFormat', '/prefix', { pattern: '^[-_.a-zA-Z0-9]*$' }],
      ['ExtraEntry', '/x', undefined],
    ])
  })

  it.each([
    ['another header smuggled into one', { 'content-disposition': 'inline\r\nset-cookie: a=b' }],
    ['a type that is none', { 'content-type': 'a/b\r\nx: y' }],
    ['a digest that is none', { 'content-md5': 'x' }],
  ])('refuses %s', async (_, header) => {
    const { error } = await v2.call(
      'POST',
      'presign_upload',
      { headers: { 'content-length': '1', ...header } },
      user,
    )
    expect(error?.['reason']).toBe('ValidationFailed')
  })

  it('wants a user whose session lives, or the master key', async () => {
    const body = { headers: { 'content-length': '1' } }
    const refused = {
      name: 'Unauthorized',
      reason: 'NotAuthenticated',
      message: 'authentication required',
      code: 401,
    }
    const nobody = await v2.call('POST', 'presign_upload', body)
    expect([nobody.error, nobody.headers.get('x-skygear-try-refresh-token')]).toEqual([refused, null])
    const forged = await v2.call('POST', 'presign_upload', body, { token: 'forged' })
    expect([forged.error, forged.headers.get('x-skygear-try-refresh-token')]).toEqual([refused, 'true'])
    const gone = await app.guest()
    await app.call('auth:logout', {}, gone)
    expect((await v2.call('POST', 'presign_upload', body, gone)).error).toEqual(refused)
    const disabled = await app.guest()
    await app.call('auth:disable:set', { auth_id: disabled.id, disabled: true }, { key: app.masterKey })
    expect((await v2.call('POST', 'presign_upload', body, disabled)).error).toMatchObject({
      reason: 'UserDisabled',
      code: 403,
    })
    expect((await v2.call('POST', 'presign_upload', body, MASTER)).status).toBe(200)
  })

  it('wants JSON', async () => {
    for (const type of ['text/plain', 'application/json; foo=bar', 'application/json; charset=utf-8; a=b']) {
      const response = await app.send('/_asset/presign_upload', {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': type, 'x-skygear-api-key': app.masterKey },
      })
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('request content type is invalid'),
      ])
    }
    expect((await v2.call('POST', 'presign_upload', '{', MASTER)).error).toMatchObject({
      reason: 'BadRequest',
    })
  })
})

describe('a presigned PUT', () => {
  it('is good once: nothing overwrites what it stored', async () => {
    const to = await v2.presigned({ 'content-length': '3' })
    expect((await v2.sendTo(to, 'one')).status).toBe(200)
    const again = await v2.sendTo(to, 'two')
    expect([again.status, (await again.json<{ error: Json }>()).error['reason']]).toEqual([
      409,
      'DuplicateAsset',
    ])
    expect(await (await get(app, `/_asset/get/${to.asset_name}`)).text()).toBe('one')
  })

  it('stores nothing once the asset has been deleted: caches may hold what it was', async () => {
    const to = await v2.presigned({ 'content-length': '3' })
    expect((await v2.sendTo(to, 'one')).status).toBe(200)
    await v2.call('DELETE', `delete/${to.asset_name}`, undefined, MASTER)
    const again = await v2.sendTo(to, 'two')
    expect([again.status, (await again.json<{ error: Json }>()).error['reason']]).toEqual([404, 'NotFound'])
    expect((await get(app, `/_asset/get/${to.asset_name}`)).status).toBe(404)
    expect((await rows(app)).some(({ id }) => id === to.asset_name)).toBe(false)
  })

  it.each([
    ['more bytes than announced', (url: string) => url, 'four', 400],
    ['fewer', (url: string) => url, 'ab', 400],
    ['another name', (url: string) => url.replace('/upload/', '/upload/x'), 'abc', 400],
    ['another size', (url: string) => url.replace('content-length=3', 'content-length=4'), 'four', 400],
    ['another access', (url: string) => url.replace('access=private', 'access=public'), 'abc', 400],
    ['no signature', (url: string) => url.replace(/\?.*/, ''), 'abc', 400],
  ])('with %s is refused, and nothing is left', async (_, change, body, status) => {
    const to = await v2.presigned({ 'content-length': '3' }, { access: 'private' })
    const before = [await v2.objectNames(), await rows(app)]
    expect((await v2.sendTo({ ...to, url: change(to.url), headers: [] }, body)).status).toBe(status)
    expect([await v2.objectNames(), await rows(app)]).toEqual(before)
  })

  it('with other bytes than its digest says is refused, and nothing is left', async () => {
    const md5 = Buffer.from(await crypto.subtle.digest('MD5', new TextEncoder().encode('abc'))).toString(
      'base64',
    )
    const to = await v2.presigned({ 'content-length': '3', 'content-md5': md5 })
    const before = await v2.objectNames()
    expect((await v2.sendTo(to, 'xyz')).status).toBe(400)
    expect(await v2.objectNames()).toEqual(before)
    expect((await v2.sendTo(to, 'abc')).status).toBe(200)
  })
})
