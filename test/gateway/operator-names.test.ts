import { describe, expect, it } from 'vitest'
import { fits } from '../../src/gateway/operations/names.ts'
import { edited } from './document.fixture.ts'
import { NOTES, notes, operatorHost } from './operator.fixture.ts'

/** A document that names no database of its own. */
const shared = edited(edited(notes, '/app_id', 'shop'), '/app_name', 'shop')
const inSchema = (schema: string) => edited(shared, '/database_config', { database_schema: schema })
const refusal = (status: number, message: RegExp) => ({
  status,
  error: { message: expect.stringMatching(message) as unknown },
})

describe('POST /tenants', () => {
  it('makes an app as the command does, and tells its keys this once', async () => {
    const host = operatorHost({})
    expect(await host.send('POST', '/tenants', { name: 'shop' })).toMatchObject({
      status: 200,
      result: { app: 'shop', host: 'shop.localhost', api_key: 'fresh-2-16', master_key: 'fresh-1-32' },
    })
    expect(host.stored('shop.localhost')).toMatchObject({
      app_id: 'shop',
      gear_config: { record: { development_mode: true } },
      app_config: { master_key: 'fresh-1-32' },
    })
    await host.send('POST', '/tenants', { name: 'desk', host: 'Desk.Example', production: true })
    expect(host.stored('desk.example')).toMatchObject({
      gear_config: { record: { development_mode: false } },
    })
  })

  it.each([
    [{ name: 'operator' }, 400, /the name "operator" is reserved/],
    [{ name: 'Not A Name!' }, 400, /is no app name/],
    [{ name: 'x'.repeat(41) }, 400, /is no app name/],
    [{ name: '' }, 400, /hostname|app name/],
    [{}, 400, /name/],
    [{ name: 'shop', host: 'a b' }, 400, /hostname/],
    [{ name: 'shop', host: 'operator.example' }, 400, /is the operator's/],
    [{ name: 'shop', host: 'www.localhost' }, 400, /is the platform's/],
    [{ name: 'shop', host: 'notes.example' }, 409, /the host notes\.example is taken/],
    [{ name: 'notes' }, 409, /the app notes is at notes\.example already/],
    [{ name: 'shop', colour: 'red' }, 400, /colour/],
  ])('refuses %j', async (body, status, message) => {
    const host = operatorHost()
    expect(await host.send('POST', '/tenants', body)).toMatchObject(refusal(status, message))
    expect(host.writes).toEqual([])
  })
})

describe('what an app may be called', () => {
  it.each([
    ['a reserved name', '/app_name', 'operator', /app_name .*reserved/],
    ['no name', '/app_name', 'Not A Name!', /app_name .*no app name/],
    ['an id of 2,000 characters', '/app_id', 'x'.repeat(2000), /app_id must be/],
    ['an id that is a path', '/app_id', 'notes/x', /app_id must be/],
    ['a plan of 600 characters', '/plan', 'p'.repeat(600), /plan must be a name/],
    [
      '100 gears',
      '/gears',
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`g${i}`, 'live'])),
      /gears must have at most 32/,
    ],
    ['a long version', '/gears', { auth: 'v'.repeat(1000) }, /gears must have keys and values/],
  ])('is judged in a new document and in a change: %s', async (_, path, value, message) => {
    const host = operatorHost()
    const put = await host.send('PUT', '/tenants/shop.example', edited(shared, path, value) as object)
    expect(put).toMatchObject(refusal(400, message))
    expect(await host.send('PATCH', NOTES, { set: { [path]: value } })).toMatchObject(refusal(400, /./))
    expect(host.writes).toEqual([])
  })

  it('is not looked for at a host that is new, as KV would remember that it was not there', async () => {
    const host = operatorHost({})
    await host.send('PUT', '/tenants/shop.example', shared as object)
    expect(host.registry.reads).toEqual([])
  })

  it('is not judged again where it is stored already', async () => {
    const old = edited(edited(notes, '/app_name', 'Old_App'), '/app_id', 'x/y')
    const host = operatorHost({ 'host:old.example': old })
    expect(await host.send('POST', '/tenants/old.example/suspend')).toMatchObject({ status: 200 })
    expect(await host.send('PUT', '/tenants/old.example', old as object)).toMatchObject({ status: 200 })
    expect(
      await host.send('PATCH', '/tenants/old.example', { set: { app_name: 'Older_App' } }),
    ).toMatchObject({
      status: 400,
    })
  })

  it('is another cluster’s affair in an app of another cluster, but for what its files are kept by', async () => {
    const host = operatorHost({})
    const foreign = (document: unknown) =>
      host.send('PUT', '/tenants/old.example?foreign=true', document as object)
    expect(await foreign(edited(notes, '/app_name', 'Old_App'))).toMatchObject({ status: 200 })
    expect(await foreign(edited(notes, '/app_id', 'a/b'))).toMatchObject({ status: 400 })
    expect(await foreign(edited(notes, '/app_name', 'x'.repeat(97)))).toMatchObject({ status: 400 })
  })

  it('is one app only: neither its id nor its schema is another’s', async () => {
    const host = operatorHost({})
    expect(await host.send('PUT', '/tenants/shop.example', inSchema('app_shop') as object)).toMatchObject({
      status: 200,
    })
    const put = (document: unknown) => host.send('PUT', '/tenants/b.example', document as object)
    expect(await put(shared)).toMatchObject(refusal(409, /the app shop is at shop\.example already/))
    const twin = edited(edited(inSchema('app_shop'), '/app_id', 'b'), '/app_name', 'b')
    expect(await put(twin)).toMatchObject(
      refusal(409, /the schema app_shop is that of the app at shop\.example/),
    )
    expect(await put(edited(twin, '/database_config/database_schema', 'app_b'))).toMatchObject({
      status: 200,
    })
    const moved = { set: { 'database_config.database_schema': 'app_shop' } }
    expect(await host.send('PATCH', '/tenants/b.example', moved)).toMatchObject(
      refusal(409, /schema app_shop/),
    )
    // Two databases may each have a schema of that name.
    const apart = edited(edited(shared, '/app_id', 'c'), '/database_config/database_schema', 'app_shop')
    expect(await host.send('PUT', '/tenants/c.example', apart as object)).toMatchObject({ status: 200 })
  })

  it('can be told also where thousands of documents were written by hand, of which some are compared', async () => {
    const bare = Array.from({ length: 2000 }, (_, i) => [
      `host:a${i}.example`,
      edited(notes, '/app_id', `a${i}`),
    ])
    const host = operatorHost(Object.fromEntries(bare))
    expect(await host.send('POST', '/tenants', { name: 'shop' })).toMatchObject({ status: 200 })
    expect(host.registry.reads.length).toBeLessThan(1000)
    expect(await host.send('POST', '/tenants', { name: 'a7' })).toMatchObject({ status: 409 })
  })

  it.each(['operator.example', 'operator.localhost', 'accounts.localhost'])(
    'and where it is: neither an app nor an alias at %s',
    async (at) => {
      const host = operatorHost()
      for (const document of [shared, { alias_of: 'notes.example' }])
        expect(await host.send('PUT', `/tenants/${at}`, document as object)).toMatchObject(
          refusal(400, /is the/),
        )
      expect(await host.send('PUT', `${NOTES}/aliases/${at}`, {})).toMatchObject(refusal(400, /is the/))
      expect(host.writes).toEqual([])
    },
  )
})

describe('a document that could not be read again', () => {
  const LARGE = { gear_config: { x: 'y'.repeat(2 * 1024 * 1024) } }

  it.each([undefined, Buffer.alloc(32, 1).toString('base64')])(
    'is not stored (sealing key %s)',
    async (key) => {
      const host = operatorHost(undefined, key)
      const large = { ...(shared as object), ...LARGE }
      expect(await host.send('PUT', '/tenants/shop.example', large)).toMatchObject(
        refusal(400, /larger than 1048576/),
      )
      expect(await host.send('PATCH', NOTES, { set: LARGE })).toMatchObject(
        refusal(400, /larger than 1048576/),
      )
      expect(host.writes).toEqual([])
    },
  )
})

it('a summary that does not fit beside its key is left out, and the listing reads the document', async () => {
  const app_id = 'ü'.repeat(600)
  expect([fits({ app_id }), fits({ app_id: 'notes' })]).toEqual([false, true])
  const host = operatorHost({ 'host:old.example': edited(notes, '/app_id', app_id) })
  await host.send('POST', '/tenants/old.example/suspend')
  expect([...host.registry.summaries.keys()]).toEqual([])
  expect((await host.send('GET', '/tenants')).result).toEqual([
    { host: 'old.example', app_id, suspended: true },
  ])
})
