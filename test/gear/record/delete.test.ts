import { beforeAll, describe, expect, it } from 'vitest'
import {
  codesOf,
  itemsOf,
  OK,
  outcome,
  testApp,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { recordsOf } from './records.ts'

describe('record:delete', () => {
  let app: TestApp
  let ana: TestUser
  let as: {
    ana: ReturnType<typeof recordsOf>
    bob: ReturnType<typeof recordsOf>
    master: ReturnType<typeof recordsOf>
  }
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    const bob = await app.guest()
    as = {
      ana: recordsOf(app, ana),
      bob: recordsOf(app, bob),
      master: recordsOf(app, { key: app.masterKey }),
    }
    await app.sql(`insert into ${app.table('_role')} (id) values ('Writer')`)
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Writer')`, [bob.id])
    await as.ana.save({ _id: 'note/0' })
  })
  const isThere = async (...ids: string[]) => codesOf(await as.master.fetch(ids)).map((code) => code === null)

  it('deletes records in one round trip', async () => {
    await as.ana.save([{ _id: 'note/1' }, { _id: 'note/2' }, { _id: 'note/3' }])
    const answer = await as.ana.remove(['note/1', 'note/2'])
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json).toEqual({
      result: [
        { _id: 'note/1', _type: 'record' },
        { _id: 'note/2', _type: 'record' },
      ],
    })
    expect(await isThere('note/1', 'note/2', 'note/3')).toEqual([false, false, true])
  })

  it('takes a second round trip where an isolate meets a type for the first time', async () => {
    await app.sql(`create table ${app.table('met')} (like ${app.table('note')} including all)`)
    expect(outcome(await as.ana.remove(['met/1']))).toEqual({ status: 200, trips: 2 })
    expect(outcome(await as.ana.remove(['met/1']))).toEqual(OK)
  })

  it('takes one round trip for a name of no type that it has met', async () => {
    await as.ana.save([{ _id: 'note/11' }, { _id: 'note/12' }])
    const ids = ['note/11', 'unheard/1']
    expect(outcome(await as.ana.remove(ids))).toEqual({ status: 200, trips: 2 })
    expect(codesOf(await as.ana.remove(ids))).toEqual([110, 110])
    expect(outcome(await as.ana.remove(ids))).toEqual(OK)
    expect(outcome(await as.ana.remove(['unheard/1'], { atomic: true }))).toMatchObject({
      status: 409,
      trips: 1,
      code: 115,
    })
  })

  it('deletes of a type that has come to be behind its back', async () => {
    await as.ana.remove(['late/1'])
    await app.sql(`create table ${app.table('late')} (like ${app.table('note')} including all)`)
    await app.sql(`insert into ${app.table('late')} select * from ${app.table('note')} where _id = '0'`)
    expect(codesOf(await as.ana.remove(['late/0']))).toEqual([null])
    expect(outcome(await as.ana.remove(['late/0']))).toEqual(OK)
  })

  it('answers what is not there with 110, its type unknown or not, and deletes the rest', async () => {
    await as.ana.save({ _id: 'note/4' })
    const answer = await as.ana.remove(['note/9', 'nowhere/1', 'note/4', 'note/4'])
    expect(itemsOf(answer)).toMatchObject([
      { _id: 'note/9', _type: 'error', name: 'ResourceNotFound', code: 110 },
      { _id: 'nowhere/1', _type: 'error', code: 110 },
      { _id: 'note/4', _type: 'record' },
      { _id: 'note/4', _type: 'error', code: 110 },
    ])
  })

  const access: readonly [string, unknown, boolean][] = [
    ['no access list', null, true],
    ['a public entry to write', [{ level: 'write', public: true }], true],
    ['a role’s entry to write', [{ level: 'write', role: 'Writer' }], true],
    ['an entry to read', [{ level: 'read', public: true }], false],
    ['an empty access list', [], false],
  ]
  it.each(access)('of another’s record with %s: allowed is %s', async (_, _access, allowed) => {
    await as.ana.save({ _id: 'note/acl', _access })
    expect(codesOf(await as.bob.remove(['note/acl']))).toEqual([allowed ? null : 102])
    expect(await isThere('note/acl')).toEqual([!allowed])
    expect(codesOf(await as.ana.remove(['note/acl']))).toEqual([allowed ? 110 : null])
  })

  it('deletes anything for the master key', async () => {
    await as.ana.save({ _id: 'note/m', _access: [] })
    expect(codesOf(await as.master.remove(['note/m']))).toEqual([null])
  })

  it('never deletes a user record, not even for the user or the master key', async () => {
    const id = `user/${ana.id}`
    for (const who of [as.ana, as.bob, as.master])
      expect(codesOf(await who.remove([id, 'user/nobody']))).toEqual([102, 102])
    expect(await isThere(id)).toEqual([true])
  })

  it('keeps a record that another refers to, and lets it go after that one', async () => {
    await as.ana.save([{ _id: 'cat/1' }, { _id: 'dog/1' }])
    await as.ana.save({ _id: 'dog/1', likes: { $type: 'ref', $id: 'cat/1' } })
    expect(itemsOf(await as.ana.remove(['cat/1']))).toMatchObject([
      { _id: 'cat/1', _type: 'error', name: 'ConstraintViolated', code: 113 },
    ])
    expect(await isThere('cat/1', 'dog/1')).toEqual([true, true])
    expect(codesOf(await as.ana.remove(['dog/1', 'cat/1']))).toEqual([null, null])
  })

  it('deletes a record that refers to itself', async () => {
    await as.ana.save({ _id: 'loop/1', to: { $type: 'ref', $id: 'loop/1' } })
    expect(codesOf(await as.ana.remove(['loop/1']))).toEqual([null])
  })

  it('deletes all or nothing where it is atomic, and names the records at fault', async () => {
    await as.ana.save([{ _id: 'note/5' }, { _id: 'note/6', _access: [] }])
    const answer = await as.bob.remove(['note/5', 'note/6', 'note/none'], { atomic: true })
    const info = {
      'note/6': { name: 'PermissionDenied', code: 102, message: expect.any(String) },
      'note/none': { name: 'ResourceNotFound', code: 110, message: expect.any(String) },
    }
    expect(outcome(answer)).toEqual({ status: 409, trips: 1, code: 115, info })
    expect(await isThere('note/5', 'note/6')).toEqual([true, true])
    expect(outcome(await as.ana.remove(['note/5', 'note/6'], { atomic: true }))).toEqual(OK)
    expect(await isThere('note/5', 'note/6')).toEqual([false, false])
  })

  it('deletes in the database it is told, and in no other', async () => {
    await as.ana.save({ _id: 'note/p' }, { database_id: '_private' })
    for (const who of [as.ana, as.bob, as.master])
      expect(codesOf(await who.remove(['note/p']))).toEqual([110])
    expect(outcome(await as.bob.remove(['note/p'], { database_id: ana.id }))).toEqual({
      status: 403,
      trips: 0,
      code: 102,
    })
    expect(codesOf(await as.ana.remove(['note/p'], { database_id: '_private' }))).toEqual([null])
    const union = await as.master.remove(['note/0'], { database_id: '_union' })
    expect(outcome(union)).toEqual({ status: 501, trips: 0, code: 111 })
  })

  it('asks for a login, and for a user who is not disabled', async () => {
    await as.ana.save({ _id: 'note/7' })
    expect(outcome(await recordsOf(app).remove(['note/7']))).toEqual({ status: 401, trips: 0, code: 101 })
    const eve = await app.guest()
    await app.sql(`update ${app.table('_core_user')} set disabled = true where id = $1`, [eve.id])
    expect(outcome(await recordsOf(app, eve).remove(['note/7']))).toEqual({
      status: 403,
      trips: 1,
      code: 127,
    })
    expect(await isThere('note/7')).toEqual([true])
  })

  const malformed: readonly [string, Json, number, string][] = [
    ['ids is missing', {}, 108, 'ids'],
    ['ids is empty', { ids: [] }, 108, 'ids'],
    ['ids is a text', { ids: 'note/0' }, 107, 'ids'],
    ['an id is a number', { ids: [1] }, 107, 'ids'],
    ['an id has no slash', { ids: ['note/0', 'note'] }, 108, 'ids'],
    ['atomic is a text', { ids: ['note/0'], atomic: 'yes' }, 107, 'atomic'],
    ['a type is reserved', { ids: ['_core_user/1'] }, 108, 'ids'],
    ['there are 1001 ids', { ids: Array.from({ length: 1001 }, (_, i) => `note/${i}`) }, 108, 'ids'],
  ]
  it.each(malformed)(
    'refuses before the database where %s, and deletes nothing',
    async (_, body, code, field) => {
      expect(outcome(await app.call('record:delete', body, ana))).toEqual({
        status: 400,
        trips: 0,
        code,
        info: { arguments: [field] },
      })
      expect(await isThere('note/0')).toEqual([true])
    },
  )

  it('takes hostile ids for ids', async () => {
    const ids = [`note/' or true --`, `note/0"]`, `no"te/0`, `note"; drop table note; --/1`]
    expect(codesOf(await as.ana.remove(ids))).toEqual([110, 110, 110, 110])
    expect(await isThere('note/0')).toEqual([true])
  })
})
