import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { operator } from '../../src/gateway/operator.ts'
import { tenants } from '../../src/gateway/tenants.ts'
import { sections } from '../../src/gears.ts'
import { joseSealer } from '../../src/platform/jose-sealer.ts'
import { kvTenants } from '../../src/platform/kv-tenants.ts'

const key = Buffer.alloc(32, 7).toString('base64')

it('a secret opens in its place by its key, in the Worker’s runtime too', async () => {
  const sealer = joseSealer(key)
  const place = { appId: 'a', path: '/app_config/master_key' }
  const sealed = await sealer.seal('hush é😀', place)
  expect(await sealer.open(sealed, place)).toBe('hush é😀')
  expect(await sealer.open(sealed, { ...place, path: '/x' })).toBeNull()
  expect(await joseSealer(Buffer.alloc(32, 8).toString('base64')).open(sealed, place)).toBeNull()
})

it('a document that the operator stores in KV is sealed there, and the gateway’s app all the same', async () => {
  const registry = kvTenants(env.TENANTS)
  const name = `t${crypto.randomUUID().slice(0, 18)}`
  const document = newDocument({ name, random: () => crypto.randomUUID(), production: false })
  const hono = operator({ registry, sections, key: 'k', sealer: joseSealer(key) })
  const send = (method: string, path: string, body?: object) =>
    hono.request(`/tenants/${name}.localhost${path}`, {
      method,
      headers: { authorization: 'Bearer k' },
      ...(body && { body: JSON.stringify(body) }),
    })
  expect((await send('PUT', '', document)).status).toBe(200)
  expect((await send('PUT', `/aliases/${name}.example`, { assignment: 'auth' })).status).toBe(200)
  expect(await env.TENANTS.get(`host:${name}.localhost`)).not.toContain(document.app_config.master_key)

  const map = tenants({
    source: registry,
    sections,
    sealer: joseSealer(key),
    defaultDatabaseUrl: 'postgres://nobody@db.invalid/none',
    cacheSeconds: 0,
    now: Date.now,
    warn: () => undefined,
  })
  const found = await map.byHost(`${name}.example`)
  expect(found).toMatchObject({
    ok: true,
    value: { gear: 'auth', tenant: { masterKey: document.app_config.master_key } },
  })
  expect((await send('DELETE', '')).status).toBe(200)
  expect((await map.byHost(`${name}.localhost`)).ok).toBe(false)
})
