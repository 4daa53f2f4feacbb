import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, itemsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { fieldsOf, firstOf, idsOf, recordsOf, refused } from './records.ts'

describe('record:save', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    as = recordsOf(app, ana)
  })

  it('makes a record type at its first record in two round trips, and then takes one', async () => {
    const answer = await as.save({ _id: 'note/1', title: 'Hi' })
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    expect(answer.json).toEqual({
      result: [
        {
          _id: 'note/1',
          _type: 'record',
          _access: null,
          _ownerID: ana.id,
          _created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          _created_by: ana.id,
          _updated_at: expect.any(String),
          _updated_by: ana.id,
          title: 'Hi',
        },
      ],
    })
    expect(outcome(await as.save({ _id: 'note/2', title: 'Ho' }))).toEqual(OK)
    expect(outcome(await as.save({ _id: 'note/2', title: 'Ha' }))).toEqual(OK)
  })

  it('takes two round trips where a field is new', async () => {
    await as.save({ _id: 'grow/1', a: 1 })
    expect(outcome(await as.save({ _id: 'grow/1', b: 1 }))).toEqual({ status: 200, trips: 2 })
    expect(outcome(await as.save({ _id: 'grow/1', a: 2, b: 2 }))).toEqual(OK)
  })

  it('makes a record without fields', async () => {
    expect(fieldsOf(firstOf(await as.save({ _id: 'bare/1' })))).toEqual({})
    expect(itemsOf(await as.query('bare'))).toHaveLength(1)
  })

  it('merges an update into what is stored and answers the whole record', async () => {
    await as.save({ _id: 'merge/1', a: 1, b: 'b', c: [1] })
    const answer = await as.save({ _id: 'merge/1', b: 'B', d: true })
    expect(fieldsOf(firstOf(answer))).toEqual({ a: 1, b: 'B', c: [1], d: true })
    expect(fieldsOf(firstOf(await as.fetch(['merge/1'])))).toEqual({ a: 1, b: 'B', c: [1], d: true })
  })

  it('clears a field by null', async () => {
    await as.save({ _id: 'clear/1', a: 1, b: 2 })
    expect(fieldsOf(firstOf(await as.save({ _id: 'clear/1', a: null })))).toEqual({ b: 2 })
    expect(fieldsOf(firstOf(await as.fetch(['clear/1'])))).toEqual({ b: 2 })
  })

  it('never changes owner, creator and creation', async () => {
    const first = firstOf(await as.save({ _id: 'origin/1', n: 1 }))
    const second = firstOf(
      await recordsOf(app, bob).save({ _id: 'origin/1', n: 2, _ownerID: bob.id, _owner_id: bob.id }),
    )
    expect(second).toEqual({ ...first, n: 2, _updated_at: expect.any(String), _updated_by: bob.id })
    expect(Date.parse(String(second['_updated_at']))).toBeGreaterThanOrEqual(
      Date.parse(String(first['_updated_at'])),
    )
  })

  it('drops every other field that begins with an underscore, and the one without a name', async () => {
    const reserved = {
      _created_at: 'x',
      _created_by: 'x',
      _updated_by: 'x',
      _database_id: 'x',
      _transient: {},
      _x: 1,
      '': 1,
    }
    const answer = await as.save({ _id: 'drop/1', ...reserved, a: 1 })
    expect(firstOf(answer)).toMatchObject({ a: 1, _created_by: ana.id })
    expect(Object.keys(firstOf(answer)).includes('_x')).toBe(false)
  })

  it('answers refused items in their places and saves the others', async () => {
    const answer = await as.save([
      { _id: 'mixed/1', n: 1 },
      { _id: 'bad' },
      { n: 1 },
      { _id: 5 },
      { _id: 'mixed/' },
      { _id: '/mixed' },
      { _id: 'mixed/2', _access: 'all' },
      { _id: 'mixed/3', when: { $type: 'date' } },
      { _id: 'mixed/4', n: 4 },
    ])
    expect(outcome(answer).status).toBe(200)
    expect(itemsOf(answer)).toMatchObject([
      { _id: 'mixed/1' },
      ...Array.from({ length: 5 }, () => refused(108, ['id'])),
      refused(108, ['_access']),
      refused(108, ['when']),
      { _id: 'mixed/4' },
    ])
    expect(itemsOf(answer)[1], 'nothing to call it by').not.toHaveProperty('_id')
    expect(idsOf(await as.query('mixed')).toSorted()).toEqual(['mixed/1', 'mixed/4'])
  })

  it('saves the items of a batch in order, so that the last of one id stands', async () => {
    const answer = await as.save([1, 2, 3].map((n) => ({ _id: 'order/1', n })))
    expect(itemsOf(answer).map(({ n }) => n)).toEqual([1, 2, 3])
    expect(fieldsOf(firstOf(await as.fetch(['order/1'])))).toEqual({ n: 3 })
  })

  it('saves all or nothing where it is atomic, and names the records at fault', async () => {
    await recordsOf(app, bob).save({ _id: 'whole/1', _access: [], n: 1 })
    const answer = await as.save(
      [
        { _id: 'whole/2', n: 2 },
        { _id: 'whole/1', n: 9 },
      ],
      { atomic: true },
    )
    expect(outcome(answer)).toEqual({
      status: 409,
      trips: 1,
      code: 115,
      info: { 'whole/1': { name: 'PermissionDenied', code: 102, message: expect.any(String) } },
    })
    expect(codesOf(await recordsOf(app, bob).fetch(['whole/1', 'whole/2']))).toEqual([null, 110])
    expect(firstOf(await recordsOf(app, bob).fetch(['whole/1']))['n']).toBe(1)
  })

  it('saves an atomic batch in one round trip', async () => {
    await as.save({ _id: 'atom/0', n: 0 })
    const answer = await as.save(
      [
        { _id: 'atom/1', n: 1 },
        { _id: 'atom/2', n: 2 },
      ],
      { atomic: true },
    )
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer).map(({ n }) => n)).toEqual([1, 2])
  })

  it('keeps new columns out where an atomic batch is refused', async () => {
    await recordsOf(app, bob).save({ _id: 'ddl/1', _access: [], n: 1 })
    await as.save(
      [
        { _id: 'ddl/2', fresh: 2 },
        { _id: 'ddl/1', n: 9 },
      ],
      { atomic: true },
    )
    const rows = await app.sql(
      `select 1 from information_schema.columns where table_schema = $1 and table_name = 'ddl' and column_name = 'fresh'`,
      [app.schema],
    )
    expect(rows).toEqual([])
  })

  it('refuses an atomic batch with an item that is not valid before the database, with every error', async () => {
    const answer = await as.save(
      [{ _id: 'bad' }, { _id: 'whole/3' }, { _id: 'whole/4', x: { $type: 'blob' } }],
      {
        atomic: true,
      },
    )
    expect(outcome(answer)).toEqual({
      status: 400,
      trips: 0,
      code: 108,
      info: {
        arguments: 'records',
        errors: [
          { name: 'InvalidArgument', code: 108, message: expect.any(String), info: { arguments: ['id'] } },
          { name: 'InvalidArgument', code: 108, message: expect.any(String), info: { arguments: ['x'] } },
        ],
      },
    })
    expect(codesOf(await as.fetch(['whole/3']))).toEqual([110])
  })

  const malformed: readonly [string, object, object][] = [
    ['records is missing', {}, { code: 108, info: { arguments: ['records'] } }],
    ['records is null', { records: null }, { code: 108, info: { arguments: ['records'] } }],
    ['records is empty', { records: [] }, { code: 108, info: { arguments: ['records'] } }],
    ['records is a record', { records: { _id: 'note/1' } }, { code: 107, info: { arguments: ['records'] } }],
    ['an item is a text', { records: ['note/1'] }, { code: 107, info: { arguments: ['records'] } }],
    [
      'atomic is a text',
      { records: [{ _id: 'note/1' }], atomic: 'yes' },
      { code: 107, info: { arguments: ['atomic'] } },
    ],
    [
      'there are 1001 records',
      { records: Array.from({ length: 1001 }, (_, i) => ({ _id: `many/${i}` })) },
      { code: 108, info: { arguments: ['records'] } },
    ],
    [
      'the database is unknown',
      { records: [{ _id: 'note/1' }], database_id: '_x' },
      { code: 108, info: { arguments: ['database_id'] } },
    ],
  ]
  it.each(malformed)('refuses before the database where %s', async (_, body, expected) => {
    expect(outcome(await app.call('record:save', body, ana))).toEqual({ status: 400, trips: 0, ...expected })
  })

  it('saves a thousand records in one round trip', async () => {
    await as.save({ _id: 'thousand/x', n: 0 })
    const answer = await as.save(Array.from({ length: 1000 }, (_, n) => ({ _id: `thousand/${n}`, n })))
    expect(outcome(answer)).toEqual(OK)
    expect((await as.query('thousand', { limit: 0, count: true })).json['info']).toEqual({ count: 1001 })
  })
})
