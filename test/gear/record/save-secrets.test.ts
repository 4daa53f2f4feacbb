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
import { fieldsOf, firstOf, recordsOf } from './records.ts'

describe('what a save neither tells nor gives away', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  let eve: TestUser
  let as: Record<'ana' | 'bob' | 'eve' | 'master', ReturnType<typeof recordsOf>>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    eve = await app.guest()
    as = {
      ana: recordsOf(app, ana),
      bob: recordsOf(app, bob),
      eve: recordsOf(app, eve),
      master: recordsOf(app, { key: app.masterKey }),
    }
    await as.ana.save({ _id: 'note/0', text: 'x', list: [1] })
  })

  it.each([
    ['the public database', '_public'],
    ['one’s own', '_private'],
  ])(
    '[SEC] an id taken in another database is 109 into %s, byte for byte whoever’s record it is and whatever it holds',
    async (_, database_id) => {
      const taken = async (who: TestUser, record: Json) => {
        const _id = `note/${crypto.randomUUID()}`
        await recordsOf(app, who).save({ ...record, _id }, { database_id: '_private' })
        const answer = await as.eve.save({ _id, text: 'mine' }, { database_id })
        expect([outcome(answer), codesOf(answer)]).toEqual([OK, [109]])
        return answer.text.replace(_id, 'note/?')
      }
      const anas = await taken(ana, { text: 'a secret' })
      expect(await taken(bob, { list: ['another'], _access: [{ level: 'write', public: true }] })).toBe(anas)
    },
  )

  it('[SEC] an id taken in another database is told of by nothing else: no fetch, no delete, no reference’s value', async () => {
    await as.ana.save({ _id: 'note/hidden', text: 'a secret' }, { database_id: '_private' })
    const asked = async (id: string) => [
      (await as.eve.fetch([id])).text.replaceAll(id, '?'),
      (await as.eve.remove([id])).text.replaceAll(id, '?'),
    ]
    expect(await asked('note/hidden')).toEqual(await asked('note/absent'))
  })

  it('[SEC] a reference into another’s private database is one that leads nowhere', async () => {
    const ref = (key: string) => ({ $type: 'ref', $id: `note/${key}` })
    const refer = (who: ReturnType<typeof recordsOf>, to: string, more = {}) =>
      who.save({ _id: `link/${crypto.randomUUID()}`, to: ref(to) }, more)
    await as.ana.save([{ _id: 'note/mine' }], { database_id: '_private' })
    await refer(as.ana, 'mine')
    const said = async (to: string, more = {}) =>
      (await refer(as.eve, to, more)).text.replaceAll(/link\/[-0-9a-f]+/g, 'link/?')
    for (const more of [{}, { database_id: '_private' }, { atomic: true }]) {
      expect(await said('mine', more)).toBe(await said('nowhere', more))
      expect(codesOf(await refer(as.ana, 'mine', more)), 'one’s own').toEqual([null])
      expect(codesOf(await refer(as.eve, '0', more)), 'a public one').toEqual([null])
    }
    expect(codesOf(await refer(as.eve, 'mine'))).toEqual([10000])
    expect(codesOf(await refer(as.master, 'mine'))).toEqual([null])
    await as.ana.save({ _id: 'link/anas', to: ref('mine'), text: 'x' })
    const kept = await as.eve.save({ _id: 'link/anas', to: ref('mine'), text: 'y' }, { atomic: true })
    expect(codesOf(kept), 'what was there before may stay').toEqual([null])
    expect(codesOf(await as.eve.save({ _id: 'link/anas', to: null })), 'or go').toEqual([null])
  })

  it('[SEC] a user record without access entries is its user’s to write, whatever access comes with the save', async () => {
    const id = `user/${ana.id}`
    for (const _access of [undefined, null, [], [{ level: 'write', public: true }]])
      expect(codesOf(await as.bob.save({ _id: id, motto: 'bob was here', _access }))).toEqual([102])
    expect(codesOf(await as.bob.save({ _id: id, motto: 'bob was here' }, { atomic: true }))).toEqual([])
    expect(fieldsOf(firstOf(await as.ana.save({ _id: id })))).not.toHaveProperty('motto')
    expect(codesOf(await as.ana.save({ _id: id, motto: 'mine', _access: null }))).toEqual([null])
    expect(codesOf(await as.bob.save({ _id: id, motto: 'bob was here' }))).toEqual([102])
  })

  const INTERNAL = [
    'id',
    'data',
    'acl',
    'transient',
    'createdAt',
    'updatedAt',
    'ownerID',
    'AuthRecordKeys',
    'Atomic',
  ]
  it.each(INTERNAL)('[SEC] %s is a field like any other, of whatever JSON type', async (name) => {
    for (const [i, value] of ['text', 1, true, ['a'], { a: 1 }].entries()) {
      const answer = await as.ana.save({ _id: `hole_${name}${i}/1`, [name]: value })
      expect([answer.status, itemsOf(answer).map(fieldsOf)]).toEqual([200, [{ [name]: value }]])
    }
  })

  it('[SEC] neither the letter case of a request’s member nor its likeness to an inner one means anything', async () => {
    const body = { Records: [{ _id: 'note/case' }], recordsToSave: [], RECORDS: [{ _id: 'note/case' }] }
    expect(outcome(await app.call('record:save', body, ana))).toMatchObject({ code: 108 })
    const other = {
      records: [{ _id: 'note/case', _ID: 'note/other' }],
      Database_ID: bob.id,
      databaseID: bob.id,
    }
    expect(firstOf(await app.call('record:save', other, ana))).toMatchObject({ _id: 'note/case' })
    expect(codesOf(await as.bob.fetch(['note/case', 'note/other']))).toEqual([null, 110])
  })

  it('ten thousand records are refused before the database', async () => {
    const records = Array.from({ length: 10_000 }, (_, i) => ({ _id: `note/many${i}` }))
    expect(outcome(await as.ana.save(records))).toEqual({
      status: 400,
      trips: 0,
      code: 108,
      info: { arguments: ['records'] },
    })
  })
})
