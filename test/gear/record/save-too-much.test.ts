import { beforeAll, describe, expect, it } from 'vitest'
import { isOfGiven } from '../../../src/core/fault.ts'
import { codesOf, itemsOf, outcome, testApp, type TestApp } from '../../support/app.ts'
import { recordsOf } from './records.ts'
import { schemasOf } from './schemas.ts'

/** 10 KB that Postgres cannot compress to the 2,704 bytes that an index entry takes. */
const LONG = Array.from({ length: 300 }, () => crypto.randomUUID()).join('')
const TOO_MUCH = { _id: 'note/long', text: LONG }

describe('a text that is too long for the index of its field', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
    await as.save({ _id: 'note/1', text: 'short' })
    await schemasOf(app).index('note', ['text'])
  })
  const others = (text: string) => [{ _id: 'note/1', text }, TOO_MUCH, { _id: 'note/2', text }]
  const texts = async () => itemsOf(await as.fetch(['note/1', 'note/2'])).map(({ text }) => text)

  it('is an error of its record, alone or among others, which are saved: item 108', async () => {
    expect(codesOf(await as.save(TOO_MUCH))).toEqual([108])
    const answer = await as.save(others('saved'))
    expect(outcome(answer)).toEqual({ status: 200, trips: 1 })
    expect(codesOf(answer)).toEqual([null, 108, null])
    expect(await texts()).toEqual(['saved', 'saved'])
  })

  it('is named where all or none are saved: 115', async () => {
    const info = { 'note/long': { name: 'InvalidArgument', code: 108, message: expect.any(String) } }
    for (const records of [others('lost'), [TOO_MUCH]])
      expect(outcome(await as.save(records, { atomic: true }))).toEqual({
        status: 409,
        trips: 1,
        code: 115,
        info,
      })
    expect(await texts()).toEqual(['saved', 'saved'])
  })

  it.each(['22P02', '22003', '23502', '23503', '23505', '54000', '54011', 'SG102', 'SG110'])(
    'is refused as any other record that is to blame itself: SQLSTATE %s',
    async (code) => {
      expect(isOfGiven({ code, message: '' })).toBe(true)
      expect(await stepThatRaises(code)).toMatchObject({ outcome: { error: { code, position: 0 } } })
    },
  )

  it.each(['08006', '25006', '40001', '42703', '53300', '57014', 'XX000'])(
    'is not as what ends the call, whatever records it has: SQLSTATE %s',
    async (code) => {
      expect(isOfGiven({ code, message: '' })).toBe(false)
      await expect(stepThatRaises(code)).rejects.toThrow(code)
    },
  )

  async function stepThatRaises(code: string) {
    const refuse = `select ${app.table('_core_refuse')}('${code}', 'why')`
    const [row] = await app.sql(
      `select outcome from ${app.table('_record_each')}(array[$1], '[{"text": 1, "values": {}}]', false) as outcome`,
      [refuse],
    )
    return row
  }
})

describe('records that are too large to be told together', () => {
  const ids = [1, 2, 3, 4].map((n) => `big/${n}`)
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    const app = await testApp()
    as = recordsOf(app, await app.guest())
    for (const _id of ids) await as.save({ _id, text: 'x'.repeat(6_500_000), n: 0 })
  })

  it('are not read: 108, and fewer are', async () => {
    expect(outcome(await as.query('big'))).toMatchObject({ status: 400, code: 108 })
    expect(itemsOf(await as.query('big', { limit: 3 }))).toHaveLength(3)
    expect(itemsOf(await as.query('big', { desired_keys: ['n'] }))).toHaveLength(4)
  })

  it.each([true, false])(
    'are not saved: 108, and all of them are as they were (atomic: %s)',
    async (atomic) => {
      const changed = ids.slice(0, 2).map((_id) => ({ _id, n: 1 }))
      expect(outcome(await as.save(changed, { atomic }))).toMatchObject({ status: 400, code: 108 })
      const kept = itemsOf(await as.query('big', { desired_keys: ['n'] }))
      expect(kept.map(({ n }) => n)).toEqual([0, 0, 0, 0])
    },
  )
})
