import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { fieldsOf, firstOf, recordsOf } from './records.ts'
import { rule, schemasOf, typesOf } from './schemas.ts'

describe('schema:rename', () => {
  let app: TestApp
  let schemas: ReturnType<typeof schemasOf>
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    schemas = schemasOf(app)
    as = recordsOf(app, await app.guest())
  })

  it('renames a field with its values, for the next call on', async () => {
    await as.save({ _id: 'note/1', old: 'x', other: 1 })
    const answer = await schemas.rename('note', 'old', 'new')
    expect(outcome(answer)).toEqual(OK)
    expect(typesOf(answer)['note']).toEqual({ new: 'string', other: 'number' })
    expect(fieldsOf(firstOf(await as.fetch(['note/1'])))).toEqual({ new: 'x', other: 1 })
    expect(fieldsOf(firstOf(await as.save({ _id: 'note/1', new: 'y' })))).toEqual({ new: 'y', other: 1 })
  })

  it('takes the rules of access along: what was hidden stays hidden', async () => {
    await as.save({ _id: 'vault/1', code: 'x', keeper: 'nobody' })
    await schemas.setRules([
      rule('vault.code', '_field:keeper', 'wrcd'),
      rule('vault.key', '_public', 'wrcd'),
      rule('other.code', '_public', 'r'),
    ])
    await schemas.rename('vault', 'code', 'key')
    await schemas.rename('vault', 'keeper', 'holder')
    expect((await schemas.rules()).json['result']).toEqual({
      access: [rule('other.code', '_public', 'r'), rule('vault.key', '_field:holder', 'wrcd')],
    })
    expect(fieldsOf(firstOf(await as.save({ _id: 'vault/1' })))).toEqual({ holder: 'nobody' })
  })

  it.each([
    ['nowhere', 'a', 'b'],
    ['thing', 'nothing', 'b'],
    ['thing', 'a', 'taken'],
  ])('answers 110 for what is not there, or a name that is taken: %s.%s to %s', async (type, from, to) => {
    await schemas.create({ thing: { fields: ['a', 'taken'].map((name) => ({ name, type: 'string' })) } })
    expect(outcome(await schemas.rename(type, from, to))).toMatchObject({ status: 404, code: 110 })
    expect(typesOf(await schemas.fetch())['thing']).toEqual({ a: 'string', taken: 'string' })
  })

  it.each([
    [{}, ['record_type', 'item_name', 'new_name']],
    [{ record_type: 'thing' }, ['item_name', 'new_name']],
    [{ record_type: '_role', item_name: 'id', new_name: 'x' }, ['record_type']],
    [{ record_type: 'thing', item_name: '_id', new_name: 'x' }, ['item_name']],
    [{ record_type: 'thing', item_name: 'a', new_name: '_x' }, ['new_name']],
    [{ record_type: 'thing', item_name: 'a', new_name: 'xmin' }, ['new_name']],
  ])('refuses %j', async (body, args) => {
    expect(outcome(await app.call('schema:rename', body, { key: app.masterKey }))).toEqual({
      status: 400,
      trips: 0,
      code: 108,
      info: { arguments: args },
    })
  })

  it.each(['username', 'email', 'last_login_at'])(
    'leaves user.%s to those who log in by it',
    async (name) => {
      expect(outcome(await schemas.rename('user', name, 'x'))).toEqual({ status: 403, trips: 0, code: 102 })
    },
  )

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    expect(outcome(await schemasOf(live, {}).rename('note', 'a', 'b'))).toEqual({
      status: 403,
      trips: 0,
      code: 102,
    })
  })
})
