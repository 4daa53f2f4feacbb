import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { recordsOf } from '../record/records.ts'
import { bytes, get, rows, stored } from './assets.ts'
import { MASTER, v2Of } from './v2-calls.ts'

let app: TestApp
let user: TestUser
let v2: ReturnType<typeof v2Of>
beforeAll(async () => {
  app = await testApp()
  user = await app.guest()
  v2 = v2Of(app, user)
})

/** v2 reference, section 4.6. */
describe('get_signed_url, assets and delete', () => {
  it('are for the master key only', async () => {
    for (const [method, path] of [
      ['POST', 'get_signed_url'],
      ['GET', 'assets'],
      ['DELETE', 'delete/x'],
    ] as const)
      expect((await v2.call(method, path, method === 'POST' ? {} : undefined, user)).error).toEqual({
        name: 'Unauthorized',
        reason: 'AccessKeyNotAccepted',
        message: 'Master key required',
        code: 401,
      })
  })

  it('sign URLs in the order that was asked, for an hour or as long as was asked', async () => {
    const { result, trips } = await v2.call(
      'POST',
      'get_signed_url',
      {
        assets: [
          { asset_name: 'a.png' },
          { asset_name: 'b c.png', expire: 86400 },
          { asset_name: 'a.png', expire: 0 },
        ],
      },
      MASTER,
    )
    const assets = (result as unknown as { assets: { asset_name: string; url: string }[] }).assets
    expect(trips).toBe(0)
    expect(
      assets.map(({ asset_name, url }) => [
        asset_name,
        new URL(url).pathname,
        new URL(url).searchParams.get('x-skygear-expires'),
      ]),
    ).toEqual([
      ['a.png', '/_asset/get/a.png', '3600'],
      ['b c.png', '/_asset/get/b%20c.png', '86400'],
      ['a.png', '/_asset/get/a.png', '3600'],
    ])
    for (const [asset, pointer] of [
      [{ asset_name: '' }, '/assets/0/asset_name'],
      [{ asset_name: 'a', expire: 604801 }, '/assets/0/expire'],
      [{ asset_name: 'a', expire: 1.5 }, '/assets/0/expire'],
      [{}, '/assets/0/asset_name'],
      [{ asset_name: 'a', x: 1 }, '/assets/0/x'],
    ] as const) {
      const { error } = await v2.call('POST', 'get_signed_url', { assets: [asset] }, MASTER)
      expect(JSON.stringify(error)).toContain(`"pointer":"${pointer}"`)
    }
  })

  it('list the app’s own assets by prefix, and never another app’s', async () => {
    const other = await testApp()
    await stored(other, bytes(3), { filename: 'secret.png' })
    const mine = [
      await v2.uploaded(bytes(7), {}, { prefix: 'list-a' }),
      await v2.uploaded(bytes(8), {}, { prefix: 'list-b' }),
    ]
    const { result } = await v2.call('GET', 'assets?prefix=list-', undefined, MASTER)
    expect(result).toEqual({ assets: mine.map((asset_name, i) => ({ asset_name, size: 7 + i })) })
    const everything = await v2.call('GET', 'assets?prefix=', undefined, MASTER)
    expect(everything.text).not.toContain('secret.png')
    const after = await v2.call(
      'GET',
      `assets?prefix=list-&pagination_token=${String(mine[0])}`,
      undefined,
      MASTER,
    )
    expect(after.result).toEqual({ assets: [{ asset_name: mine[1], size: 8 }] })
    for (const way of ['../', '/', '..%2f'])
      expect((await v2.call('GET', `assets?prefix=${way}`, undefined, MASTER)).result).toEqual({ assets: [] })
  })

  it('delete row and bytes, twice if need be', async () => {
    const name = await v2.uploaded(bytes(3))
    for (const asset of [name, name, 'nothing', '%00'])
      expect(await v2.call('DELETE', `delete/${asset}`, undefined, MASTER)).toMatchObject({
        status: 200,
        result: {},
      })
    expect((await get(app, `/_asset/get/${name}`)).status).toBe(404)
    expect((await rows(app)).some(({ id }) => id === name)).toBe(false)
  })

  it('delete nothing that a record refers to', async () => {
    const name = await v2.uploaded(bytes(3))
    await recordsOf(app, user).save({ _id: 'note/1', photo: { $type: 'asset', $name: name } })
    expect((await v2.call('DELETE', `delete/${name}`, undefined, MASTER)).error).toMatchObject({
      reason: 'AssetInUse',
      code: 409,
    })
    expect((await get(app, `/_asset/get/${name}`)).status).toBe(200)
  })
})

describe('/_asset', () => {
  it('has no other endpoint, and no other method of one', async () => {
    expect(await v2.call('GET', 'nothing')).toMatchObject({ status: 404, text: 'Not found\n' })
    expect(await v2.call('GET', 'presign_upload')).toMatchObject({
      status: 405,
      text: 'Method Not Allowed\n',
    })
    expect(await v2.call('POST', 'get/a')).toMatchObject({ status: 405 })
  })

  it('is closed where the plan has no assets', async () => {
    const plan = `p${crypto.randomUUID()}`
    await env.TENANTS.put(`plan:${plan}`, JSON.stringify({ gears: ['auth'] }))
    const poor = await testApp({ document: { plan } })
    expect(await v2.call('GET', 'assets', undefined, MASTER, poor)).toMatchObject({
      status: 403,
      text: 'asset is not support in current app plan\n',
    })
    expect((await poor.call('asset:put', {})).status).toBe(403)
    expect((await poor.send('/files/a?expiredAt=1')).status).toBe(403)
  })
  it('takes smaller files where the plan says so, whatever the document says', async () => {
    const plan = `p${crypto.randomUUID()}`
    await env.TENANTS.put(`plan:${plan}`, JSON.stringify({ limits: { asset: { size_max: 100 } } }))
    const poor = await testApp({ document: { plan, gear_config: { asset: { size_max: 1000 } } } })
    const asked = (length: string) => ({ headers: { 'content-length': length } })
    const guest = await poor.guest()
    const call = v2Of(poor, guest).call
    expect((await call('POST', 'presign_upload', asked('100'), guest)).status).toBe(200)
    expect(await call('POST', 'presign_upload', asked('101'), guest)).toMatchObject({ status: 400 })
  })
})
