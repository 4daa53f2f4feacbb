import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { schemasOf } from './schemas.ts'

describe('schema:index', () => {
  let app: TestApp
  let schemas: ReturnType<typeof schemasOf>
  beforeAll(async () => {
    app = await testApp()
    schemas = schemasOf(app)
    await app.guest()
    const fields = ['a', 'b', 'a b"; --', 'c,d'].map((name) => ({ name, type: 'string' }))
    await schemas.create({ note: { fields: [...fields, { name: 'place', type: 'location' }] } })
  })
  const indexes = async () =>
    (
      await app.sql(
        `select regexp_replace(indexdef, '^.* USING ', '') as def from pg_indexes
         where schemaname = $1 and tablename = 'note' and indexname like '\\_index\\_%' order by 1`,
        [app.schema],
      )
    ).map(({ def }) => def)

  it('makes an index on the fields in their order, once, and takes it away again', async () => {
    const answer = await schemas.index('note', ['a', '_created_at'])
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json['result']).toEqual({ record_type: 'note', fields: ['a', '_created_at'] })
    expect(outcome(await schemas.index('note', ['a', '_created_at']))).toEqual(OK)
    await schemas.index('note', ['b', 'a'])
    await schemas.index('note', ['a b"; --', 'c,d'])
    expect(await indexes()).toEqual(['btree ("a b""; --", "c,d")', 'btree (a, _created_at)', 'btree (b, a)'])
    expect(outcome(await schemas.index('note', ['a', '_created_at'], true))).toEqual(OK)
    expect(outcome(await schemas.index('note', ['b', 'a'], true))).toEqual(OK)
    expect(outcome(await schemas.index('note', ['b', 'a'], true))).toEqual(OK)
    expect(await indexes()).toEqual(['btree ("a b""; --", "c,d")'])
  })

  it.each([
    ['nowhere', ['a']],
    ['note', ['nothing']],
    ['note', ['a', 'nothing']],
  ])('answers 110 for what is not there: %s %j', async (type, fields) => {
    expect(outcome(await schemas.index(type, fields))).toEqual({ status: 404, trips: 1, code: 110 })
  })

  it('refuses a field without an order', async () => {
    expect(outcome(await schemas.index('note', ['place']))).toMatchObject({ status: 400, code: 108 })
  })

  it.each([
    [{ fields: ['a'] }, ['record_type']],
    [{ record_type: 'note' }, ['fields']],
    [{ record_type: 'note', fields: [] }, ['fields']],
    [{ record_type: 'note', fields: ['_access'] }, ['fields']],
    [{ record_type: '_role', fields: ['id'] }, ['record_type']],
  ])('refuses %j', async (body, args) => {
    const answer = await app.call('schema:index', body, { key: app.masterKey })
    expect(outcome(answer)).toEqual({ status: 400, trips: 0, code: 108, info: { arguments: args } })
  })

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    expect(outcome(await schemasOf(live, {}).index('note', ['a']))).toMatchObject({ status: 403, code: 102 })
  })
})
