import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { fieldsOf, firstOf, recordsOf } from './records.ts'
import { schemasOf, typesOf } from './schemas.ts'

describe('schema:delete', () => {
  let app: TestApp
  let schemas: ReturnType<typeof schemasOf>
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    schemas = schemasOf(app)
    as = recordsOf(app, await app.guest())
    await as.save({ _id: 'note/1', a: 1, b: 2 })
  })

  it('drops a field with its values, for the next call on', async () => {
    const answer = await schemas.remove('note', 'a')
    expect(outcome(answer)).toEqual(OK)
    expect(typesOf(answer)['note']).toEqual({ b: 'number' })
    expect(fieldsOf(firstOf(await as.fetch(['note/1'])))).toEqual({ b: 2 })
    expect(fieldsOf(firstOf(await as.save({ _id: 'note/1', a: 'of another type' })))).toEqual({
      a: 'of another type',
      b: 2,
    })
  })

  it('answers 110 for what is not there', async () => {
    expect(outcome(await schemas.remove('nowhere', 'a'))).toMatchObject({ status: 404, code: 110 })
    expect(outcome(await schemas.remove('note', 'nothing'))).toMatchObject({ status: 404, code: 110 })
  })

  it('answers 113 where something in the database depends on the field', async () => {
    await app.sql(`create view ${app.table('_view')} as select b from ${app.table('note')}`)
    expect(outcome(await schemas.remove('note', 'b'))).toMatchObject({ status: 409, code: 113 })
  })

  it.each([
    [{}, ['record_type', 'item_name']],
    [{ record_type: 'note', item_name: '_access' }, ['item_name']],
    [{ record_type: '_role', item_name: 'is_admin' }, ['record_type']],
  ])('refuses %j', async (body, args) => {
    const answer = await app.call('schema:delete', body, { key: app.masterKey })
    expect(outcome(answer)).toEqual({ status: 400, trips: 0, code: 108, info: { arguments: args } })
  })

  it('leaves the fields of users that they log in by', async () => {
    expect(outcome(await schemas.remove('user', 'email'))).toEqual({ status: 403, trips: 0, code: 102 })
  })

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    expect(outcome(await schemasOf(live, {}).remove('note', 'a'))).toMatchObject({ status: 403, code: 102 })
  })
})
