import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, itemsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { firstOf, recordsOf, refused } from './records.ts'

describe('who may save what', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  let as: {
    ana: ReturnType<typeof recordsOf>
    bob: ReturnType<typeof recordsOf>
    master: ReturnType<typeof recordsOf>
  }
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    as = {
      ana: recordsOf(app, ana),
      bob: recordsOf(app, bob),
      master: recordsOf(app, { key: app.masterKey }),
    }
    await app.sql(`insert into ${app.table('_role')} (id) values ('Writer'), ('Reader')`)
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Writer'), ($1, 'Reader')`, [bob.id])
    await as.ana.save({ _id: 'note/0', n: 0 })
  })
  let count = 0
  /** A record of Ana's with this access. */
  const note = async (_access: unknown) => {
    const id = `note/${++count}`
    expect(codesOf(await as.ana.save({ _id: id, _access, n: 1 }))).toEqual([null])
    return id
  }

  const grants: readonly [string, () => unknown, boolean][] = [
    ['no access list at all', () => null, true],
    ['a public entry to write', () => [{ level: 'write', public: true }], true],
    ['an entry of the user to write', () => [{ level: 'write', user_id: bob.id }], true],
    ['an entry of a role the user has to write', () => [{ level: 'write', role: 'Writer' }], true],
    [
      'an entry to write among others',
      () => [
        { level: 'read', public: true },
        { level: 'write', user_id: bob.id },
      ],
      true,
    ],
    ['an empty access list', () => [], false],
    ['a public entry to read', () => [{ level: 'read', public: true }], false],
    ['an entry of the user to read', () => [{ level: 'read', user_id: bob.id }], false],
    ['an entry of a role to read', () => [{ level: 'read', role: 'Reader' }], false],
    ['an entry of another user to write', () => [{ level: 'write', user_id: ana.id }], false],
    ['an entry of a role the user lacks', () => [{ level: 'write', role: 'Admin' }], false],
    [
      'a role’s entry to read beside a public one to write that is off',
      () => [
        { level: 'read', role: 'Writer' },
        { level: 'write', public: false },
      ],
      false,
    ],
    ['an entry by relation', () => [{ level: 'write', relation: 'friend' }], false],
  ]
  it.each(grants)('%s: others may write is %s', async (_, access, mayWrite) => {
    const id = await note(access())
    const answer = await as.bob.save({ _id: id, n: 2 })
    expect(outcome(answer)).toEqual(OK)
    expect(codesOf(answer)).toEqual([mayWrite ? null : 102])
    expect(firstOf(await as.master.fetch([id]))['n']).toBe(mayWrite ? 2 : 1)
    expect(codesOf(await as.ana.save({ _id: id, n: 3 })), 'the owner always may').toEqual([null])
    expect(codesOf(await as.master.save({ _id: id, n: 4 })), 'and the master key').toEqual([null])
  })

  it('keeps the access list where none is given, and replaces it by the one given', async () => {
    const list = [
      { level: 'read', public: true },
      { level: 'write', role: 'Writer' },
      { level: 'read', relation: 'friend' },
    ]
    const id = await note(list)
    expect(firstOf(await as.ana.save({ _id: id, n: 2 }))['_access']).toEqual(list)
    expect(firstOf(await as.ana.save({ _id: id, n: 2, _access: null }))['_access']).toEqual(list)
    expect(firstOf(await as.ana.save({ _id: id, _access: [] }))['_access']).toEqual([])
    expect(firstOf(await as.ana.fetch([id]))['_access']).toEqual([])
  })

  it.each([
    {},
    'all',
    [null],
    ['all'],
    [{}],
    [{ level: 'read' }],
    [{ public: true }],
    [{ level: 'own', public: true }],
    [{ level: 'read', role: 1 }],
  ])('refuses %j for an access list, and changes nothing', async (_access) => {
    const id = await note([])
    expect(itemsOf(await as.ana.save({ _id: id, n: 2, _access }))).toMatchObject([refused(108, ['_access'])])
    expect(firstOf(await as.ana.fetch([id]))).toMatchObject({ n: 1, _access: [] })
  })

  it('asks for a login', async () => {
    const body = { records: [{ _id: 'note/x' }] }
    expect(outcome(await app.call('record:save', body))).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await app.call('record:save', body, { key: null }))).toEqual({
      status: 401,
      trips: 0,
      code: 101,
    })
    expect(codesOf(await as.ana.fetch(['note/x']))).toEqual([110])
  })

  it('refuses a disabled user, and changes nothing', async () => {
    const eve = await app.guest()
    await app.sql(`update ${app.table('_core_user')} set disabled = true where id = $1`, [eve.id])
    expect(outcome(await recordsOf(app, eve).save({ _id: 'note/e', n: 1 }))).toEqual({
      status: 403,
      trips: 1,
      code: 127,
    })
    expect(codesOf(await as.ana.fetch(['note/e']))).toEqual([110])
  })

  it('makes records of the master key its own, or those of whom it names', async () => {
    expect(firstOf(await as.master.save({ _id: 'note/god' }))).toMatchObject({
      _ownerID: '_god',
      _created_by: '_god',
    })
    const body = { records: [{ _id: 'note/for' }], _user_id: bob.id }
    expect(firstOf(await app.call('record:save', body, { key: app.masterKey }))).toMatchObject({
      _ownerID: bob.id,
    })
  })

  it('keeps private databases apart from the public one and from each other', async () => {
    const mine = await as.ana.save({ _id: 'note/private', n: 1 }, { database_id: '_private' })
    expect(outcome(mine)).toEqual(OK)
    expect(codesOf(await as.ana.fetch(['note/private'], { database_id: ana.id }))).toEqual([null])
    expect(codesOf(await as.ana.fetch(['note/private']))).toEqual([110])
    expect(codesOf(await as.bob.fetch(['note/private'], { database_id: '_private' }))).toEqual([110])
  })

  it.each(['_public', '_private'])(
    'refuses an id that is taken in another database, for %s',
    async (database_id) => {
      await as.ana.save({ _id: `note/taken${database_id}`, n: 1 }, { database_id: '_private' })
      const answer = await as.bob.save({ _id: `note/taken${database_id}`, n: 2 }, { database_id })
      expect(itemsOf(answer)).toMatchObject([refused(109)])
      const [kept] = itemsOf(await as.ana.fetch([`note/taken${database_id}`], { database_id: '_private' }))
      expect(kept).toMatchObject({ n: 1, _ownerID: ana.id })
    },
  )

  it('opens a user’s database to that user and the master key only', async () => {
    const save = (who: ReturnType<typeof recordsOf>) =>
      who.save({ _id: 'note/own', n: 1 }, { database_id: ana.id })
    expect(outcome(await save(as.bob))).toEqual({ status: 403, trips: 0, code: 102 })
    expect(codesOf(await as.ana.fetch(['note/own'], { database_id: ana.id }))).toEqual([110])
    expect(codesOf(await save(as.ana))).toEqual([null])
    expect(codesOf(await save(as.master))).toEqual([null])
  })

  it('does not save into the union of all databases', async () => {
    const union = { database_id: '_union' }
    expect(outcome(await as.master.save({ _id: 'note/u' }, union))).toEqual({
      status: 501,
      trips: 0,
      code: 111,
    })
    expect(outcome(await as.ana.save({ _id: 'note/u' }, union))).toEqual({ status: 401, trips: 0, code: 101 })
  })
})
