import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { itemsOf, keypath, OK, outcome, testApp, type Json } from '../../support/app.ts'
import { fieldsOf, recordsOf } from './records.ts'

const BATCH = 50
/** Batches of each run: 600 records with up to eight values each. */
const RUNS = 12

const text = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.replaceAll('\u0000', ''))
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)
/** What JSON can say, as it comes back from being said: no -0, no NUL, no half surrogate pairs. */
const json = fc
  .jsonValue({ stringUnit: 'binary' })
  .map((value): unknown => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')))
const list = fc.array(json, { maxLength: 4 })
const object = fc
  .dictionary(text, json, { maxKeys: 4, noNullPrototype: true })
  .filter((value) => !Object.hasOwn(value, '$type'))
const micros = fc.tuple(
  fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  }),
  fc.integer({ min: 0, max: 999_999 }),
)
const date = micros.map(([at, fraction]) => {
  const digits = String(fraction).padStart(6, '0').replace(/0+$/, '')
  return { $type: 'date', $date: `${at.toISOString().slice(0, 19)}${digits && `.${digits}`}Z` }
})
const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((n) => n + 0)
const geo = fc.record(
  { $type: fc.constant('geo'), $lng: degrees(180), $lat: degrees(90) },
  { noNullPrototype: true },
)
const record = fc.record(
  { text, number, flag: fc.boolean(), list, object, date, geo },
  { requiredKeys: [], noNullPrototype: true },
)

describe('any record', () => {
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    const app = await testApp()
    as = recordsOf(app, await app.guest())
  })

  it('comes back from a query exactly as it was saved', async () => {
    let run = 0
    const records = fc.array(record, { minLength: BATCH, maxLength: BATCH })
    // A failure prints the seed and the path that bring it back.
    await fc.assert(
      fc.asyncProperty(records, async (fields: readonly Json[]) => {
        const batch = ++run
        const saved = await as.save(fields.map((own, i) => ({ ...own, batch, _id: `any/${batch}-${i}` })))
        // The first makes the type, with every column: fifty records leave none out.
        expect(outcome(saved)).toEqual(run === 1 ? { status: 200, trips: 2 } : OK)
        const expected = fields.map((own) => ({ ...own, batch }))
        expect(itemsOf(saved).map(fieldsOf)).toEqual(expected)
        const found = await as.query('any', { predicate: ['eq', keypath('batch'), batch] })
        expect(outcome(found)).toEqual(OK)
        const byId = new Map(itemsOf(found).map((item) => [item['_id'], fieldsOf(item)]))
        expect(fields.map((_, i) => byId.get(`any/${batch}-${i}`))).toEqual(expected)
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
  })

  it('is found by each value it has', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(text, number, date, geo, async (...values) => {
        const id = `sought/${++run}`
        const [text, number, date, geo] = values
        await as.save({ _id: id, text, number, date, geo })
        const conditions = Object.entries({ text, number, date, geo }).map(([name, value]) => [
          'eq',
          keypath(name),
          value,
        ])
        const found = await as.query('sought', { predicate: ['and', ...conditions] })
        expect(itemsOf(found).map(({ _id }) => _id)).toContain(id)
      }),
      { numRuns: 50, endOnFailure: true },
    )
  })
})
