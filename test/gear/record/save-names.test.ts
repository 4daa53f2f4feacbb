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

/** Names that are something to SQL, to JavaScript or to our own statements. */
const HOSTILE = [
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'we"ird',
  `'; drop table "victim"; --`,
  '"; drop table "victim"; --',
  '\\',
  '$1',
  '%I',
  ' ',
  'a b',
  'a.b',
  'a/b',
  'select',
  'UPPER',
  'été 日本 🦄',
  '\u0001',
  'x'.repeat(63),
  // Aliases in the statements that save and read.
  'r',
  'p',
  'saved',
  'excluded',
  'record',
  'records',
  'page',
  'value',
]
/** `a/b` in an id is the type `a` and the key `b`. */
const HOSTILE_TYPES = HOSTILE.filter((name) => !name.includes('/'))

describe('the names of record:save', () => {
  let app: TestApp
  let ana: TestUser
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    as = recordsOf(app, ana)
    await as.save({ _id: 'victim/1', alive: true })
  })
  const victimLives = async () => expect(codesOf(await as.fetch(['victim/1']))).toEqual([null])

  it.each(HOSTILE)('may be %j for a field', async (field) => {
    // A type of its own: a name that breaks reading must not break it for the next one.
    const type = `fields${HOSTILE.indexOf(field)}`
    const answer = await as.save({ _id: `${type}/1`, [field]: 'v' })
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    expect(firstOf(answer)).toMatchObject({ [field]: 'v' })
    expect(outcome(await as.save({ _id: `${type}/1`, [field]: 'w' }))).toEqual(OK)
    const read = [await as.fetch([`${type}/1`]), await as.query(type)]
    const found = await as.query(type, {
      predicate: ['eq', keypath(field), 'w'],
      sort: [[keypath(field), 'asc']],
      count: true,
    })
    for (const answer of [...read, found]) expect(itemsOf(answer)).toMatchObject([{ [field]: 'w' }])
    await victimLives()
  })

  it.each(HOSTILE_TYPES)('may be %j for a type', async (type) => {
    const saved = await as.save([
      { _id: `${type}/1`, n: { $type: 'seq' } },
      { _id: `${type}/2`, other: { $type: 'ref', $id: `${type}/1` } },
    ])
    expect(codesOf(saved)).toEqual([null, null])
    expect(firstOf(await as.fetch([`${type}/2`]))).toMatchObject({
      other: { $type: 'ref', $id: `${type}/1` },
    })
    const explicit = await as.save({ _id: `${type}/3`, n: 10 })
    expect(firstOf(explicit)).toMatchObject({ _id: `${type}/3`, n: 10 })
    expect((await as.query(type, { count: true })).json['info']).toEqual({ count: 3 })
    expect(codesOf(await as.remove([`${type}/1`, `${type}/2`]))).toEqual([113, null])
    await victimLives()
  })

  it('are taken by their letter case', async () => {
    await as.save([
      { _id: 'case/1', a: 1, A: 'x' },
      { _id: 'Case/1', a: true },
    ])
    expect(fieldsOf(firstOf(await as.fetch(['case/1'])))).toEqual({ a: 1, A: 'x' })
    expect(fieldsOf(firstOf(await as.fetch(['Case/1'])))).toEqual({ a: true })
  })

  const refusedFields = ['x'.repeat(64), '日'.repeat(22), 'a\u0000', '\ud800']
  it.each(refusedFields)('are refused with 108 where %j is a field', async (field) => {
    expect(itemsOf(await as.save({ _id: 'refused/1', [field]: 1 }))).toMatchObject([refused(108)])
    expect(codesOf(await as.fetch(['refused/1']))).toEqual([110])
  })

  it.each([...refusedFields, '_core_user', '_x', ''])(
    'are refused with 108 where %j is a type',
    async (type) => {
      expect(itemsOf(await as.save({ _id: `${type}/1` }))).toMatchObject([refused(108, ['id'])])
      expect(outcome(await as.query(type))).toEqual({
        status: 400,
        trips: 0,
        code: 108,
        info: { arguments: ['record_type'] },
      })
    },
  )

  it('drop __proto__ as they drop every reserved field', async () => {
    const answer = await app.call(
      'record:save',
      '{"records":[{"_id":"proto/1","__proto__":{"x":1},"a":1}]}',
      ana,
    )
    expect(fieldsOf(firstOf(answer))).toEqual({ a: 1 })
    expect(Object.keys(await columnTypes(app, 'proto')).filter((name) => !name.startsWith('_'))).toEqual([
      'a',
    ])
  })

  it('may share their first 60 bytes where both fields refer to the same type', async () => {
    const long = 'f'.repeat(61)
    const to = { $type: 'ref', $id: 'victim/1' }
    const answer = await as.save({ _id: 'long/1', [`${long}a`]: to, [`${long}b`]: to })
    expect(fieldsOf(firstOf(answer))).toEqual({ [`${long}a`]: to, [`${long}b`]: to })
  })

  it('of a type may be what an index or a sequence of another type is called', async () => {
    await as.save({ _id: 'taken/1', n: { $type: 'seq' } })
    for (const name of ['taken_pkey', 'taken_n_seq']) {
      expect(outcome(await as.query(name))).toMatchObject({ status: 200 })
      expect(itemsOf(await as.query(name))).toEqual([])
      expect(codesOf(await as.fetch([`${name}/1`]))).toEqual([110])
      expect(codesOf(await as.remove([`${name}/1`]))).toEqual([110])
    }
  })

  it.each([
    "'; drop table victim; --",
    'a/b/c',
    '"',
    '\\',
    ' ',
    '%',
    '日本 🦄',
    '$1',
    '..',
    'x'.repeat(1024),
  ])('of a record may be %j', async (key) => {
    const id = `keys/${key}`
    expect(firstOf(await as.save({ _id: id, n: 1 }))).toMatchObject({ _id: id, n: 1 })
    expect(firstOf(await as.fetch([id]))).toMatchObject({ _id: id, n: 1 })
    const found = await as.query('keys', { predicate: ['eq', keypath('_id'), key] })
    expect(itemsOf(found)).toMatchObject([{ _id: id }])
    expect(itemsOf(await as.remove([id]))).toEqual([{ _id: id, _type: 'record' }])
    await victimLives()
  })

  it.each(['x'.repeat(1025), '\u0000', '\udc00'])('of a record may not be %j', async (key) => {
    expect(itemsOf(await as.save({ _id: `keys/${key}` }))).toMatchObject([refused(108, ['id'])])
  })
})
