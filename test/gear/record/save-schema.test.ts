import { beforeAll, describe, expect, it } from 'vitest'
import {
  codesOf,
  itemsOf,
  keypath,
  OK,
  outcome,
  testApp,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { columnTypes, fieldsOf, firstOf, recordsOf, refused } from './records.ts'

const ref = ($id: string) => ({ $type: 'ref', $id })
const seq = { $type: 'seq' }

describe('the schema that record:save makes', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
  })

  it('refuses a batch whose items disagree about a field, and makes nothing', async () => {
    const answer = await as.save([
      { _id: 'clash/1', a: 1 },
      { _id: 'clash/2', a: 'x' },
    ])
    expect(outcome(answer)).toEqual({ status: 409, trips: 0, code: 114 })
    expect(await columnTypes(app, 'clash')).toEqual({})
  })

  const values: readonly [string, unknown][] = [
    ['string', 'x'],
    ['number', 1],
    ['boolean', true],
    ['json', {}],
    ['datetime', { $type: 'date', $date: '2019-01-01T00:00:00Z' }],
    ['location', { $type: 'geo', $lng: 1, $lat: 1 }],
    ['ref', ref('typed/1')],
  ]
  it('keeps the type of a column: a value of another one is 114 and changes nothing', async () => {
    const record = Object.fromEntries(values)
    await as.save({ _id: 'typed/1', ...record })
    for (const [column] of values)
      for (const [type, value] of values)
        if (type !== column) {
          const answer = await as.save([{ _id: 'typed/1', [column]: value }, { _id: 'typed/2' }])
          expect([column, type, outcome(answer).code, outcome(answer).status]).toEqual([
            column,
            type,
            114,
            409,
          ])
        }
    expect(fieldsOf(firstOf(await as.fetch(['typed/1'])))).toEqual(record)
    expect(codesOf(await as.fetch(['typed/2']))).toEqual([110])
  })

  it('refuses a reference to a type that does not exist, and makes nothing', async () => {
    const answer = await as.save({ _id: 'dangling/1', to: ref('nowhere/1') })
    expect(outcome(answer)).toEqual({ status: 409, trips: 2, code: 114 })
    expect(await columnTypes(app, 'dangling')).toEqual({})
    expect(await columnTypes(app, 'nowhere')).toEqual({})
  })

  it('refuses a reference to another type than the column’s', async () => {
    await as.save([{ _id: 'cat/1' }, { _id: 'dog/1' }, { _id: 'owner/1', pet: ref('cat/1') }])
    expect(outcome(await as.save({ _id: 'owner/1', pet: ref('dog/1') })).code).toBe(114)
    expect(firstOf(await as.fetch(['owner/1']))['pet']).toEqual(ref('cat/1'))
  })

  it('answers a reference to a record that does not exist as that item’s error 10000', async () => {
    await as.save([{ _id: 'shelf/1' }, { _id: 'book/0', on: ref('shelf/1') }])
    const answer = await as.save([
      { _id: 'book/1', on: ref('shelf/9') },
      { _id: 'book/2', on: ref('shelf/1') },
    ])
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer)).toMatchObject([{ _id: 'book/1', ...refused(10000) }, { _id: 'book/2' }])
    expect(codesOf(await as.fetch(['book/1', 'book/2']))).toEqual([110, null])
  })

  it('lets records of one batch refer to themselves, to earlier ones and to a type it makes', async () => {
    const answer = await as.save([
      { _id: 'node/1', next: ref('node/1') },
      { _id: 'node/2', next: ref('node/1'), leaf: ref('leaf/1') },
      { _id: 'leaf/1' },
    ])
    expect(codesOf(answer)).toEqual([null, 10000, null])
    expect(codesOf(await as.save({ _id: 'node/2', next: ref('node/1'), leaf: ref('leaf/1') }))).toEqual([
      null,
    ])
  })

  it('has nothing to clear where null is given for a field that does not exist, and makes no column', async () => {
    await as.save({ _id: 'nulls/0', a: 1 })
    const answer = await as.save([
      { _id: 'nulls/1', a: 1 },
      { _id: 'nulls/2', b: null },
    ])
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer).map(fieldsOf)).toEqual([{ a: 1 }, {}])
    expect(await columnTypes(app, 'nulls')).not.toHaveProperty('b')
  })

  it('numbers the records that are there when a field becomes a sequence, and every one after', async () => {
    await as.save([{ _id: 'seq/1' }, { _id: 'seq/2' }])
    await as.save({ _id: 'seq/1', no: seq })
    const backfilled = itemsOf(await as.fetch(['seq/1', 'seq/2'])).map(({ no }) => Number(no))
    expect(backfilled.toSorted((a, b) => a - b)).toEqual([1, 2])
    const next = itemsOf(await as.save([{ _id: 'seq/3' }, { _id: 'seq/4', no: seq }])).map(({ no }) =>
      Number(no),
    )
    expect(next[0]).toBeGreaterThan(2)
    expect(next[1]).toBeGreaterThan(Number(next[0]))
  })

  it('keeps a number of a sequence, and goes on behind one that is given', async () => {
    const first = firstOf(await as.save({ _id: 'ticket/1', no: seq }))['no']
    expect(firstOf(await as.save({ _id: 'ticket/1', no: seq, a: 1 }))['no']).toBe(first)
    expect(firstOf(await as.save({ _id: 'ticket/2', no: 100 }))['no']).toBe(100)
    expect(Number(firstOf(await as.save({ _id: 'ticket/3' }))['no'])).toBeGreaterThan(100)
    await as.save({ _id: 'ticket/4', no: 50 })
    expect(Number(firstOf(await as.save({ _id: 'ticket/5' }))['no']), 'never back').toBeGreaterThan(101)
    expect(itemsOf(await as.save({ _id: 'ticket/6', no: 100 }))).toMatchObject([refused(109)])
  })

  it('refuses a fraction and a number out of range for an integer, each on its own', async () => {
    await as.save({ _id: 'whole/1' })
    await app.sql(`alter table ${app.table('whole')} add column n integer`)
    const answer = await as.save([1.5, 2 ** 31, 2 ** 31 - 1, -3].map((n, i) => ({ _id: `whole/${i}`, n })))
    expect(codesOf(answer)).toEqual([108, 108, null, null])
    expect(
      itemsOf(answer)
        .slice(2)
        .map(({ n }) => n),
    ).toEqual([2 ** 31 - 1, -3])
    expect(codesOf(await as.fetch(['whole/0']))).toEqual([110])
  })
})

describe('a schema that changes behind an isolate’s back', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
  })
  /** A type that the isolate knows well, changed by somebody else. */
  const changed = async (type: string, change: string) => {
    const id = `${type}/1`
    await as.save({ _id: id, a: 'x', b: 'y' })
    expect(outcome(await as.query(type, { predicate: ['eq', keypath('a'), 'x'] }))).toEqual(OK)
    await app.sql(change.replaceAll('$table', app.table(type)))
    return id
  }

  it('clears a field by null whose column was added', async () => {
    const id = await changed('nulled', 'alter table $table add column n integer default 7')
    expect(fieldsOf(firstOf(await as.save({ _id: id, n: null })))).toEqual({ a: 'x', b: 'y' })
    expect(fieldsOf(firstOf(await as.fetch([id])))).toEqual({ a: 'x', b: 'y' })
  })

  it('shows a column that was added', async () => {
    const id = await changed('added', 'alter table $table add column n integer default 7')
    expect(fieldsOf(firstOf(await as.query('added')))).toEqual({ a: 'x', b: 'y', n: 7 })
    expect(fieldsOf(firstOf(await as.fetch([id])))).toEqual({ a: 'x', b: 'y', n: 7 })
  })

  it('shows a column that was added in the answer to a save', async () => {
    const id = await changed('added2', "alter table $table add column at timestamp default '2019-01-01'")
    const at = { $type: 'date', $date: '2019-01-01T00:00:00Z' }
    expect(fieldsOf(firstOf(await as.save({ _id: id, a: 'z' })))).toEqual({ a: 'z', b: 'y', at })
  })

  it.each(['query', 'fetch', 'save'])(
    'does without a column that was dropped, in the next %s',
    async (action) => {
      const type = `dropped_${action}`
      const id = await changed(type, 'alter table $table drop column b')
      if (action === 'query') {
        expect(outcome(await as.query(type, { predicate: ['eq', keypath('b'), 'y'] }))).toMatchObject({
          status: 400,
          code: 120,
        })
        expect(fieldsOf(firstOf(await as.query(type)))).toEqual({ a: 'x' })
      }
      if (action === 'fetch') expect(fieldsOf(firstOf(await as.fetch([id])))).toEqual({ a: 'x' })
      if (action === 'save')
        expect(fieldsOf(firstOf(await as.save({ _id: id, b: 'new' })))).toEqual({ a: 'x', b: 'new' })
    },
  )

  it('follows a column that was renamed', async () => {
    const id = await changed('renamed', 'alter table $table rename column b to c')
    const found = await as.query('renamed', { predicate: ['eq', keypath('c'), 'y'] })
    expect(itemsOf(found).map(fieldsOf)).toEqual([{ a: 'x', c: 'y' }])
    expect(outcome(await as.query('renamed', { predicate: ['eq', keypath('b'), 'y'] })).code).toBe(120)
    expect(fieldsOf(firstOf(await as.save({ _id: id, c: 'z' })))).toEqual({ a: 'x', c: 'z' })
  })

  const retype = 'alter table $table alter column b type double precision using 5'
  it('takes a value of the new type for a column that was retyped', async () => {
    const id = await changed('retyped', retype)
    expect(fieldsOf(firstOf(await as.save({ _id: id, b: 6 })))).toEqual({ a: 'x', b: 6 })
    const found = await as.query('retyped', { predicate: ['gt', keypath('b'), 5] })
    expect(itemsOf(found)).toHaveLength(1)
  })

  it.each(['5', 'five'])('refuses %j, a value of the old type, for a column that was retyped', async (b) => {
    const type = `retyped_${b}`
    const id = await changed(type, retype)
    expect(outcome(await as.save({ _id: id, b }))).toMatchObject({ status: 409, code: 114 })
    expect(fieldsOf(firstOf(await as.fetch([id])))).toEqual({ a: 'x', b: 5 })
  })

  it.each(['5', 'five'])(
    'cannot compare %j, a value of the old type, with a column that was retyped',
    async (b) => {
      const type = `compared_${b}`
      await changed(type, retype)
      const answer = await as.query(type, { predicate: ['eq', keypath('b'), b] })
      expect(outcome(answer)).toMatchObject({ status: 400, code: 120 })
    },
  )

  it('makes a type anew that was dropped', async () => {
    const id = await changed('gone', 'drop table $table')
    expect(itemsOf(await as.query('gone'))).toEqual([])
    expect(codesOf(await as.fetch([id]))).toEqual([110])
    expect(codesOf(await as.remove([id]))).toEqual([110])
    expect(fieldsOf(firstOf(await as.save({ _id: id, a: true })))).toEqual({ a: true })
  })

  it('makes a type anew in a save right after it was dropped', async () => {
    const id = await changed('gone2', 'drop table $table')
    expect(fieldsOf(firstOf(await as.save({ _id: id, a: 'x' })))).toEqual({ a: 'x' })
  })
})

describe('record:save in production', () => {
  let app: TestApp
  let user: TestUser
  beforeAll(async () => {
    app = await testApp({ production: true })
    user = await app.guest()
  })

  it('refuses what needs another schema, and makes none of it', async () => {
    const as = recordsOf(app, user)
    expect(outcome(await as.save({ _id: 'note/1', a: 1 }))).toEqual({ status: 409, trips: 1, code: 114 })
    expect(await columnTypes(app, 'note')).toEqual({})
    expect(outcome(await as.query('note'))).toEqual(OK)
  })

  it('extends the schema for the master key, and then everybody may use it', async () => {
    const master = recordsOf(app, { key: app.masterKey })
    expect(outcome(await master.save({ _id: 'page/1', a: 1 }))).toEqual({ status: 200, trips: 2 })
    const as = recordsOf(app, user)
    expect(outcome(await as.save({ _id: 'page/2', a: 2 }))).toEqual(OK)
    expect(outcome(await as.save({ _id: 'page/2', a: 3, b: 1 }))).toEqual({
      status: 409,
      trips: 1,
      code: 114,
    })
    expect(fieldsOf(firstOf(await as.fetch(['page/2'])))).toEqual({ a: 2 })
    expect(await columnTypes(app, 'page')).not.toHaveProperty('b')
  })
})
