import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, itemsOf, OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'
import { fieldsOf, recordsOf } from './records.ts'

describe('record:fetch', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
    await as.save([
      { _id: 'note/1', n: 1 },
      { _id: 'note/2', n: 2 },
      { _id: 'page/1', n: 3 },
    ])
  })

  it('answers records of several types in the order of their ids, in one round trip', async () => {
    const answer = await as.fetch(['page/1', 'note/2', 'note/1'])
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer).map(fieldsOf)).toEqual([{ n: 3 }, { n: 2 }, { n: 1 }])
    expect(itemsOf(answer)[0]).toMatchObject({ _id: 'page/1', _type: 'record', _access: null })
  })

  it('answers an id as often as it is asked for', async () => {
    expect(itemsOf(await as.fetch(['note/1', 'note/1'])).map(fieldsOf)).toEqual([{ n: 1 }, { n: 1 }])
  })

  it('answers what is not there with an item error, its type unknown or not', async () => {
    const answer = await as.fetch(['note/9', 'note/1', 'nowhere/1'])
    expect(outcome(answer).status).toBe(200)
    expect(itemsOf(answer)).toMatchObject([
      { _id: 'note/9', _type: 'error', name: 'ResourceNotFound', code: 110 },
      { _id: 'note/1', _type: 'record' },
      { _id: 'nowhere/1', _type: 'error', name: 'ResourceNotFound', code: 110 },
    ])
  })

  it('takes a second round trip where an isolate meets a type for the first time', async () => {
    await app.sql(`create table ${app.table('met')} (like ${app.table('note')} including all)`)
    expect(outcome(await as.fetch(['met/1']))).toEqual({ status: 200, trips: 2 })
    expect(outcome(await as.fetch(['met/1']))).toEqual(OK)
  })

  it('takes one round trip for a name of no type that it has met', async () => {
    const ids = ['note/1', 'unheard/1']
    expect(outcome(await as.fetch(ids))).toEqual({ status: 200, trips: 2 })
    const answer = await as.fetch(ids)
    expect(outcome(answer)).toEqual(OK)
    expect(codesOf(answer)).toEqual([null, 110])
    expect(outcome(await as.fetch(['unheard/1', 'neverheard/1']))).toEqual(OK)
  })

  it('finds what is of a type that has come to be behind its back', async () => {
    await as.fetch(['note/1', 'late/1'])
    await app.sql(`create table ${app.table('late')} (like ${app.table('note')} including all)`)
    await app.sql(`insert into ${app.table('late')} select * from ${app.table('note')} where _id = '1'`)
    expect(codesOf(await as.fetch(['note/1', 'late/1']))).toEqual([null, null])
    expect(outcome(await as.fetch(['note/1', 'late/1']))).toEqual(OK)
  })

  it('needs no login, but a key', async () => {
    const ids = ['note/1']
    expect(codesOf(await app.call('record:fetch', { ids }))).toEqual([null])
    expect(outcome(await app.call('record:fetch', { ids }, { key: null }))).toEqual({
      status: 401,
      trips: 0,
      code: 101,
    })
  })

  const malformed: readonly [string, Json, number][] = [
    ['ids is missing', {}, 108],
    ['ids is empty', { ids: [] }, 108],
    ['ids is a text', { ids: 'note/1' }, 107],
    ['an id is a number', { ids: ['note/1', 1] }, 107],
    ['an id has no slash', { ids: ['note/1', 'note'] }, 108],
    ['an id has no key', { ids: ['note/'] }, 108],
    ['an id has no type', { ids: ['/1'] }, 108],
    ['a type is reserved', { ids: ['_core_user/1'] }, 108],
    ['an id holds NUL', { ids: ['note/\u0000'] }, 108],
    ['there are 1001 ids', { ids: Array.from({ length: 1001 }, (_, i) => `note/${i}`) }, 108],
  ]
  it.each(malformed)('refuses before the database where %s', async (_, body, code) => {
    expect(outcome(await app.call('record:fetch', body))).toEqual({
      status: 400,
      trips: 0,
      code,
      info: { arguments: ['ids'] },
    })
  })

  it('takes hostile ids for ids', async () => {
    const ids = [`note/' or true --`, `note/"]`, `no"te/1`, `note"; drop table note; --/1`]
    expect(codesOf(await as.fetch(ids))).toEqual([110, 110, 110, 110])
    expect(codesOf(await as.fetch(['note/1']))).toEqual([null])
  })

  it('fetches a thousand records at once', async () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `many/${i}`)
    await as.save(ids.map((_id, n) => ({ _id, n })))
    const answer = await as.fetch(ids)
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer).map(({ n }) => n)).toEqual(ids.map((_, i) => i))
  })
})
