import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { columnTypes, recordsOf } from './records.ts'
import { schemasOf, typesOf } from './schemas.ts'

describe('schema:create', () => {
  let app: TestApp
  let schemas: ReturnType<typeof schemasOf>
  beforeAll(async () => {
    app = await testApp()
    schemas = schemasOf(app)
    await app.guest()
  })

  const TYPES = {
    string: 'text',
    number: 'double precision',
    boolean: 'boolean',
    json: 'jsonb',
    datetime: 'timestamp without time zone',
    location: 'point',
    integer: 'integer',
    sequence: 'integer',
    'ref(target)': 'text',
  }
  const fields = Object.keys(TYPES).map((type) => ({ name: type.replace(/\(.*/, ''), type }))

  it('makes a type with one key, of the id alone, and one index of its order', async () => {
    await schemas.create({ lean: {} })
    const indexes = await app.sql(
      `select regexp_replace(indexdef, '^CREATE (.*)INDEX .* USING ', '\\1') as def from pg_indexes
       where schemaname = $1 and tablename = 'lean' order by 1`,
      [app.schema],
    )
    expect(indexes).toEqual([{ def: 'UNIQUE btree (_id)' }, { def: 'btree (_created_at)' }])
    const required = await app.sql(
      `select column_name as name from information_schema.columns
       where table_schema = $1 and table_name = 'lean' and is_nullable = 'NO' order by 1`,
      [app.schema],
    )
    expect(required.map(({ name }) => name)).toEqual([
      '_created_at',
      '_database_id',
      '_id',
      '_owner_id',
      '_updated_at',
    ])
  })

  it('makes types and fields of every kind, and answers every type there is', async () => {
    const answer = await schemas.create({ all: { fields }, target: {} })
    expect(outcome(answer)).toEqual(OK)
    expect(typesOf(answer)).toMatchObject({
      all: Object.fromEntries(fields.map(({ name, type }) => [name, type])),
      target: {},
      user: { email: 'string', last_login_at: 'datetime', username: 'string' },
    })
    expect(await columnTypes(app, 'all')).toMatchObject(
      Object.fromEntries(fields.map(({ name, type }) => [name, TYPES[type as keyof typeof TYPES]])),
    )
  })

  it('adds what is missing and leaves the rest', async () => {
    await schemas.create({ grown: { fields: [{ name: 'a', type: 'string' }] } })
    const answer = await schemas.create({
      grown: {
        fields: [
          { name: 'a', type: 'string' },
          { name: 'b', type: 'boolean' },
        ],
      },
    })
    expect(typesOf(answer)['grown']).toEqual({ a: 'string', b: 'boolean' })
  })

  it('is in effect for the next save of an isolate that knew the type before', async () => {
    const as = recordsOf(app, await app.guest())
    await as.save({ _id: 'known/1', a: 1 })
    await schemas.create({ known: { fields: [{ name: 'b', type: 'integer' }] } })
    expect(codesOf(await as.save({ _id: 'known/1', b: 1 }))).toEqual([null])
    expect((await columnTypes(app, 'known'))['b']).toBe('integer')
  })

  it('refuses a field of another type than it has, and makes nothing', async () => {
    await schemas.create({ clash: { fields: [{ name: 'a', type: 'string' }] } })
    const answer = await schemas.create({
      another: { fields: [] },
      clash: { fields: [{ name: 'a', type: 'number' }] },
    })
    expect(outcome(answer)).toEqual({ status: 409, trips: 1, code: 114 })
    expect(typesOf(await schemas.fetch())).not.toHaveProperty('another')
  })

  it('refuses a field given twice with two types, and a reference to a type that is not there', async () => {
    const twice = [
      { name: 'a', type: 'string' },
      { name: 'a', type: 'number' },
    ]
    expect(outcome(await schemas.create({ twice: { fields: twice } }))).toMatchObject({ code: 114 })
    expect(
      outcome(await schemas.create({ lost: { fields: [{ name: 'a', type: 'ref(nowhere)' }] } })),
    ).toMatchObject({ code: 114 })
    expect(typesOf(await schemas.fetch())).not.toHaveProperty('lost')
  })

  const field = (name: string, type = 'string') => ({ t: { fields: [{ name, type }] } })
  it.each([
    [{ _t: { fields: [] } }, '_t'],
    [{ '': { fields: [] } }, ''],
    [field('_a'), '_a'],
    [field('ctid'), 'ctid'],
    [field('a', 'acl'), 'acl'],
    [field('a', 'unknown'), 'unknown'],
    [field('a', 'text; drop table "user"'), 'text; drop table "user"'],
    [field('a', 'ref(_core_user)'), 'ref(_core_user)'],
    [{ t: { fields: [{ name: 'a' }] } }, 'record_types'],
    [{ t: null }, 'record_types'],
  ])('refuses %j', async (types, argument) => {
    expect(outcome(await schemas.create(types))).toEqual({
      status: 400,
      trips: 0,
      code: 108,
      info: { arguments: [argument] },
    })
  })

  it('asks for types', async () => {
    expect(outcome(await app.call('schema:create', {}))).toMatchObject({
      code: 108,
      info: { arguments: ['record_types'] },
    })
  })

  it('is for development mode and the master key', async () => {
    expect(outcome(await schemasOf(app, {}).create({ dev: {} }))).toEqual(OK)
    const live = await testApp({ production: true })
    await live.guest()
    expect(outcome(await schemasOf(live, {}).create({ dev: {} }))).toEqual({
      status: 403,
      trips: 0,
      code: 102,
    })
    expect(outcome(await schemasOf(live).create({ dev: {} }))).toEqual(OK)
  })
})
