import { beforeAll, describe, expect, inject, it } from 'vitest'
import { unique } from './client.ts'
import type { App } from './system.ts'
import {
  call,
  type Credentials,
  expectFailure,
  itemsOf,
  type Json,
  query,
  resultOf,
  save,
  signUp,
} from './wire.ts'

const { demo, production } = inject('system')

let inDemo: Credentials
let inProduction: Credentials

beforeAll(async () => {
  inDemo = { token: (await signUp(demo, unique('developer'), 'password')).token }
  inProduction = { token: (await signUp(production, unique('user'), 'password')).token }
})

const one = async (app: App, record: Json, as: Credentials): Promise<Json> => {
  const [item] = itemsOf(await save(app, [record], as))
  if (!item) throw new Error('no item')
  return item
}

describe('in development mode', () => {
  it('§5.10 a first save makes the type, also without fields, and later ones its columns', async () => {
    const type = unique('note')
    const _id = `${type}/1`
    expect(await one(demo, { _id }, inDemo)).toMatchObject({ _id, _type: 'record' })
    expect(await one(demo, { _id, text: 'a' }, inDemo)).toMatchObject({ text: 'a' })
    expect(await one(demo, { _id, flag: true }, inDemo)).toMatchObject({ text: 'a', flag: true })
  })

  it('§5.10 a value of another type than the column’s is 114/409 for the whole request', async () => {
    const type = unique('note')
    await one(demo, { _id: `${type}/1`, size: 1 }, inDemo)
    const records = [{ _id: `${type}/2` }, { _id: `${type}/3`, size: 'large' }]
    expectFailure(await save(demo, records, inDemo), 114)
    expect(itemsOf(await query(demo, type))).toMatchObject([{ _id: `${type}/1`, size: 1 }])
  })

  it('§5.4.4 two items that give one field different types are 114/409', async () => {
    const type = unique('note')
    const records = [
      { _id: `${type}/1`, size: 1 },
      { _id: `${type}/2`, size: 'large' },
    ]
    expectFailure(await save(demo, records, inDemo), 114)
    expect(itemsOf(await query(demo, type))).toEqual([])
  })

  it('§5.10 a reference to a type that is not there is 114/409', async () => {
    const record = { _id: `${unique('note')}/1`, to: { $type: 'ref', $id: `${unique('never')}/1` } }
    expectFailure(await save(demo, [record], inDemo), 114)
  })

  it('§5.10 a sequence numbers the records that were there before it', async () => {
    const type = unique('ticket')
    await save(demo, [{ _id: `${type}/1` }, { _id: `${type}/2` }], inDemo)
    await one(demo, { _id: `${type}/3`, no: { $type: 'seq' } }, inDemo)
    const numbers = itemsOf(await query(demo, type)).map(({ no }) => no)
    expect(numbers.every(Number.isInteger)).toBe(true)
    expect(new Set(numbers).size).toBe(3)
  })

  it('§5.10 a number given to a sequence moves it on, and 1.5 is refused: item 108', async () => {
    const type = unique('ticket')
    await one(demo, { _id: `${type}/1`, no: { $type: 'seq' } }, inDemo)
    expect(await one(demo, { _id: `${type}/2`, no: 1000 }, inDemo)).toMatchObject({ no: 1000 })
    const next = await one(demo, { _id: `${type}/3` }, inDemo)
    expect(next['no']).toBeGreaterThan(1000)
    expect(await one(demo, { _id: `${type}/4`, no: 1.5 }, inDemo)).toMatchObject({
      _type: 'error',
      code: 108,
    })
    expect(await one(demo, { _id: `${type}/5`, no: 1000 }, inDemo)).toMatchObject({
      _type: 'error',
      code: 109,
    })
  })

  it('design §5 many first saves of one new type at once all succeed', async () => {
    const type = unique('rush')
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => save(demo, [{ _id: `${type}/${i}`, [`f${i % 3}`]: i }], inDemo)),
    )
    for (const [i, answer] of answers.entries())
      expect(itemsOf(answer)).toMatchObject([{ _id: `${type}/${i}`, _type: 'record' }])
    expect(itemsOf(await query(demo, type))).toHaveLength(8)
  })
})

describe('in production mode', () => {
  it('§5.10 a client key makes no type: 114/409, and nothing is stored', async () => {
    const type = unique('note')
    expectFailure(await save(production, [{ _id: `${type}/1`, text: 'a' }], inProduction), 114)
    expectFailure(await save(production, [{ _id: `${type}/1` }], inProduction), 114)
    expect(itemsOf(await query(production, type, { key: production.master_key }))).toEqual([])
  })

  it('§5.10 the master key makes types and columns, which the client key then fills', async () => {
    const type = unique('note')
    const master = { key: production.master_key }
    await one(production, { _id: `${type}/1`, text: 'a' }, master)
    const record = { _id: `${type}/2`, text: 'b' }
    expect(await one(production, record, inProduction)).toMatchObject(record)
    expectFailure(await save(production, [{ ...record, size: 1 }], inProduction), 114)
    expect(await one(production, { ...record, size: 1 }, master)).toMatchObject({ ...record, size: 1 })
  })

  it('§4.4 a sign-up with a profile that needs a column is 114/409, and makes no user', async () => {
    const username = unique('late')
    const fields = { auth_data: { username }, password: 'password' }
    const profile = { [unique('field')]: 1 }
    expectFailure(await call(production, 'auth:signup', { ...fields, profile }), 114)
    expectFailure(await call(production, 'auth:login', fields), 105)
    expect(resultOf(await call(production, 'auth:signup', fields))['profile']).toMatchObject({ username })
  })
})
