import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { TenantRegistry } from '../../src/core/registry.ts'
import { kvTenants } from '../../src/platform/kv-tenants.ts'
import { fakeRegistry } from '../support/registry.ts'

/** Two keys a page, so that a handful shows what thousands would. */
const inPages: KVNamespace = new Proxy(env.TENANTS, {
  get(namespace, name) {
    if (name === 'list') return (options: KVNamespaceListOptions) => namespace.list({ ...options, limit: 2 })
    const member: unknown = Reflect.get(namespace, name)
    return typeof member === 'function' ? member.bind(namespace) : member
  },
})

/** The contract of the port, kept by the real binding and by the double that other tests use. */
const REGISTRIES: readonly (readonly [string, () => TenantRegistry])[] = [
  ['in Workers KV', () => kvTenants(env.TENANTS)],
  ['in Workers KV, page by page', () => kvTenants(inPages)],
  ['in memory, for tests', () => fakeRegistry()],
]

describe.each(REGISTRIES)('the registry %s', (_, open) => {
  const prefix = () => `host:${crypto.randomUUID()}.`

  it('has what was put, as the text that it was', async () => {
    const registry = open()
    const key = `${prefix()}example`
    expect(await registry.get(key)).toBeNull()
    await registry.put(key, ' {"a": "é😀"}\n', { app_id: 'notes' })
    expect(await registry.get(key)).toBe(' {"a": "é😀"}\n')
    await registry.put(key, '{}', {})
    expect(await registry.get(key)).toBe('{}')
  })

  it('no longer has what was deleted, and deletes what is not there', async () => {
    const registry = open()
    const key = `${prefix()}example`
    await registry.put(key, '{}', {})
    await registry.delete(key)
    await registry.delete(key)
    expect(await registry.get(key)).toBeNull()
    expect(await registry.list(key)).toEqual([])
  })

  it('lists every key of a prefix with its summary, and no other key', async () => {
    const registry = open()
    const [mine, other] = [prefix(), prefix()]
    const summaries = [
      { app_id: 'a', plan: 'paid', gears: { record: 'nightly' } },
      { alias_of: 'a.example' },
      {},
      { app_id: 'd' },
      { app_id: 'e' },
    ]
    for (const [i, summary] of summaries.entries()) await registry.put(`${mine}${i}`, '{}', summary)
    await registry.put(`${other}0`, '{}', {})
    expect(await registry.list(mine)).toEqual(
      summaries.map((summary, i) => ({ key: `${mine}${i}`, summary })),
    )
    expect(await registry.list(`${mine}none`)).toEqual([])
  })
})

it('lists a key that was written without a summary as such', async () => {
  const key = `host:${crypto.randomUUID()}.example`
  await env.TENANTS.put(key, '{}')
  expect(await kvTenants(env.TENANTS).list(key)).toEqual([{ key, summary: null }])
})

it.each(['get', 'put', 'delete', 'list'] as const)(
  'what KV never answers fails within its limit: %s',
  async (operation) => {
    const hanging: KVNamespace = new Proxy(env.TENANTS, { get: () => () => new Promise(() => {}) })
    const registry = kvTenants(hanging, { read: 0.05, write: 0.05 })
    const asked = Date.now()
    await expect(registry[operation]('host:notes.localhost', '{}', {})).rejects.toThrow(
      'no answer within 0.05 s',
    )
    expect(Date.now() - asked).toBeLessThan(5000)
  },
)
