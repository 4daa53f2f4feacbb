import { beforeAll, describe, expect, inject, it } from 'vitest'
import { unique } from './client.ts'
import {
  call,
  type Credentials,
  errorItem,
  errorObject,
  expectFailure,
  itemsOf,
  query,
  save,
  signUp,
} from './wire.ts'

const { demo } = inject('system')

let as: Credentials

beforeAll(async () => {
  as = { token: (await signUp(demo, unique('deleter'), 'password')).token }
})

const remove = (ids: unknown, more = {}) => call(demo, 'record:delete', { ids, ...more }, as)

describe('record:delete', () => {
  it('§5.11 answers {_id, _type} for each record, in order, and 110 for what is not there', async () => {
    const type = unique('note')
    await save(demo, [{ _id: `${type}/1` }, { _id: `${type}/2` }], as)
    const items = itemsOf(await remove([`${type}/2`, `${type}/none`, `${type}/1`, `${type}/2`]))
    expect(items).toEqual([
      { _id: `${type}/2`, _type: 'record' },
      errorItem(110, `${type}/none`),
      { _id: `${type}/1`, _type: 'record' },
      errorItem(110, `${type}/2`),
    ])
    expect(itemsOf(await query(demo, type))).toEqual([])
  })

  it('§5.11 needs ids, each with a slash: 108', async () => {
    expectFailure(await call(demo, 'record:delete', {}, as), 108, { arguments: ['ids'] })
    expectFailure(await remove([]), 108, { arguments: ['ids'] })
    expectFailure(await remove(['note/1', 'noslash']), 108, { arguments: ['ids'] })
    expectFailure(await remove('note/1'), 107, { arguments: ['ids'] })
  })

  it('§5.11 a record that another refers to stays: item 113', async () => {
    const [target, type] = [unique('target'), unique('note')]
    await save(demo, [{ _id: `${target}/1` }], as)
    await save(demo, [{ _id: `${type}/1`, to: { $type: 'ref', $id: `${target}/1` } }], as)
    expect(itemsOf(await remove([`${target}/1`]))).toMatchObject([
      { _id: `${target}/1`, _type: 'error', name: 'ConstraintViolated', code: 113 },
    ])
    expect(itemsOf(await query(demo, target))).toHaveLength(1)
  })

  it('§5.11 atomic: one that is not there keeps all, 115/409', async () => {
    const type = unique('note')
    await save(demo, [{ _id: `${type}/1` }], as)
    const answer = await remove([`${type}/1`, `${type}/none`], { atomic: true })
    expectFailure(answer, 115, { [`${type}/none`]: errorObject(110) })
    expect(itemsOf(await query(demo, type))).toHaveLength(1)
  })

  it('§5.11 deletes in the database it is told, and in no other', async () => {
    const type = unique('note')
    await save(demo, [{ _id: `${type}/1` }], as)
    const answer = await remove([`${type}/1`], { database_id: '_private' })
    expect(itemsOf(answer)).toEqual([errorItem(110, `${type}/1`)])
    expect(itemsOf(await query(demo, type))).toHaveLength(1)
  })
})
