import { beforeAll, describe, expect, inject, it } from 'vitest'
import { unique } from './client.ts'
import {
  call,
  errorItem,
  errorObject,
  expectFailure,
  itemsOf,
  type Json,
  post,
  query,
  save,
  signUp,
} from './wire.ts'

const { demo } = inject('system')

let as: { id: string; token: string }

beforeAll(async () => {
  as = await signUp(demo, unique('writer'), 'password')
})

const saved = async (record: Json): Promise<Json> => {
  const [item] = itemsOf(await save(demo, [record], as))
  if (!item) throw new Error('no item')
  return item
}

describe('record:save', () => {
  it('§5.1 answers the whole record, and no key that is not one of a record', async () => {
    const _id = `${unique('note')}/with/slashes`
    const when = { $type: 'date', $date: '2019-01-01T08:00:00.123000+08:00' }
    const item = await saved({ _id, title: 'Hi', when, no: { $type: 'seq' } })
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,5}[1-9])?Z$/) as unknown
    expect(item).toEqual({
      _id,
      _type: 'record',
      _access: null,
      _ownerID: as.id,
      _created_at: instant,
      _created_by: as.id,
      _updated_at: instant,
      _updated_by: as.id,
      title: 'Hi',
      when: { $type: 'date', $date: '2019-01-01T00:00:00.123Z' },
      no: expect.any(Number) as unknown,
    })
    expect(item['_created_at']).toBe(item['_updated_at'])
  })

  it('§5.4 needs records: 108', async () => {
    expectFailure(await call(demo, 'record:save', {}, as), 108, { arguments: ['records'] })
    expectFailure(await save(demo, [], as), 108, { arguments: ['records'] })
  })

  it.each<[string, Json]>([
    ['records', { records: { _id: 'note/1' } }],
    ['records', { records: ['note/1'] }],
    ['records', { records: [['note/1']] }],
    ['atomic', { records: [{ _id: 'note/1' }], atomic: 1 }],
  ])('§1.3 refuses a wrong type of %s with 107/400, which names it', async (name, fields) => {
    expectFailure(await call(demo, 'record:save', fields, as), 107, { arguments: [name] })
  })

  it('§5.4.1 an item without a usable _id is 108 ["id"], without an _id of its own', async () => {
    const refused = [{}, { _id: 5 }, { _id: 'noslash' }, { _id: 'note/' }, { _id: '/1' }]
    const item = errorItem(108, undefined, { arguments: ['id'] })
    expect(itemsOf(await save(demo, refused, as))).toEqual(refused.map(() => item))
  })

  it('§5.3 [Q] record types that begin with _ are refused, as items', async () => {
    const hidden = ['_core_user/x', '_role/Admin', '_secret/1'].map((_id) => ({ _id, a: 1 }))
    const item = errorItem(108, undefined, { arguments: ['id'] })
    for (const by of [as, { key: demo.master_key }])
      expect(itemsOf(await save(demo, hidden, by))).toEqual(hidden.map(() => item))
  })

  it('§5.1 fields that begin with _, and the empty name, are dropped', async () => {
    const _id = `${unique('note')}/1`
    const extra = { _ownerID: 'me', _owner_id: 'me', _created_by: 'me', _type: 'x', _x: 1, '': 1 }
    const item = await saved({ _id, text: 'kept', ...extra })
    expect(item).toMatchObject({ _id, _type: 'record', _ownerID: as.id, _created_by: as.id, text: 'kept' })
    expect(Object.keys(item).filter((name) => ['_x', '', '_owner_id'].includes(name))).toEqual([])
  })

  it('§14.20 [Q] a field may be called as the server’s own members are', async () => {
    const names = [
      'id',
      'data',
      'acl',
      'transient',
      'createdAt',
      'constructor',
      'prototype',
      'toString',
      'select',
      'a b"c',
    ]
    const fields = Object.fromEntries(names.map((name, i) => [name, i]))
    const _id = `${unique('note')}/1`
    expect(await saved({ _id, ...fields })).toMatchObject({ _id, ...fields })
  })

  it.each<[string, string]>([
    ['a number out of range', '1e999'],
    ['a date out of range', '{"$type":"date","$date":"99999-01-01T00:00:00Z"}'],
    ['30 February', '{"$type":"date","$date":"2019-02-30T00:00:00Z"}'],
    ['a date that is none', '{"$type":"date","$date":"today"}'],
    ['a date without $date', '{"$type":"date"}'],
    ['a latitude out of range', '{"$type":"geo","$lng":0,"$lat":90.5}'],
    ['a longitude out of range', '{"$type":"geo","$lng":-181,"$lat":0}'],
    ['a latitude that is no number', '{"$type":"geo","$lng":0,"$lat":"1"}'],
    ['a reference without a slash', '{"$type":"ref","$id":"note"}'],
    ['an unknown $type', '{"$type":"wish"}'],
    ['a $type that is no string', '{"$type":1}'],
    ['a blob', '{"$type":"blob"}'],
    ['NUL in a string', '"a\\u0000b"'],
    ['NUL deep in JSON', '{"a":["\\u0000"]}'],
    ['half a surrogate pair', '"\\ud800"'],
  ])('§5.2 %s is an item error 108, and the next item is saved', async (_, json) => {
    const type = unique('note')
    const body = `{"records":[{"_id":"${type}/bad","v":${json}},{"_id":"${type}/good"}],
      "api_key":${JSON.stringify(demo.api_key)},"access_token":${JSON.stringify(as.token)}}`
    const [bad, good] = itemsOf(await post(demo, '/record/save', body))
    expect(bad).toMatchObject({ _type: 'error', name: 'InvalidArgument', code: 108 })
    expect(bad).not.toHaveProperty('_id')
    expect(good).toMatchObject({ _id: `${type}/good`, _type: 'record' })
    expect(itemsOf(await query(demo, type)).map(({ _id }) => _id)).toEqual([`${type}/good`])
  })

  it('§5.4.10 answers in the order of the request, errors in their places', async () => {
    const type = unique('note')
    const records = [{ _id: `${type}/b` }, { _id: 'bad' }, { _id: `${type}/a` }, {}, { _id: `${type}/c` }]
    const items = itemsOf(await save(demo, records, as))
    const ids = [`${type}/b`, undefined, `${type}/a`, undefined, `${type}/c`]
    expect(items.map((item) => item['_id'])).toEqual(ids)
    const kinds = ['record', 'error', 'record', 'error', 'record']
    expect(items.map((item) => item['_type'])).toEqual(kinds)
  })

  it('§5.4.3 an atomic save with an item that is not valid is 108/400 as a whole', async () => {
    const type = unique('note')
    const answer = await save(demo, [{ _id: `${type}/1` }, { _id: 'bad' }], as, { atomic: true })
    expectFailure(answer, 108, { arguments: 'records', errors: [errorObject(108, { arguments: ['id'] })] })
    expect(itemsOf(await query(demo, type))).toEqual([])
  })

  it('§5.10 null makes no column; of an unknown one it stores nothing, and loses nothing', async () => {
    const type = unique('note')
    await saved({ _id: `${type}/1`, text: 'a' })
    const record = await saved({ _id: `${type}/1`, never: null })
    expect(record).toMatchObject({ _type: 'record', text: 'a' })
    expect(record).not.toHaveProperty('never')
  })

  it('§5.2 a reference to a record that is not there is an item error 10000', async () => {
    const [target, type] = [unique('target'), unique('note')]
    await saved({ _id: `${target}/1` })
    const to = (id: string) => ({ $type: 'ref', $id: `${target}/${id}` })
    const refused = await saved({ _id: `${type}/1`, to: to('none') })
    expect(refused).toEqual(errorItem(10000, `${type}/1`))
    expect(await saved({ _id: `${type}/1`, to: to('1') })).toMatchObject({ to: to('1') })
  })
})
