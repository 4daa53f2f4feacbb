import { beforeAll, describe, expect, it } from 'vitest'
import { itemsOf, OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'
import { firstOf, recordsOf } from './records.ts'

const GOOD = { _id: 'note/good', n: 1 }

describe('a record that is saved alone', () => {
  let app: TestApp
  let ana: ReturnType<typeof recordsOf>
  let bob: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    ana = recordsOf(app, await app.guest())
    bob = recordsOf(app, await app.guest())
    await ana.save({
      ...GOOD,
      text: 'good',
      is: true,
      at: { $type: 'date', $date: '2026-11-20T00:00:00Z' },
      place: { $type: 'geo', $lat: 22, $lng: 114 },
      data: { a: [1, { b: null }] },
      list: [1, 'two'],
      seq: { $type: 'seq' },
      to: { $type: 'ref', $id: 'note/good' },
    })
    await ana.save({ _id: 'note/closed', _access: [], n: 1 })
    await ana.save({ _id: 'note/private', n: 1 }, { database_id: '_private' })
  })

  it('is stored in one trip, and answered as it is read afterwards, whatever its values are', async () => {
    const record = {
      _id: 'note/all',
      text: "it's \\ {'quoted'} \u{1F600} $1",
      n: -0.5,
      is: false,
      at: { $type: 'date', $date: '1999-12-31T23:59:59.123Z' },
      place: { $type: 'geo', $lat: -1.5, $lng: 180 },
      data: { '': [null, 1e21, '{}'] },
      list: [],
      to: { $type: 'ref', $id: 'note/good' },
    }
    const saved = await ana.save(record)
    expect(outcome(saved)).toMatchObject({ ...OK, trips: 1 })
    expect(firstOf(saved)).toMatchObject(record)
    expect(firstOf(await ana.fetch(['note/all']))).toEqual(firstOf(saved))
  })

  it('keeps what is not sent, and loses what is sent as null', async () => {
    await ana.save({ _id: 'note/merged', text: 'old', n: 1, data: { a: 1 }, _access: [] })
    const merged = firstOf(await ana.save({ _id: 'note/merged', text: 'new', data: null }))
    expect(merged).toMatchObject({ text: 'new', n: 1, _access: [] })
    expect(merged).not.toHaveProperty('data')
  })

  const refusals: readonly [string, Json][] = [
    ['a record that is not the user’s to write', { _id: 'note/closed', n: 2 }],
    ['an id that is taken in another’s private database', { _id: 'note/private', n: 2 }],
    ['a reference to nothing', { _id: 'note/x', to: { $type: 'ref', $id: 'note/nowhere' } }],
    [
      'a reference into another’s private database',
      { _id: 'note/x', to: { $type: 'ref', $id: 'note/private' } },
    ],
    ['a number that the column cannot hold', { _id: 'note/x', seq: 1e19 }],
  ]
  it.each(refusals)('is refused as among others: %s', async (_, record) => {
    const [alone] = itemsOf(await bob.save(record))
    const [among] = itemsOf(await bob.save([record, GOOD]))
    expect(alone).toMatchObject({ _type: 'error' })
    expect(alone).toEqual(among)
    const atomicAlone = await bob.save(record, { atomic: true })
    expect(atomicAlone.status).not.toBe(200)
    expect(atomicAlone.json).toEqual((await bob.save([record, GOOD], { atomic: true })).json)
    expect(itemsOf(await ana.fetch(['note/x']))[0]).toMatchObject({ _type: 'error' })
  })
})
