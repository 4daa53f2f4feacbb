import { describe, expect, it } from 'vitest'
import {
  TENANT_CACHE_SECONDS,
  TENANT_READ_SECONDS_MAX,
  TENANTS_CACHED_BYTES_MAX,
  UNKNOWN_HOST_CACHE_SECONDS,
} from '../../src/core/limits.ts'
import { DOCUMENT_BYTES_MAX } from '../../src/core/limits.ts'
import { edited } from './document.fixture.ts'
import { isolate, notes } from './tenants.fixture.ts'

const SECRET = 'hunter2-hunter2'

describe('what an isolate knows', () => {
  it('is one object, however many ask at once while nothing is known', async () => {
    const { find, source } = isolate({ 'host:notes.example': notes })
    const door = Promise.withResolvers<void>()
    source.gate = door.promise
    const waiting = Array.from({ length: 50 }, () => find('notes.example'))
    door.resolve()
    const answers = await Promise.all(waiting)
    expect(new Set(answers.map((answer) => answer.ok && answer.value.tenant)).size).toBe(1)
  })

  it('is asked for again by one request; the others go on with it and wait for nobody', async () => {
    const { app, find, pass, readsOf, source } = isolate({ 'host:notes.example': notes })
    const before = await app('notes.example')
    source.texts.set('host:notes.example', JSON.stringify(edited(notes, '/app_id', 'renamed')))
    const door = Promise.withResolvers<void>()
    source.gate = door.promise
    let asking = find('notes.example')
    // Until its time is over.
    for (let s = 0; s < 2 * TENANT_CACHE_SECONDS && readsOf('host:notes.example') < 2; s++) {
      pass(1)
      asking = find('notes.example')
    }
    for (let i = 0; i < 10; i++) expect(await app('notes.example')).toBe(before)
    door.resolve()
    expect(await asking).toMatchObject({ value: { tenant: { appId: 'renamed' } } })
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'renamed' } })
    expect(readsOf('host:notes.example')).toBe(2)
  })

  it('is not trusted for longer than a read may take, where who asked again says nothing', async () => {
    const { app, find, pass, source } = isolate({ 'host:notes.example': notes })
    await app('notes.example')
    source.texts.set('host:notes.example', JSON.stringify(edited(notes, '/app_id', 'renamed')))
    pass(TENANT_CACHE_SECONDS * 1.1)
    source.gate = new Promise(() => undefined)
    void find('notes.example')
    source.gate = Promise.resolve()
    pass(TENANT_READ_SECONDS_MAX)
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'renamed' } })
  })

  it('is trusted for about a minute, each host for a time of its own', async () => {
    const hosts = Array.from({ length: 40 }, (_, i) => `h${i}.example`)
    const { find, pass, readsOf } = isolate(Object.fromEntries(hosts.map((host) => [`host:${host}`, notes])))
    const askAll = () => Promise.all(hosts.map(find))
    const asked = () => hosts.filter((host) => readsOf(`host:${host}`) > 1).length
    await askAll()
    pass(TENANT_CACHE_SECONDS * 0.89)
    await askAll()
    expect(asked()).toBe(0)
    pass(TENANT_CACHE_SECONDS * 0.11)
    await askAll()
    expect(asked()).toBeGreaterThan(0)
    expect(asked()).toBeLessThan(hosts.length)
    pass(TENANT_CACHE_SECONDS * 0.11)
    await askAll()
    expect(asked()).toBe(hosts.length)
  })

  it('is asked for by every request where the cache lifetime is 0', async () => {
    const { app, readsOf, source } = isolate({ 'host:notes.example': notes }, 0)
    await app('notes.example')
    source.texts.set('host:notes.example', JSON.stringify(edited(notes, '/app_id', 'renamed')))
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'renamed' } })
    expect(readsOf('host:notes.example')).toBe(2)
  })

  it('of an unknown host is forgotten after seconds, so that a new app shows soon', async () => {
    const { app, pass, readsOf, source } = isolate({})
    await app('notes.example')
    await app('notes.example')
    expect(readsOf('host:notes.example')).toBe(1)
    source.texts.set('host:notes.example', JSON.stringify(notes))
    pass(UNKNOWN_HOST_CACHE_SECONDS * 1.1)
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'notes' } })
  })

  it('stays the same object while the text of the document does', async () => {
    const { app, pass, source } = isolate({ 'host:notes.example': notes })
    const before = await app('notes.example')
    pass(2 * TENANT_CACHE_SECONDS)
    expect(await app('notes.example')).toBe(before)
    source.texts.set('host:notes.example', JSON.stringify(edited(notes, '/app_id', 'renamed')))
    pass(2 * TENANT_CACHE_SECONDS)
    expect(await app('notes.example')).not.toBe(before)
  })

  it('is bounded: documents that are long together take each other’s place, the oldest first', async () => {
    const words = Array.from({ length: 70_000 }, (_, i) => `word-${i}`)
    const long = edited(notes, '/app_config/password_policy', { excluded_keywords: words })
    const chars = JSON.stringify(long).length
    expect(chars).toBeLessThan(DOCUMENT_BYTES_MAX)
    const count = Math.ceil(TENANTS_CACHED_BYTES_MAX / (4 * chars)) + 1
    const hosts = Array.from({ length: count }, (_, i) => `h${i}.example`)
    const { app, readsOf } = isolate(Object.fromEntries(hosts.map((host) => [`host:${host}`, long])))
    for (const host of hosts) expect(await app(host)).toMatchObject({ tenant: { appId: 'notes' } })
    for (const host of hosts.toReversed().slice(0, 3)) await app(host)
    expect(hosts.slice(-3).map((host) => readsOf(`host:${host}`))).toEqual([1, 1, 1])
    await app('h0.example')
    expect(readsOf('host:h0.example')).toBe(2)
  })

  it('does not outlive its plan', async () => {
    const paid = edited(notes, '/plan', 'paid')
    const { app, pass, source } = isolate({ 'host:notes.example': paid, 'plan:paid': { gears: ['record'] } })
    expect(await app('notes.example')).toMatchObject({ plan: { name: 'paid', gears: new Set(['record']) } })
    source.texts.set('plan:paid', '{"gears":[]}')
    pass(2 * TENANT_CACHE_SECONDS)
    expect(await app('notes.example')).toMatchObject({ plan: { gears: new Set() } })
  })
})

describe('a registry that cannot be reached', () => {
  it('is 503 with a time to come back, says nothing of itself, and is asked again at once', async () => {
    const { app, source } = isolate({ 'host:notes.example': notes })
    source.failure = new Error(SECRET)
    const refusal = await app('notes.example')
    expect(refusal).toMatchObject({ name: 'UnexpectedError', status: 503, retryAfterSeconds: 1 })
    expect(JSON.stringify(refusal)).not.toContain(SECRET)
    source.failure = null
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'notes' } })
  })

  it('does no harm to what is still known', async () => {
    const { app, source } = isolate({ 'host:notes.example': notes })
    const before = await app('notes.example')
    source.failure = new Error('away')
    expect(await app('notes.example')).toBe(before)
  })
})
