import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'
import { announcement, announce, bytes, rows, stored, get } from './assets.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
  await app.call('asset:put', announcement())
})

/** v1 protocol, section 8.2. */
describe('asset:put', () => {
  it('answers the asset and where to send its bytes, in one round trip', async () => {
    const answer = await app.call('asset:put', announcement())
    expect(outcome(answer)).toEqual(OK)
    const { asset, 'post-request': post } = answer.json['result'] as { asset: Json; 'post-request': Json }
    expect(asset['$name']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}-cat\.png$/)
    expect(asset).toEqual({
      $type: 'asset',
      $name: asset['$name'],
      $content_type: 'image/png',
      $url: expect.stringMatching(
        new RegExp(
          `^http://${app.host}/files/${String(asset['$name'])}\\?expiredAt=\\d+&signature=[\\w-]{43}%3D$`,
        ),
      ) as unknown,
    })
    expect(post).toEqual({ action: `/files/${String(asset['$name'])}` })
    expect(await rows(app)).toContainEqual({
      id: asset['$name'],
      content_type: 'image/png',
      size: 300,
      access: 'private',
      pending: true,
    })
  })

  it.each([
    ['nothing', {}, 'filename'],
    ['no type', { filename: 'a' }, 'content-type'],
    ['no size', { filename: 'a', 'content-type': 'a/b' }, 'content-size'],
    ['a name of another type', announcement({ filename: 1 }), 'filename'],
    ['a type of another type', announcement({ 'content-type': ['image/png'] }), 'content-type'],
    ['a size of another type', announcement({ 'content-size': '300' }), 'content-size'],
    ['a type that is none', announcement({ 'content-type': 'png' }), 'content-type'],
    ['a type with another header in it', announcement({ 'content-type': 'a/b\r\nx: y' }), 'content-type'],
    ['no bytes', announcement({ 'content-size': 0 }), 'content-size'],
    ['fewer than none', announcement({ 'content-size': -1 }), 'content-size'],
    ['half a byte', announcement({ 'content-size': 1.5 }), 'content-size'],
    ['a name of which nothing is left', announcement({ filename: '../..' }), 'filename'],
    ['a name that is too long', announcement({ filename: 'x'.repeat(800) }), 'filename'],
  ])('refuses %s, naming the field', async (_, body, field) => {
    const before = await rows(app)
    expect(outcome(await app.call('asset:put', body))).toMatchObject({
      status: 400,
      code: 108,
      info: { arguments: [field] },
    })
    expect(await rows(app)).toEqual(before)
  })

  it.each([
    ['photos/2026/cat.png', /^photos\/2026\/[0-9a-f-]{36}-cat\.png$/],
    ['/etc/passwd', /^etc\/[0-9a-f-]{36}-passwd$/],
    ['../../other-app/secret', /^other-app\/[0-9a-f-]{36}-secret$/],
    ['a/./b//c', /^a\/b\/[0-9a-f-]{36}-c$/],
    ['.hidden', /^[0-9a-f-]{36}-hidden$/],
    ['..\\..\\boot.ini', /^[0-9a-f-]{36}-boot\.ini$/],
    ['a+b\u0000\n.png', /^[0-9a-f-]{36}-ab\.png$/],
    ['貓 100%?#.png', /^[0-9a-f-]{36}-貓 100%\?#\.png$/],
  ])('makes of %j a name that leads nowhere', async (filename, name) => {
    expect((await announce(app, { filename })).name).toMatch(name)
  })

  it('refuses what is larger than the app takes', async () => {
    const small = await testApp({ document: { gear_config: { asset: { size_max: 100 } } } })
    const refused = await small.call('asset:put', announcement({ 'content-size': 101 }))
    expect(outcome(refused)).toMatchObject({ status: 413, code: 129 })
    const allowed = await small.call('asset:put', announcement({ 'content-size': 100 }))
    expect(allowed.status).toBe(200)
  })

  it('of an app with public files answers a URL that is not signed and never ends', async () => {
    const open = await testApp({ document: { gear_config: { asset: { public: true } } } })
    const { url, name } = await stored(open, bytes(10))
    expect(url).toBe(`http://${open.host}/files/${name}`)
    expect((await get(open, url)).status).toBe(200)
  })

  it('wants a key', async () => {
    expect(outcome(await app.call('asset:put', announcement(), { key: null }))).toMatchObject({ code: 101 })
    expect(outcome(await app.call('asset:put', announcement(), { key: 'wrong' }))).toMatchObject({
      code: 103,
    })
  })
})
