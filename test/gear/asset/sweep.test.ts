import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { sweepAssets } from '../../../src/gear/asset/sweep.ts'
import { variantsOf } from '../../../src/gear/asset/variant.ts'
import { neonDatabase } from '../../../src/platform/neon.ts'
import { r2Files } from '../../../src/platform/r2-files.ts'
import { testApp, type TestApp } from '../../support/app.ts'
import { aTenant } from '../../support/tenant.ts'
import { recordsOf } from '../record/records.ts'
import { announce, bytes, get, rows, stored } from './assets.ts'
import { inject } from 'vitest'

let app: TestApp
let appId: string
beforeEach(async () => {
  app = await testApp()
  await announce(app)
  await app.sql(`delete from ${app.table('_asset')}`)
  const document = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
  appId = document.app_id
})

const DAY = 24 * 60 * 60 * 1000
/** A sweep so many days from now, as far as the objects' age goes; rows are aged in their table. */
async function sweep(days = 0, most?: number) {
  await app.sql(`update ${app.table('_asset')} set created_at = created_at - make_interval(days => $1)`, [
    days,
  ])
  const files = r2Files(env.ASSETS)
  const db = neonDatabase(inject('databaseUrl'))
  const tenant = aTenant({ appId, schema: app.schema })
  const swept = await sweepAssets({ tenant, db, files }, new Date(Date.now() + days * DAY), most)
  if (!swept.ok) throw new Error(swept.error.message)
  return swept.value
}
const NOTHING = { completed: 0, forgotten: 0, removed: 0, variants: 0, adopted: 0, missing: 0 }
const names = async () => {
  const { objects } = await env.ASSETS.list({ prefix: `${appId}/` })
  return objects.map(({ key }) => key.slice(appId.length + 1))
}

describe('a sweep', () => {
  it('does nothing where rows and bytes agree, however old', async () => {
    await stored(app, bytes(10))
    const before = [await rows(app), await names()]
    expect(await sweep(100)).toEqual(NOTHING)
    expect([await rows(app), await names()]).toEqual(before)
  })

  it('forgets what was announced a day ago and never came; younger it may be on its way', async () => {
    await announce(app)
    expect(await sweep()).toEqual(NOTHING)
    expect(await rows(app)).toHaveLength(1)
    expect(await sweep(2)).toEqual({ ...NOTHING, forgotten: 1 })
    expect(await rows(app)).toEqual([])
  })

  it('keeps an announcement that a record refers to', async () => {
    const { name } = await announce(app)
    const saved = await recordsOf(app, await app.guest()).save({
      _id: 'note/1',
      photo: { $type: 'asset', $name: name },
    })
    expect(saved.status).toBe(200)
    expect(await sweep(2)).toEqual(NOTHING)
    expect(await rows(app)).toMatchObject([{ id: name, pending: true }])
  })

  it('notes an upload whose end was noted nowhere', async () => {
    const { name, url } = await stored(app, bytes(10))
    await app.sql(`update ${app.table('_asset')} set pending = true, size = 1`)
    expect(await sweep()).toEqual(NOTHING)
    expect(await sweep(2)).toEqual({ ...NOTHING, completed: 1 })
    expect(await rows(app)).toMatchObject([{ id: name, pending: false, size: 10 }])
    expect((await get(app, url)).status).toBe(200)
  })

  it('takes bytes away that it stored and no row has known of for a week', async () => {
    await stored(app, bytes(10))
    await app.sql(`delete from ${app.table('_asset')}`)
    expect(await sweep(6)).toEqual(NOTHING)
    expect(await names()).toHaveLength(1)
    expect(await sweep(8)).toEqual({ ...NOTHING, removed: 1 })
    expect(await names()).toEqual([])
  })

  it('gives a row to bytes that somebody copied in, and deletes none of them', async () => {
    const httpMetadata = { contentType: 'text/plain' }
    await env.ASSETS.put(`${appId}/copied.txt`, 'hello', {
      httpMetadata,
      customMetadata: { access: 'public' },
    })
    await env.ASSETS.put(`${appId}/copied.bin`, 'hello')
    expect(await sweep(8)).toEqual({ ...NOTHING, adopted: 2 })
    expect(await rows(app)).toEqual([
      {
        id: 'copied.bin',
        content_type: 'application/octet-stream',
        size: 5,
        access: 'private',
        pending: false,
      },
      { id: 'copied.txt', content_type: 'text/plain', size: 5, access: 'public', pending: false },
    ])
    expect(await names()).toEqual(['copied.bin', 'copied.txt'])
    expect(await sweep(8)).toEqual(NOTHING)
  })

  it('counts rows whose bytes are lost, and leaves them', async () => {
    const { name } = await stored(app, bytes(10))
    await env.ASSETS.delete(`${appId}/${name}`)
    expect(await sweep(100)).toEqual({ ...NOTHING, missing: 1 })
    expect(await rows(app)).toHaveLength(1)
  })

  it('goes through all names in stretches, in the order of their bytes, and begins anew', async () => {
    const all = ['A', 'Z', 'a', 'a/b', 'b', 'é', '語', '\u{fffd}x', '🐱', '🐱/z']
    const values = all.filter((_, i) => i % 3 !== 0)
    for (const name of all.filter((_, i) => i % 3 !== 1)) await env.ASSETS.put(`${appId}/${name}`, 'x')
    for (const name of values)
      await app.sql(`insert into ${app.table('_asset')} (id, content_type, size) values ($1, 'a/b', 1)`, [
        name,
      ])
    let total = { missing: 0, adopted: 0 }
    for (let round = 0; round < 12; round++) {
      const { missing, adopted } = await sweep(8, 2)
      total = { missing: total.missing + missing, adopted: total.adopted + adopted }
      const [at] = await app.sql(`select reached from ${app.table('_asset_sweep')}`)
      if (at?.['reached'] === '') break
    }
    expect(total).toEqual({ missing: 3, adopted: 4 })
    expect((await rows(app)).map(({ id }) => String(id)).toSorted()).toEqual(all.toSorted())
  })

  describe('of what was made of pictures', () => {
    /** A variant of the original that has such bytes now. */
    const made = async (name: string, etag?: string, n = 0) => {
      const original = etag ?? (await env.ASSETS.head(`${appId}/${name}`))?.etag ?? 'e'
      const key = `${variantsOf(appId, name) ?? ''}${original}-${n.toString(16).padStart(32, '0')}`
      await env.ASSETS.put(key, 'x')
      return key
    }
    const kept = async () => (await env.ASSETS.list({ prefix: `/${appId}/` })).objects.map(({ key }) => key)

    it('keeps that of an original that is as it was', async () => {
      const { name } = await stored(app, bytes(10))
      const key = await made(name)
      expect(await sweep(100)).toEqual(NOTHING)
      expect(await kept()).toEqual([key])
    })

    it('takes away that of one that is gone, or another by now', async () => {
      const { name } = await stored(app, bytes(10))
      await made(name, 'another')
      await made('gone.png')
      await made('gone!!.png')
      expect(await sweep()).toEqual({ ...NOTHING, variants: 3 })
      expect(await kept()).toEqual([])
    })

    it('takes it away together with an original that nobody knows of', async () => {
      const { name } = await stored(app, bytes(10))
      await made(name)
      await app.sql(`delete from ${app.table('_asset')}`)
      expect(await sweep(8)).toEqual({ ...NOTHING, removed: 1, variants: 1 })
      expect([await names(), await kept()]).toEqual([[], []])
    })

    it('goes through it in stretches, beside the names, and gets past one of which there is much', async () => {
      const good: string[] = []
      for (const name of ['a', 'a b', 'a!b', 'a.png', 'b', 'é', '🐱']) {
        await env.ASSETS.put(`${appId}/${name}`, 'x')
        await app.sql(`insert into ${app.table('_asset')} (id, content_type, size) values ($1, 'a/b', 1)`, [
          name,
        ])
        for (let n = 0; n < 3; n++) good.push(await made(name, undefined, n))
        await made(`${name}-gone`, undefined, 1)
        await made(name, 'before')
      }
      let removed = 0
      for (let round = 0; round < 40; round++) {
        removed += (await sweep(0, 2)).variants
        const [at] = await app.sql(`select reached from ${app.table('_asset_sweep')}`)
        if (at?.['reached'] === '') break
      }
      expect(removed).toBeGreaterThanOrEqual(7)
      const left = await kept()
      expect(good.filter((key) => !left.includes(key))).toEqual([])
      expect(left.filter((key) => key.includes('-gone'))).toEqual([])
    })

    it('touches none of another app', async () => {
      const prefix = variantsOf(`${appId}x`, 'gone.png') ?? ''
      await env.ASSETS.put(`${prefix}e-0`, 'x')
      expect(await sweep(100)).toEqual(NOTHING)
      expect(await env.ASSETS.head(`${prefix}e-0`)).not.toBeNull()
    })
  })

  it('touches no other app’s rows or bytes', async () => {
    const other = await testApp()
    await announce(other)
    const { url } = await stored(other, bytes(10))
    const before = await rows(other)
    await other.sql(`update ${other.table('_asset')} set created_at = created_at - interval '100 days'`)
    expect(await sweep(100)).toEqual(NOTHING)
    expect(await rows(other)).toEqual(before)
    expect((await get(other, url)).status).toBe(200)
  })
})
