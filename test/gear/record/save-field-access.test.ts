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
import { adminOf, rolesOf } from '../auth/roles.ts'
import { fieldsOf, firstOf, recordsOf } from './records.ts'
import { rule, schemasOf } from './schemas.ts'

const WRITE = 'wrcd'
const READ = 'rcd'

describe('field access of a save', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  let as: Record<'ana' | 'bob' | 'master', ReturnType<typeof recordsOf>>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    await rolesOf(app).assign([bob], ['Editor'])
    as = {
      ana: recordsOf(app, ana),
      bob: recordsOf(app, bob),
      master: recordsOf(app, { key: app.masterKey }),
    }
  })
  const stored = async (id: string) => fieldsOf(firstOf(await as.master.save({ _id: id })))
  let count = 0
  /** A record of Ana's of a type of its own, and what field `f` of it may be done with. */
  const ruled = async (rules: readonly (readonly [role: string, letters: string])[], record: Json = {}) => {
    const type = `note${++count}`
    await as.ana.save({ _id: `${type}/1`, f: 'old', g: 'old', ...record })
    await schemasOf(app).setRules(rules.map(([role, letters]) => rule(`${type}.f`, role, letters)))
    return `${type}/1`
  }

  const writers: readonly [
    string,
    () => readonly (readonly [string, string])[],
    Json | (() => Json),
    boolean,
  ][] = [
    ['no rule', () => [], {}, true],
    ['a rule for another role only', () => [['_role:Author', WRITE]], {}, false],
    ['a role the user holds', () => [['_role:Editor', WRITE]], {}, true],
    ['a role the user holds that may only read', () => [['_role:Editor', READ]], {}, false],
    ['the user', () => [[`_user_id:${bob.id}`, WRITE]], {}, true],
    ['another user', () => [[`_user_id:${ana.id}`, WRITE]], {}, false],
    ['the owner', () => [['_owner', WRITE]], {}, false],
    ['any user', () => [['_any_user', WRITE]], {}, true],
    ['everybody', () => [['_public', WRITE]], {}, true],
    ['who stands in a field', () => [['_field:by', WRITE]], () => ({ by: bob.id }), true],
    ['who else stands in a field', () => [['_field:by', WRITE]], () => ({ by: ana.id }), false],
    ['who stands in a list', () => [['_field:by', WRITE]], () => ({ by: [ana.id, bob.id] }), true],
    ['who is a key of an object', () => [['_field:by', WRITE]], () => ({ by: { [bob.id]: 1 } }), false],
    [
      'who is referred to',
      () => [['_field:by', WRITE]],
      () => ({ by: { $type: 'ref', $id: `user/${bob.id}` } }),
      true,
    ],
    ['a field that is not there', () => [['_field:by', WRITE]], {}, false],
    ['a reserved field that is no user’s', () => [['_field:_access', WRITE]], {}, false],
    [
      'a user before a role',
      () => [
        ['_role:Editor', WRITE],
        [`_user_id:${bob.id}`, READ],
      ],
      {},
      false,
    ],
    [
      'a role before any user',
      () => [
        ['_any_user', READ],
        ['_role:Editor', WRITE],
      ],
      {},
      true,
    ],
    [
      'any user before everybody',
      () => [
        ['_public', WRITE],
        ['_any_user', READ],
      ],
      {},
      false,
    ],
    [
      'the owner before everybody',
      () => [
        ['_owner', READ],
        ['_public', WRITE],
      ],
      {},
      true,
    ],
  ]
  it.each(writers)('a rule for %s', async (_, rules, record, mayWrite) => {
    const id = await ruled(rules(), typeof record === 'function' ? record() : record)
    const answer = await as.bob.save({ _id: id, f: 'new', g: 'new' })
    expect(codesOf(answer), 'what may not be written is left out').toEqual([null])
    expect(await stored(id)).toMatchObject({ f: mayWrite ? 'new' : 'old', g: 'new' })
    const atomic = await as.bob.save({ _id: id, f: 'newer', g: 'newer' }, { atomic: true })
    expect(outcome(atomic)).toMatchObject(mayWrite ? OK : { status: 409, trips: 1, code: 115 })
    if (!mayWrite)
      expect((atomic.json['error'] as Json)['info']).toMatchObject({
        [id]: { name: 'DeniedArgument', code: 123, info: { arguments: ['f'] } },
      })
    expect(await stored(id)).toMatchObject(mayWrite ? { f: 'newer', g: 'newer' } : { f: 'old', g: 'new' })
  })

  it('asks the most specific rules: type and field, type, field, all', async () => {
    await as.ana.save({ _id: 'wild/1', a: 'old', b: 'old', c: 'old' })
    await as.ana.save({ _id: 'tame/1', a: 'old', b: 'old', c: 'old' })
    await schemasOf(app).setRules([
      rule('wild.a', '_any_user', WRITE),
      rule('wild.*', '_any_user', READ),
      rule('*.b', '_any_user', WRITE),
      rule('*.*', '_any_user', READ),
    ])
    const given = { a: 'new', b: 'new', c: 'new' }
    await as.bob.save([
      { _id: 'wild/1', ...given },
      { _id: 'tame/1', ...given },
    ])
    expect(await stored('wild/1')).toEqual({ a: 'new', b: 'old', c: 'old' })
    expect(await stored('tame/1')).toEqual({ a: 'old', b: 'new', c: 'old' })
  })

  it('takes whoever creates a record for its owner, and refuses or leaves out what is not an owner’s', async () => {
    await as.ana.save({ _id: 'made/0', mine: 'x', theirs: 'x', no: { $type: 'seq' } })
    await schemasOf(app).setRules([
      rule('made.mine', '_owner', WRITE),
      rule('made.theirs', '_role:Editor', WRITE),
      rule('made.no', '_any_user', READ),
    ])
    const answer = await as.ana.save({ _id: 'made/1', mine: 'a', theirs: 'a', no: 77 })
    expect(codesOf(answer)).toEqual([null])
    expect(await stored('made/1')).toEqual({ mine: 'a', no: 2 })
    const refused = await as.ana.save({ _id: 'made/2', mine: 'a', theirs: 'a', no: 77 }, { atomic: true })
    expect((refused.json['error'] as Json)['info']).toMatchObject({
      'made/2': { code: 123, info: { arguments: ['no', 'theirs'] } },
    })
    expect(codesOf(await as.bob.save({ _id: 'made/2', theirs: 'b' }, { atomic: true }))).toEqual([null])
    expect(await stored('made/2')).toEqual({ theirs: 'b', no: expect.any(Number) })
  })

  it('lets an atomic save give back what it read', async () => {
    const id = await ruled([['_any_user', READ]], { place: { $type: 'geo', $lng: 1, $lat: 2 }, list: [1] })
    const read = firstOf(await as.bob.save({ _id: id }))
    expect(outcome(await as.bob.save({ ...read, g: 'new' }, { atomic: true }))).toEqual(OK)
    expect(await stored(id)).toMatchObject({ f: 'old', g: 'new' })
  })

  it('[SEC] does not tell, by a guess in an atomic save, what a hidden field holds', async () => {
    const id = await ruled([['_owner', WRITE]])
    const guesses = await Promise.all(
      ['old', 'other', null].map((f) => as.bob.save({ _id: id, f }, { atomic: true })),
    )
    expect(guesses.map(({ text }) => text)).toEqual([guesses[0]?.text, guesses[0]?.text, guesses[0]?.text])
    expect(outcome(guesses[0] ?? guesses[1]!)).toMatchObject({ code: 115 })
  })

  it('answers a record without what the writer may not read', async () => {
    const id = await ruled([['_owner', WRITE]])
    expect(fieldsOf(firstOf(await as.bob.save({ _id: id, g: 'new' })))).toEqual({ g: 'new' })
    expect(fieldsOf(firstOf(await as.ana.save({ _id: id })))).toEqual({ f: 'old', g: 'new' })
    const { _id, _ownerID, _type } = firstOf(await as.bob.save({ _id: id }))
    expect({ _id, _ownerID, _type }).toEqual({ _id: id, _ownerID: ana.id, _type: 'record' })
  })

  it('judges what is read by the record as it is stored thereafter', async () => {
    const id = await ruled([['_field:by', WRITE]], { by: ana.id })
    expect(fieldsOf(firstOf(await as.bob.save({ _id: id, by: bob.id, f: 'too early' })))).toEqual({
      by: bob.id,
      f: 'old',
      g: 'old',
    })
  })

  it('hides a field that this very save makes', async () => {
    await schemasOf(app).setRules([rule('fresh.f', '_role:Editor', WRITE)])
    expect(fieldsOf(firstOf(await as.ana.save({ _id: 'fresh/1', f: 'x', g: 'x' })))).toEqual({ g: 'x' })
    expect(fieldsOf(firstOf(await as.bob.save({ _id: 'fresh/2', f: 'x', g: 'x' })))).toEqual({
      f: 'x',
      g: 'x',
    })
    expect(await stored('fresh/1')).toEqual({ g: 'x' })
  })

  it('lets the master key pass', async () => {
    const id = await ruled([['_role:Nobody', WRITE]])
    expect(fieldsOf(firstOf(await as.master.save({ _id: id, f: 'new' }, { atomic: true })))['f']).toBe('new')
  })

  it('makes no exception for an administrator, of fields or of records', async () => {
    const id = await ruled([['_owner', WRITE]])
    const admin = recordsOf(app, await adminOf(app))
    expect(fieldsOf(firstOf(await admin.save({ _id: id, f: 'new', g: 'new' })))).toEqual({ g: 'new' })
    await as.ana.save({ _id: id, _access: [] })
    expect(codesOf(await admin.save({ _id: id, g: 'newer' }))).toEqual([102])
    expect(await stored(id)).toEqual({ f: 'old', g: 'new' })
  })

  it('tells who may not write the record at all nothing of its fields', async () => {
    const id = await ruled([['_owner', WRITE]])
    await as.ana.save({ _id: id, _access: [] })
    const answer = await as.bob.save({ _id: id, f: 'x' }, { atomic: true })
    expect((answer.json['error'] as Json)['info']).toMatchObject({ [id]: { code: 102 } })
  })

  it('leaves login ids to their user, whoever may write the profile', async () => {
    await schemasOf(app).setRules([
      rule('user.username', '_any_user', READ),
      rule('user.username', '_owner', WRITE),
    ])
    const eve = await app.signUp('eve')
    const share = [{ level: 'write', public: true }]
    await recordsOf(app, eve).save({ _id: `user/${eve.id}`, _access: share })
    const answer = await as.bob.save({ _id: `user/${eve.id}`, username: 'mallory', city: 'x' })
    expect(itemsOf(answer)).toMatchObject([{ username: 'eve', city: 'x' }])
    const login = (username: string) =>
      app.call('auth:login', { auth_data: { username }, password: 'secret' })
    expect([(await login('mallory')).status, (await login('eve')).status]).toEqual([401, 200])
    expect(itemsOf(await recordsOf(app, eve).save({ _id: `user/${eve.id}`, username: 'Eva' }))).toMatchObject(
      [{ username: 'Eva' }],
    )
    expect([(await login('eve')).status, (await login('eva')).status]).toEqual([401, 200])
  })
})
