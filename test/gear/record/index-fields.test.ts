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
    const others = [
      { name: 'place', type: 'location' },
      { name: 'list', type: 'json' },
    ]
    await schemas.create({ note: { fields: [...fields, ...others] } })
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

  it('makes one of what is in the arrays and objects of a field, which serves its conditions', async () => {
    expect(outcome(await schemas.index('note', ['list']))).toEqual(OK)
    expect(await indexes()).toContain('gin (list)')
    // As `in` asks, where Postgres has nothing better for so small a table.
    await app.sql(`create function ${app.table('explained')}() returns setof text language plpgsql
      set enable_seqscan = off set enable_indexscan = off as $$ begin
      return query execute 'explain select from ${app.table('note')} where "list"::jsonb ? ''a''::text'; end $$`)
    const plan = await app.sql(`select string_agg(l, ' ') as text from ${app.table('explained')}() as l`)
    expect(plan[0]?.['text']).toContain('Bitmap Index Scan on _index_')
    expect(outcome(await schemas.index('note', ['list'], true))).toEqual(OK)
    expect(await indexes()).not.toContain('gin (list)')
  })

  it('makes one alike where an adopted column is no jsonb', async () => {
    await app.sql(`alter table ${app.table('note')} add column plain json`)
    expect(outcome(await schemas.index('note', ['plain']))).toEqual(OK)
    expect(await indexes()).toContain('gin (((plain)::jsonb))')
    await schemas.index('note', ['plain'], true)
  })

  it('refuses arrays and objects beside other fields', async () => {
    const answer = await schemas.index('note', ['a', 'list'])
    expect(outcome(answer)).toEqual({ status: 400, trips: 1, code: 108, info: { arguments: ['fields'] } })
    expect(answer.text).toContain('has an index of its own')
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
