import { describe, expect, it } from 'vitest'
import { PASSWORDS } from '../fixtures/skygear-v1.ts'
import { authOf, codesOf, itemsOf, keypath, outcome, type TestApp } from '../support/app.ts'
import { adopted, asAna, asBo, keysOf, logIn } from './old-app.ts'

describe('the rules of an adopted app', () => {
  it('say who creates records of a type', async () => {
    await using old = await adopted()
    const create = (key: string) => ({ records: [{ _id: `category/${key}`, name: key }] })
    const [ana, bo] = [await asAna(old.app), await asBo(old.app)]
    expect(codesOf(await old.app.call('record:save', create('of-ana'), ana))).toEqual([null])
    expect(codesOf(await old.app.call('record:save', create('of-bo'), bo))).toEqual([102])
    const change = { records: [{ _id: 'category/of-ana', name: 'changed' }] }
    expect(codesOf(await old.app.call('record:save', change, bo)), 'and not who changes them').toEqual([null])
  })

  it('give new records their access', async () => {
    await using old = await adopted()
    const [ana, bo] = [await asAna(old.app), await asBo(old.app)]
    const records = [{ _id: 'note/of-bo' }, { _id: 'note/closed', _access: [] }, { _id: 'song/1' }]
    const saved = itemsOf(await old.app.call('record:save', { records }, bo))
    expect(saved.map(({ _access }) => _access)).toEqual([[{ level: 'read', public: true }], [], null])
    const change = { records: [{ _id: 'note/of-bo', content: 'changed' }] }
    expect(codesOf(await old.app.call('record:save', change, ana))).toEqual([102])
  })

  it('keep a field to its owner, in records and in what identity actions answer', async () => {
    await using old = await adopted()
    const [ana, bo] = [await asAna(old.app), await asBo(old.app)]
    const cityOf = async (as: object) =>
      itemsOf(await old.app.call('record:fetch', { ids: ['user/u-ana'] }, as))[0]?.['city']
    expect([await cityOf(ana), await cityOf(bo), await cityOf({})]).toEqual(['Oslo', undefined, undefined])
    const asked = { record_type: 'user', predicate: ['eq', keypath('city'), 'Oslo'] }
    expect(keysOf(await old.app.call('record:query', asked, ana))).toEqual(['u-ana'])
    expect(keysOf(await old.app.call('record:query', asked, bo)), 'found by who may ask').toEqual([])
    expect(outcome(await old.app.call('record:query', asked))).toMatchObject({ code: 124 })
    await old.sql(
      `update "${old.schema}"._record_field_access set readable = false where record_field = 'city'`,
    )
    const login = authOf(await logIn(old.app, { username: 'ana' }, PASSWORDS['u-ana']))
    expect(login.profile).not.toHaveProperty('city')
  })

  it('keep login ids from who is not logged in', async () => {
    await using old = await adopted()
    const [shown] = itemsOf(await old.app.call('record:fetch', { ids: ['user/u-ana'] }))
    expect(shown).not.toHaveProperty('username')
    const asked = { record_type: 'user', predicate: ['eq', keypath('email'), 'ana@example.com'] }
    expect(outcome(await old.app.call('record:query', asked))).toMatchObject({ code: 124 })
  })
})

describe('relations of an adopted app', () => {
  const related = async (app: TestApp, as: object, name: string, direction: string) =>
    itemsOf(await app.call('relation:query', { name, direction }, as)).map(({ id }) => id)

  it('are those of before', async () => {
    await using old = await adopted()
    const [ana, bo] = [await asAna(old.app), await asBo(old.app)]
    expect(await related(old.app, ana, 'friend', 'mutual')).toEqual(['u-bo'])
    expect(await related(old.app, bo, 'friend', 'mutual')).toEqual(['u-ana'])
    expect(await related(old.app, bo, 'follow', 'outward')).toEqual(['u-ana'])
    expect(await related(old.app, ana, 'follow', 'inward')).toEqual(['u-bo'])
    expect(await related(old.app, ana, 'follow', 'outward')).toEqual([])
  })

  it('go on: added and removed, also with users of now', async () => {
    await using old = await adopted()
    const [ana, bo] = [await asAna(old.app), await asBo(old.app)]
    const { user_id: fresh } = authOf(await old.app.call('auth:signup'))
    const targets = ['u-bo', fresh, 'u-ghost', 'u-nobody']
    const added = itemsOf(await old.app.call('relation:add', { name: 'follow', targets }, ana))
    expect(added.map(({ type }) => type)).toEqual(['user', 'user', 'error', 'error'])
    expect(await related(old.app, ana, 'follow', 'outward')).toEqual(['u-bo', fresh].toSorted())
    await old.app.call('relation:remove', { name: 'friend', targets: ['u-ana'] }, bo)
    expect(await related(old.app, ana, 'friend', 'mutual')).toEqual([])
  })
})
