import { describe, expect, it } from 'vitest'
import { failureStatus } from '../../src/core/failure.ts'
import { TENANT_CACHE_SECONDS, UNKNOWN_HOST_CACHE_SECONDS } from '../../src/core/limits.ts'
import { edited, minimal } from './document.fixture.ts'
import { isolate, notes } from './tenants.fixture.ts'

const SECRET = 'hunter2-hunter2'

describe('a hostname', () => {
  it('is its document’s app', async () => {
    const { app, source } = isolate({ 'host:notes.example': notes })
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'notes' }, plan: { gears: null } })
    expect(source.reads).toEqual(['host:notes.example', 'plan:default'])
  })

  it('without a document is nobody’s: 404', async () => {
    const { app } = isolate({ 'host:notes.example': notes })
    expect(await app('other.example')).toMatchObject({ name: 'ResourceNotFound' })
    expect(await app('example')).toMatchObject({ name: 'ResourceNotFound' })
  })

  it('that is another key of the registry is nobody’s', async () => {
    const { app } = isolate({ 'plan:notes.example': notes })
    expect(await app('notes.example')).toMatchObject({ name: 'ResourceNotFound' })
  })
})

describe('an alias', () => {
  const alias = (host: string) => ({ alias_of: host })

  it('is the app of the host that it names, with the same tenant', async () => {
    const { app } = isolate({
      'host:notes.example': notes,
      'host:www.notes.example': alias('Notes.Example:443'),
    })
    const [named, own] = [await app('www.notes.example'), await app('notes.example')]
    expect(named).toMatchObject({ assignment: 'microservices', gear: null })
    expect(own).toMatchObject({ assignment: 'default', gear: null })
    expect('tenant' in named && named.tenant).toBe('tenant' in own && own.tenant)
  })

  it.each([
    ['default', null],
    ['microservices', null],
    ['auth', 'auth'],
    ['asset', 'asset'],
  ])('that is assigned to %s is bound to the gear %s', async (assignment, gear) => {
    const { app } = isolate({
      'host:notes.example': notes,
      'host:x.example': { alias_of: 'notes.example', assignment },
    })
    expect(await app('x.example')).toMatchObject({ assignment, gear, tenant: { appId: 'notes' } })
  })

  it('has the plan of that host’s document', async () => {
    const { app } = isolate({
      'host:notes.example': edited(notes, '/plan', 'paid'),
      'host:www.notes.example': alias('notes.example'),
      'plan:paid': { gears: ['record'] },
    })
    expect(await app('www.notes.example')).toMatchObject({ plan: { name: 'paid' } })
  })

  it('of nothing is nobody’s', async () => {
    const { app } = isolate({ 'host:a.example': alias('notes.example') })
    expect(await app('a.example')).toMatchObject({ name: 'ResourceNotFound' })
  })

  it.each([
    ['another alias', { 'host:a.example': alias('b.example'), 'host:b.example': alias('notes.example') }],
    ['itself', { 'host:a.example': alias('a.example') }],
  ])('of %s is refused, after two reads and not more', async (_, documents) => {
    const { app, source } = isolate({ ...documents, 'host:notes.example': notes })
    expect(await app('a.example')).toMatchObject({ name: 'NotConfigured', info: { path: '/alias_of' } })
    expect(source.reads.filter((key) => key.startsWith('host:'))).toHaveLength(2)
  })
})

describe('which app and gear a host selects (skygear v2.3 "Host to domain row", the original’s fixture)', () => {
  const documents = {
    'host:example.com': { alias_of: 'cluster.example', assignment: 'microservices' },
    'host:auth.example.com': { alias_of: 'cluster.example', assignment: 'auth' },
    'host:app1.cloud.com': notes,
    'host:override.app1.cloud.com': { alias_of: 'cluster.example', assignment: 'asset' },
    'host:also.cloud.com': { alias_of: 'app1.cloud.com', assignment: 'default' },
    'host:cluster.example': edited(minimal, '/app_id', 'example'),
  }
  const nobody = { name: 'ResourceNotFound' }
  it.each([
    ['example.com', { tenant: { appId: 'example' }, assignment: 'microservices', gear: null }],
    ['app.example.com', nobody],
    ['auth.example.com', { tenant: { appId: 'example' }, assignment: 'auth', gear: 'auth' }],
    ['x.auth.example.com', nobody],
    ['app1.cloud.com', { tenant: { appId: 'notes' }, assignment: 'default', gear: null }],
    ['anything.app1.cloud.com', { tenant: { appId: 'notes' }, assignment: 'default', gear: 'anything' }],
    ['accounts.app1.cloud.com', { tenant: { appId: 'notes' }, gear: 'auth' }],
    ['assets.app1.cloud.com', { tenant: { appId: 'notes' }, gear: 'asset' }],
    ['auth.app1.cloud.com', { tenant: { appId: 'notes' }, gear: 'auth' }],
    ['a.b.app1.cloud.com', nobody],
    ['override.app1.cloud.com', { tenant: { appId: 'example' }, assignment: 'asset', gear: 'asset' }],
    ['accounts.also.cloud.com', { tenant: { appId: 'notes' }, assignment: 'default', gear: 'auth' }],
    ['other.cloud.com', nobody],
  ])('%s: %j', async (host, app) => {
    expect(await isolate(documents).app(host)).toMatchObject(app)
  })

  it('reads the parent only where the host has no row, and no further', async () => {
    const { app, source } = isolate(documents)
    await app('a.b.app1.cloud.com')
    expect(source.reads).toEqual(['host:a.b.app1.cloud.com', 'host:b.app1.cloud.com'])
    source.reads.length = 0
    await app('override.app1.cloud.com')
    expect(source.reads).not.toContain('host:app1.cloud.com')
  })

  it('says of a gear’s host that its app’s document is broken', async () => {
    const { app } = isolate({ 'host:notes.example': edited(notes, '/app_config/hook') })
    expect(await app('accounts.notes.example')).toMatchObject({ name: 'NotConfigured' })
  })
})

describe('a broken document', () => {
  it.each([
    ['no JSON', `{"master_key":"${SECRET}"`, '/'],
    ['a wrong type', edited(notes, '/app_config/master_key', { key: SECRET }), '/app_config/master_key'],
    ['an unknown key', edited(notes, '/app_config/secrets', SECRET), '/app_config/secrets'],
    ['no database', edited(notes, '/database_config/database_url'), '/database_config/database_url'],
    ['no such plan', edited(notes, '/plan', 'nowhere'), '/plan'],
    ['a plan that is no key', edited(notes, '/plan', 'p'.repeat(600)), '/plan'],
  ])('with %s is refused by its path, without its values', async (_, document, path) => {
    const { app } = isolate({ 'host:notes.example': document })
    const refusal = await app('notes.example')
    expect(refusal).toMatchObject({
      name: 'NotConfigured',
      info: { path },
      message: expect.stringContaining(path),
    })
    expect(JSON.stringify(refusal)).not.toContain(SECRET)
    if ('name' in refusal) expect(failureStatus(refusal)).toBe(503)
  })

  it('harms no other host', async () => {
    const { find, app } = isolate({ 'host:a.example': '{', 'host:notes.example': notes })
    await Promise.all([find('a.example'), find('notes.example')])
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'notes' } })
  })

  it('that is mended shows within seconds, like an unknown host', async () => {
    const { app, pass, source } = isolate({ 'host:notes.example': '{' })
    expect(await app('notes.example')).toMatchObject({ name: 'NotConfigured' })
    source.texts.set('host:notes.example', JSON.stringify(notes))
    pass(UNKNOWN_HOST_CACHE_SECONDS * 1.1)
    expect(await app('notes.example')).toMatchObject({ tenant: { appId: 'notes' } })
  })

  it('with keys that have no effect is warned of once, not at every reading', async () => {
    const { app, pass, warnings } = isolate({ 'host:notes.example': edited(notes, '/colour', SECRET) })
    await app('notes.example')
    pass(2 * TENANT_CACHE_SECONDS)
    await app('notes.example')
    expect(warnings).toEqual([expect.stringContaining('host:notes.example /colour')])
    expect(warnings.join()).not.toContain(SECRET)
  })
})
