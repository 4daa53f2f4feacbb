import { beforeAll, describe, expect, inject, it } from 'vitest'
import { unique } from './client.ts'
import { call, errorItem, expectFailure, itemsOf, type Json, query, save, signUp } from './wire.ts'

const { demo } = inject('system')

const type = unique('note')
const path = (name: string) => ({ $type: 'keypath', $val: name })
let token: string

beforeAll(async () => {
  ;({ token } = await signUp(demo, unique('reader'), 'password'))
  const records = [1, 2, 3].map((no) => ({ _id: `${type}/${no}`, no, text: `t${no}`, list: [no] }))
  await save(demo, records, { token })
})

const ask = (fields: Json) => query(demo, type, {}, fields)

describe('record:query', () => {
  it.each<[string, Json]>([
    ['record_type', { record_type: 5 }],
    ['record_type', { record_type: '' }],
    ['record_type', { record_type: ['note'] }],
    ['predicate', { predicate: 'text = 1' }],
    ['predicate', { predicate: {} }],
    ['predicate', { predicate: [] }],
    ['sort', { sort: 'text' }],
    ['sort', { sort: { text: 'asc' } }],
    ['sort', { sort: ['text'] }],
    ['sort', { sort: [[path('text'), 'upwards']] }],
    ['sort', { sort: [['text', 'asc']] }],
    ['desired_keys', { desired_keys: 'text' }],
    ['desired_keys', { desired_keys: [1] }],
  ])('§1.3 answers an ill-typed %s with 108 and its name: %j', async (name, fields) => {
    expectFailure(await ask(fields), 108, { arguments: [name] })
  })

  it('§5.6 needs record_type: 108', async () => {
    expectFailure(await call(demo, 'record:query'), 108, { arguments: ['record_type'] })
  })

  it.each<[string, unknown[]]>([
    ['an unknown operator', ['contains', path('text'), 'x']],
    ['an operator that is no string', [1, path('text'), 'x']],
    ['one operand', ['eq', path('text')]],
    ['three operands', ['eq', path('text'), 'x', 'y']],
    ['a sub-predicate that is no array', ['and', 'text']],
    ['an operator alone', ['not']],
    ['a literal of an unknown $type', ['eq', path('text'), { $type: 'wish' }]],
    ['a malformed date', ['eq', path('text'), { $type: 'date', $date: 'yesterday' }]],
  ])('§5.7 refuses a predicate with %s: 108', async (_, predicate) => {
    const { status, json } = await ask({ predicate })
    expect([status, json]).toMatchObject([400, { error: { name: 'InvalidArgument', code: 108 } }])
  })

  it('§5.7 refuses a key path that the type does not have: 120/400', async () => {
    expectFailure(await ask({ predicate: ['eq', path('no_such_field'), 1] }), 120)
    expectFailure(await ask({ predicate: ['eq', path('text.a.b'), 1] }), 120)
  })

  it('§5.7 refuses to compare with a list: 111/501', async () => {
    expectFailure(await ask({ predicate: ['eq', path('list'), [1]] }), 111)
  })

  it('§5.6 of an unknown record type answers [], whatever is asked', async () => {
    const fields = { predicate: ['eq', path('any'), 1], sort: [[path('other'), 'asc']], count: true }
    const { status, json } = await query(demo, unique('never'), {}, fields)
    expect([status, json]).toEqual([200, { result: [], info: { count: 0 } }])
  })

  it('§5.6 count adds info with the number of all that match, and without it there is no info', async () => {
    const counted = await ask({ count: true, limit: 2, sort: [[path('no'), 'asc']] })
    expect(counted.json).toMatchObject({ result: [{ no: 1 }, { no: 2 }], info: { count: 3 } })
    expect(Object.keys(counted.json).toSorted()).toEqual(['info', 'result'])
    expect((await ask({ count: false })).json).not.toHaveProperty('info')
  })

  it('§5.6 limit 0 gives no record, but the count', async () => {
    expect((await ask({ limit: 0, count: true })).json).toEqual({ result: [], info: { count: 3 } })
    expect((await ask({ limit: 0 })).json).toEqual({ result: [] })
  })

  it('§5.6 without a limit there is none', async () => {
    const many = unique('many')
    const records = Array.from({ length: 120 }, (_, no) => ({ _id: `${many}/${no}` }))
    await save(demo, records, { token })
    expect(itemsOf(await query(demo, many))).toHaveLength(120)
  })

  it('§5.6 page counts only where there is no offset', async () => {
    const window = async (fields: Json) => {
      const answer = await ask({ sort: [[path('no'), 'asc']], limit: 1, ...fields })
      return itemsOf(answer).map(({ no }) => no)
    }
    expect(await window({ page: 3, offset: 1 })).toEqual([2])
    expect(await window({ offset: 2 })).toEqual([3])
  })

  it('§5.7 null on either side is IS NULL, and neq of it IS NOT NULL', async () => {
    const count = async (predicate: unknown[]) => itemsOf(await ask({ predicate })).length
    expect(await count(['eq', path('text'), null])).toBe(0)
    expect(await count(['eq', null, path('text')])).toBe(0)
    expect(await count(['neq', path('text'), null])).toBe(3)
    expect(await count(['neq', null, path('text')])).toBe(3)
  })

  it('§5.3 [Q] tables that are no record types are not to be queried', async () => {
    for (const hidden of ['_core_user', '_auth', '_password', '_role'])
      expectFailure(await query(demo, hidden, { key: demo.master_key }), 108, { arguments: ['record_type'] })
  })
})

describe('record:fetch', () => {
  const fetch = (ids: unknown) => call(demo, 'record:fetch', { ids })

  it('§5.5 answers in the order of the ids, also the same id twice, and 110 for what is not there', async () => {
    const [one, two, none, never] = [`${type}/1`, `${type}/2`, `${type}/none`, `${unique('never')}/1`]
    const items = itemsOf(await fetch([two, none, one, never, two]))
    expect(items.map((item) => item['_id'])).toEqual([two, none, one, never, two])
    expect([items[1], items[3]]).toEqual([errorItem(110, none), errorItem(110, never)])
    expect([items[0], items[2]]).toMatchObject([{ no: 2 }, { no: 1 }])
    expect(items[4]).toEqual(items[0])
  })

  it('§5.5 needs ids, each with a slash: 108', async () => {
    expectFailure(await call(demo, 'record:fetch'), 108, { arguments: ['ids'] })
    expectFailure(await fetch([]), 108, { arguments: ['ids'] })
    expectFailure(await fetch([`${type}/1`, 'noslash']), 108, { arguments: ['ids'] })
  })

  it('§1.3 refuses ids of a wrong type with 107/400', async () => {
    expectFailure(await fetch(`${type}/1`), 107, { arguments: ['ids'] })
    expectFailure(await fetch([1]), 107, { arguments: ['ids'] })
  })
})
