import { describe, expect, it } from 'vitest'
import { edited } from './document.fixture.ts'
import { MASTER, NOTES, notes, operatorHost } from './operator.fixture.ts'

describe('with a sealing key', () => {
  const [ONE, TWO] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string]

  it('no secret is stored, however it comes, and the document can be changed all the same', async () => {
    const host = operatorHost({}, ONE)
    await host.send('PUT', NOTES, notes as object)
    expect(host.registry.texts.get('host:notes.example')).not.toContain(MASTER)
    const { result } = await host.send('PATCH', NOTES, {
      set: { app_name: 'x', 'app_config.hook.secret': 'hush-1' },
    })
    expect(result).toMatchObject({ changes: [{ path: '/app_name' }, { path: '/app_config/hook/secret' }] })
    await host.send('POST', `${NOTES}/rotate-keys`, { kind: 'master-key' })
    expect(host.registry.texts.get('host:notes.example')).not.toMatch(/hush-1|fresh-1/)
    expect(host.stored()).toMatchObject({ app_config: { hook: { secret: { sealed: expect.any(String) } } } })
  })

  it('secrets are sealed anew once each, also after a failure between two documents', async () => {
    const before = operatorHost({}, ONE)
    for (const name of ['a', 'b'])
      await before.send('PUT', `/tenants/${name}.example`, edited(notes, '/app_id', name) as object)
    const plain = {
      'host:c.example': edited(notes, '/app_id', 'c'),
      'host:d.example': { alias_of: 'c.example' },
    }
    const host = operatorHost({ ...Object.fromEntries(before.registry.texts), ...plain }, `${TWO},${ONE}`)
    const reseal = (name: string) => host.send('POST', `/tenants/${name}.example/reseal`)
    host.failAfter(1)
    expect([(await reseal('a')).status, (await reseal('b')).status]).toEqual([200, 503])
    host.heal()
    const again = []
    for (const name of ['a', 'b', 'c', 'd']) again.push((await reseal(name)).result)
    expect(again).toEqual([
      { host: 'a.example', resealed: false },
      { host: 'b.example', resealed: true },
      { host: 'c.example', resealed: true },
      { host: 'd.example', resealed: false },
    ])
    const after = operatorHost(Object.fromEntries(host.registry.texts), TWO)
    for (const name of ['a', 'b', 'c'])
      expect((await after.send('PATCH', `/tenants/${name}.example`, { set: {} })).status).toBe(200)
    expect([...host.registry.texts.values()].join('')).not.toContain(MASTER)
  })

  it('that is not the document’s, the place is told and nothing is changed', async () => {
    const before = operatorHost({}, ONE)
    await before.send('PUT', NOTES, notes as object)
    const host = operatorHost(Object.fromEntries(before.registry.texts), TWO)
    expect(await host.send('PATCH', NOTES, { set: { app_name: 'x' } })).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('/database_config/database_url is not sealed') },
    })
    expect(host.writes).toEqual([])
  })
})
