import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, itemsOf, testApp, type Answer, type TestApp, type TestUser } from '../../support/app.ts'
import { columnTypes, fieldsOf, firstOf, recordsOf } from './records.ts'

const CLIENTS = 100

describe('a hundred clients at once', () => {
  let app: TestApp
  let users: readonly TestUser[]
  beforeAll(async () => {
    app = await testApp()
    users = [await app.guest(), await app.guest()]
  })
  /** All at once, half of them in another isolate. */
  const atOnce = (call: (as: ReturnType<typeof recordsOf>, i: number) => Promise<Answer>) => {
    const isolates = [app, app.reopen()]
    return Promise.all(
      Array.from({ length: CLIENTS }, (_, i) =>
        call(recordsOf(isolates[i % 2] ?? app, users[(i >> 1) % 2]), i),
      ),
    )
  }
  const statuses = (answers: readonly Answer[]) => [...new Set(answers.map(({ status }) => status))]
  const count = async (type: string) =>
    (await recordsOf(app, users[0]).query(type, { limit: 0, count: true })).json['info']

  it('all save the first record of a new type', async () => {
    const answers = await atOnce((as, i) => as.save({ _id: `rush/${i}`, n: i }))
    expect(statuses(answers)).toEqual([200])
    expect(answers.flatMap(codesOf).filter((code) => code !== null)).toEqual([])
    expect(await count('rush')).toEqual({ count: CLIENTS })
  })

  it('all save a field of their own into a new type', async () => {
    const answers = await atOnce((as, i) => as.save({ _id: `wide/${i}`, [`f${i}`]: i }))
    expect(statuses(answers)).toEqual([200])
    const stored = itemsOf(await recordsOf(app, users[0]).query('wide'))
    expect(Object.assign({}, ...stored.map(fieldsOf))).toEqual(
      Object.fromEntries(Array.from({ length: CLIENTS }, (_, i) => [`f${i}`, i])),
    )
    expect(Object.keys(await columnTypes(app, 'wide'))).toHaveLength(CLIENTS + 8)
  })

  it('all save the same record, each in one round trip, and its last writer stands whole', async () => {
    await recordsOf(app, users[0]).save({ _id: 'same/1', a: -1, b: -1 })
    const answers = await atOnce((as, i) => as.save({ _id: 'same/1', a: i, b: i }))
    expect(new Set(answers.map(({ trips }) => trips))).toEqual(new Set([1]))
    expect(statuses(answers)).toEqual([200])
    const stored = firstOf(await recordsOf(app, users[0]).query('same'))
    expect(stored['a']).toBe(stored['b'])
    expect(await count('same')).toEqual({ count: 1 })
  })

  it('all get a number of their own from a new sequence', async () => {
    const answers = await atOnce((as, i) => as.save({ _id: `number/${i}`, no: { $type: 'seq' } }))
    expect(statuses(answers)).toEqual([200])
    expect(new Set(answers.flatMap(itemsOf).map(({ no }) => no)).size).toBe(CLIENTS)
  })

  it('all refer to each other’s new types while they are being made', async () => {
    const answers = await atOnce((as, i) =>
      as.save([
        { _id: `${i % 2 ? 'yin' : 'yang'}/${i}`, n: i },
        {
          _id: `${i % 2 ? 'yang' : 'yin'}/x${i}`,
          to: { $type: 'ref', $id: `${i % 2 ? 'yin' : 'yang'}/${i}` },
        },
      ]),
    )
    expect(statuses(answers)).toEqual([200])
    expect(answers.flatMap(codesOf).filter((code) => code !== null)).toEqual([])
  })
})
