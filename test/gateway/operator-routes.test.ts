import { describe, expect, it } from 'vitest'
import { edited } from './document.fixture.ts'
import { MASTER, NOTES, notes, operatorHost } from './operator.fixture.ts'

const change = (path: string, values: { before?: unknown; after?: unknown }) => [{ path, ...values }]

describe('what the operator changes', () => {
  it.each([
    [
      'a key',
      ['PATCH', NOTES, { set: { 'app_config.cors.origin': '*' } }],
      change('/app_config/cors', { after: { origin: '*' } }),
      { app_config: { cors: { origin: '*' } } },
    ],
    [
      'a secret, and tells neither',
      ['PATCH', NOTES, { set: { '/app_config/master_key': 'mk-fedcba9876543210' } }],
      change('/app_config/master_key', { before: '•••cdef', after: '•••3210' }),
      { app_config: { master_key: 'mk-fedcba9876543210' } },
    ],
    [
      'a key back to its default',
      ['PATCH', NOTES, { unset: ['app_config.clients'] }],
      change('/app_config/clients', { before: [{ client_name: 'web', client_id: 'old' }] }),
      { app_id: 'notes' },
    ],
    [
      'whether the app answers',
      ['POST', `${NOTES}/suspend`],
      change('/suspended', { after: true }),
      { suspended: true },
    ],
  ] as const)('%s', async (_, [method, path, body], changes, stored) => {
    const host = operatorHost()
    expect(await host.send(method, path, body)).toEqual({
      status: 200,
      error: undefined,
      result: { host: 'notes.example', changes, warnings: [] },
    })
    expect(host.stored()).toMatchObject(stored)
    const again = await host.send(method, path, body)
    expect(again, 'the same once more changes nothing').toMatchObject({
      status: 200,
      result: { changes: [] },
    })
    expect(host.writes).toHaveLength(1)
  })

  it('may be tried without storing it', async () => {
    const host = operatorHost()
    const { result } = await host.send('PATCH', NOTES, { set: { app_name: 'x' }, dry_run: true })
    expect(result).toMatchObject({ changes: change('/app_name', { before: 'myapp', after: 'x' }) })
    expect(host.writes).toEqual([])
  })

  it('is of the document that an alias stands for', async () => {
    const host = operatorHost({
      'host:notes.example': notes,
      'host:www.example': { alias_of: 'notes.example' },
    })
    await host.send('POST', '/tenants/www.example/suspend')
    expect(host.stored()).toMatchObject({ suspended: true })
    await host.send('POST', '/tenants/www.example/resume')
    expect(host.stored()).toEqual(notes)
  })

  it('shows in the listing, and can be listed by', async () => {
    const host = operatorHost({
      'host:notes.example': notes,
      'host:www.example': { alias_of: 'notes.example' },
      'plan:paid': {},
    })
    await host.send('PATCH', NOTES, { set: { plan: 'paid', 'gears.auth': 'nightly', suspended: true } })
    const row = {
      host: 'notes.example',
      app_id: 'notes',
      plan: 'paid',
      gears: { auth: 'nightly' },
      suspended: true,
    }
    const alias = { host: 'www.example', alias_of: 'notes.example' }
    for (const [query, rows] of [
      ['', [row, alias]],
      ['?plan=paid', [row]],
      ['?gear=auth%3Dnightly&plan=paid', [row]],
      ['?gear=auth=live', []],
      ['?plan=default', []],
    ] as const)
      expect((await host.send('GET', `/tenants${query}`)).result, query).toEqual(rows)
    expect(await host.send('GET', '/tenants?gear=auth')).toMatchObject({ status: 400 })
  })

  it.each([
    [
      'an invalid document',
      'PATCH',
      NOTES,
      { set: { 'app_config.master_key': 7 } },
      400,
      /master_key must be a string/,
    ],
    ['a plan that nobody made', 'PATCH', NOTES, { set: { plan: 'gold' } }, 404, /no plan gold/],
    ['an unknown word', 'PATCH', NOTES, { put: {} }, 400, /put/],
    [
      'a masked secret, put back',
      'PUT',
      NOTES,
      edited(notes, '/app_config/master_key', '•••cdef'),
      400,
      /masked/,
    ],
    ['a rotation of what does not rotate', 'POST', `${NOTES}/rotate-keys`, { kind: 'x' }, 400, /kind/],
    ['nobody’s host', 'PATCH', '/tenants/x.example', { set: {} }, 404, /no app/],
    ['nobody’s deletion', 'DELETE', '/tenants/x.example', undefined, 404, /no app/],
    ['no hostname', 'DELETE', '/tenants/a%20b', undefined, 400, /not a hostname/],
    ['an alias that is an app', 'PUT', `${NOTES}/aliases/notes.example`, {}, 409, /taken/],
    ['an alias that is no hostname', 'PUT', `${NOTES}/aliases/a%20b`, {}, 400, /not a hostname/],
    [
      'an assignment that is none',
      'PUT',
      `${NOTES}/aliases/a.example`,
      { assignment: 'x' },
      400,
      /assignment/,
    ],
    ['a plan without a list', 'PUT', '/plans/paid', { gears: 'auth' }, 400, /gears/],
    [
      'a plan of more gears than there are',
      'PUT',
      '/plans/paid',
      { gears: Array.from({ length: 33 }, (_, i) => `g${i}`) },
      400,
      /at most 32/,
    ],
    ['a plan of a long gear', 'PUT', '/plans/paid', { gears: ['g'.repeat(65)] }, 400, /no name of a gear/],
    ['a plan’s name', 'PUT', '/plans/a%2Fb', { gears: [] }, 400, /name/],
    ['a plan that is not there', 'GET', '/plans/gold', undefined, 404, /no valid plan/],
    ['resealing without a key', 'POST', `${NOTES}/reseal`, undefined, 503, /TENANT_SEAL_KEY/],
  ] as const)('is not %s', async (_, method, path, body, status, message) => {
    const host = operatorHost()
    const refused = await host.send(method, path, body as object | undefined)
    expect(refused).toMatchObject({ status, error: { message: expect.stringMatching(message) } })
    expect(host.writes).toEqual([])
    expect(JSON.stringify(refused)).not.toContain(MASTER)
  })
})

describe('keys', () => {
  it('are told once when they are fresh, and the old ones never', async () => {
    const host = operatorHost()
    const { result } = await host.send('POST', `${NOTES}/rotate-keys`, { kind: 'master-key' })
    expect(result).toMatchObject({ fresh: { master_key: 'fresh-1-32' } })
    expect(JSON.stringify(result)).not.toContain(MASTER)
    expect(host.stored()).toMatchObject({ app_config: { master_key: 'fresh-1-32' } })
    expect(JSON.stringify((await host.send('GET', NOTES)).result)).not.toContain('fresh-1')
  })

  it('that sign are told by name, and only public halves are shown', async () => {
    const host = operatorHost()
    const rotate = (body: object) => host.send('POST', `${NOTES}/rotate-keys`, { kind: 'signing', ...body })
    const kids = () =>
      (host.stored() as { app_config: { oidc: { keys: { kid: string }[] } } }).app_config.oidc.keys.map(
        ({ kid }) => kid,
      )
    const { status, result } = await rotate({})
    const [fresh = '', derived = ''] = kids()
    expect([status, kids().length]).toEqual([200, 2])
    expect(result).toMatchObject({ fresh: { signing_key: fresh } })
    expect((await rotate({})).result, 'once more').toMatchObject({ fresh: { signing_key: fresh } })
    expect(kids()).toEqual([fresh, derived])
    expect(JSON.stringify([result, (await host.send('GET', NOTES)).result])).not.toContain(
      'BEGIN PRIVATE KEY',
    )
    await rotate({ drop_old: true })
    expect(kids()).toEqual([fresh])
  })

  it('of a client live side by side until the old one is dropped', async () => {
    const host = operatorHost()
    const ids = () =>
      (host.stored() as { app_config: { clients: { client_id: string }[] } }).app_config.clients.map(
        ({ client_id }) => client_id,
      )
    const rotate = (body: object) => host.send('POST', `${NOTES}/rotate-keys`, { kind: 'api-key', ...body })
    await rotate({})
    expect(ids()).toEqual(['fresh-1-16', 'old'])
    expect((await rotate({})).result).toMatchObject({ fresh: { api_key: 'fresh-1-16' } })
    await rotate({ drop_old: true })
    expect(ids()).toEqual(['fresh-1-16'])
    await rotate({ drop_old: true })
    expect(ids()).toEqual(['fresh-1-16'])
  })
})

describe('hosts', () => {
  it('may be added to an app, by any host of it, and once more', async () => {
    const host = operatorHost()
    for (const of of [NOTES, NOTES, '/tenants/www.example'])
      expect(await host.send('PUT', `${of}/aliases/WWW.example`, { assignment: 'auth' })).toMatchObject({
        status: 200,
        result: { host: 'www.example', alias_of: 'notes.example', assignment: 'auth' },
      })
    expect(host.stored('www.example')).toEqual({ alias_of: 'notes.example', assignment: 'auth' })
  })

  it('go with their app, whose schema and files stay', async () => {
    const host = operatorHost({
      'host:notes.example': notes,
      'host:www.example': { alias_of: 'notes.example' },
      'host:other.example': edited(notes, '/app_id', 'other'),
    })
    const { result } = await host.send('DELETE', NOTES)
    expect(result).toMatchObject({
      deleted: ['www.example', 'notes.example'],
      stays: [expect.stringContaining('schema app '), expect.stringContaining('files')],
    })
    expect([...host.registry.texts.keys()]).toEqual(['host:other.example'])
  })

  it('that are aliases go alone', async () => {
    const host = operatorHost({
      'host:notes.example': notes,
      'host:www.example': { alias_of: 'notes.example' },
    })
    expect((await host.send('DELETE', '/tenants/www.example')).result).toEqual({
      deleted: ['www.example'],
      stays: [],
    })
    expect(host.stored()).toEqual(notes)
  })

  it.each([0, 1, 2])('go the second time where the first failed after %i of three', async (count) => {
    const host = operatorHost({
      'host:notes.example': notes,
      'host:a.example': { alias_of: 'notes.example' },
      'host:b.example': { alias_of: 'notes.example' },
    })
    host.failAfter(count)
    expect((await host.send('DELETE', NOTES)).status).toBe(503)
    expect(host.registry.texts.has('host:notes.example'), 'what is left to do is still told').toBe(true)
    host.heal()
    expect((await host.send('DELETE', NOTES)).status).toBe(200)
    expect([...host.registry.texts.keys()]).toEqual([])
  })

  it('that point to a document that somebody deleted alone go by its name', async () => {
    const host = operatorHost({ 'host:a.example': { alias_of: 'notes.example' } })
    expect((await host.send('DELETE', NOTES)).result).toEqual({ deleted: ['a.example'], stays: [] })
  })

  it('whose document is broken can be deleted', async () => {
    const host = operatorHost({ 'host:notes.example': '{' })
    expect((await host.send('DELETE', NOTES)).result).toMatchObject({ deleted: ['notes.example'] })
  })
})

it('a plan is made, shown and widened, and keeps what else it holds', async () => {
  const host = operatorHost({ 'plan:paid': { price: 3 } })
  expect((await host.send('GET', '/plans/default')).result).toEqual({ name: 'default', gears: null })
  expect((await host.send('GET', '/plans/paid')).result).toEqual({ name: 'paid', gears: null })
  await host.send('PUT', '/plans/paid', { gears: ['auth'] })
  expect((await host.send('GET', '/plans/paid')).result).toEqual({ name: 'paid', gears: ['auth'] })
  expect(host.registry.texts.get('plan:paid')).toBe('{"price":3,"gears":["auth"]}')
  await host.send('PUT', '/plans/paid', { gears: null })
  expect(host.registry.texts.get('plan:paid')).toBe('{"price":3}')
})
