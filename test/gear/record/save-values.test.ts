import { beforeAll, describe, expect, it } from 'vitest'
import { itemsOf, outcome, testApp, type Json, type TestApp, type TestUser } from '../../support/app.ts'
import { columnTypes, fieldsOf, firstOf, recordsOf, refused } from './records.ts'

const date = ($date: unknown) => ({ $type: 'date', $date })
const geo = ($lng: unknown, $lat: unknown) => ({ $type: 'geo', $lng, $lat })
const ref = ($id: unknown) => ({ $type: 'ref', $id })

describe('the values of record:save', () => {
  let app: TestApp
  let ana: TestUser
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    as = recordsOf(app, ana)
  })

  it('have a column of their Postgres type each, and come back as they were sent', async () => {
    const record: Json = {
      text: 'Hi',
      count: 1.5,
      done: true,
      tags: ['a', 1, null],
      meta: { a: { b: [] } },
      at: date('2019-01-01T00:00:00.123456Z'),
      spot: geo(114.17, 22.3),
      self: ref('every/1'),
      no: 1,
    }
    const answer = await as.save({ ...record, _id: 'every/1', no: { $type: 'seq' } })
    expect(fieldsOf(firstOf(answer))).toEqual(record)
    expect(fieldsOf(firstOf(await as.fetch(['every/1'])))).toEqual(record)
    expect(fieldsOf(firstOf(await as.query('every')))).toEqual(record)
    expect(await columnTypes(app, 'every')).toEqual({
      _id: 'text',
      _database_id: 'text',
      _owner_id: 'text',
      _access: 'jsonb',
      _created_at: 'timestamp without time zone',
      _created_by: 'text',
      _updated_at: 'timestamp without time zone',
      _updated_by: 'text',
      text: 'text',
      count: 'double precision',
      done: 'boolean',
      tags: 'jsonb',
      meta: 'jsonb',
      at: 'timestamp without time zone',
      spot: 'point',
      self: 'text',
      no: 'integer',
    })
  })

  it.each([0.1, 1e300, -1e-300, 5e-324, 2 ** 53, -(2 ** 53) + 1, 123456789.12345679, 0])(
    'keep the number %d to the last bit',
    async (n) => {
      expect(firstOf(await as.save({ _id: 'number/1', n, list: [n] }))).toMatchObject({ n, list: [n] })
      expect(firstOf(await as.fetch(['number/1']))).toMatchObject({ n, list: [n] })
    },
  )

  it('count minus zero as zero', async () => {
    const answer = await app.call('record:save', '{"records":[{"_id":"number/2","n":-0}]}', ana)
    expect(firstOf(answer)['n'] === 0).toBe(true)
  })

  it('refuse a number that no double holds', async () => {
    const answer = await app.call('record:save', '{"records":[{"_id":"number/3","n":1e400}]}', ana)
    expect(itemsOf(answer)).toMatchObject([refused(108, ['n'])])
  })

  it.each([
    '',
    ' ',
    'null',
    "it's",
    '"',
    '\\',
    '\\u0041',
    '日本語 🦄',
    '\u0001\u001f\u007f\u2028',
    '$1',
    '%s',
    'a\nb\r\n',
  ])('keep the text %j', async (text) => {
    await as.save({ _id: 'text/1', text, list: [text, { [text]: text }] })
    expect(fieldsOf(firstOf(await as.fetch(['text/1'])))).toEqual({ text, list: [text, { [text]: text }] })
  })

  const times: readonly [string, string][] = [
    ['2019-01-01T00:00:00.000Z', '2019-01-01T00:00:00Z'],
    ['2019-01-01T08:30:00.120+08:30', '2019-01-01T00:00:00.12Z'],
    ['2018-12-31T23:59:59.999999-00:01', '2019-01-01T00:00:59.999999Z'],
    ['2019-01-01T00:00:00.1234567Z', '2019-01-01T00:00:00.123456Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['2020-02-29T00:00:00Z', '2020-02-29T00:00:00Z'],
    ['1969-12-31t23:59:59z', '1969-12-31T23:59:59Z'],
  ]
  it.each(times)('bring the time %s back as %s', async (given, normal) => {
    expect(firstOf(await as.save({ _id: 'time/1', at: date(given) }))['at']).toEqual(date(normal))
    expect(firstOf(await as.fetch(['time/1']))['at']).toEqual(date(normal))
  })

  it.each([geo(0, 0), geo(180, 90), geo(-180, -90), geo(114.123456789012, -1e-7)])(
    'keep the place %o',
    async (spot) => {
      expect(firstOf(await as.save({ _id: 'place/1', spot }))['spot']).toEqual(spot)
    },
  )

  it('keep JSON verbatim, tagged values inside it included', async () => {
    const nested = {
      when: date('2019-01-01T00:00:00.000Z'),
      who: ref('every/1'),
      odd: { $type: 5 },
      deep: [[[{}]]],
    }
    const list = [date('not a date'), { $type: 'blob' }, true, [null]]
    await as.save({ _id: 'json/1', nested, list })
    expect(fieldsOf(firstOf(await as.fetch(['json/1'])))).toEqual({ nested, list })
  })

  it.each(['{"a":{"__proto__":{"x":1},"constructor":2,"prototype":3}}', '{"__proto__":[1]}'])(
    'keep the JSON %s as it is, whatever its keys are called',
    async (text) => {
      await app.call('record:save', `{"records":[{"_id":"json/2","nested":${text}}]}`, ana)
      const answer = await as.fetch(['json/2'])
      expect(JSON.parse(answer.text).result[0].nested).toEqual(JSON.parse(text))
    },
  )

  it('keep a column of a type they have no form for, and leave it alone', async () => {
    await as.save({ _id: 'odd/1', a: 1 })
    await app.sql(`alter table ${app.table('odd')} add column price money default 5`)
    const unknown = { $type: 'unknown', $underlying_type: 'money' }
    expect(fieldsOf(firstOf(await as.fetch(['odd/1'])))).toEqual({ a: 1, price: unknown })
    const saved = await as.save({ _id: 'odd/1', a: 2, price: unknown })
    expect(fieldsOf(firstOf(saved))).toEqual({ a: 2, price: unknown })
    expect(await app.sql(`select price::numeric::int as price from ${app.table('odd')}`)).toEqual([
      { price: 5 },
    ])
  })

  const malformed: readonly [string, unknown][] = [
    ['an unknown $type', { $type: 'blob' }],
    ['a $type that is a number', { $type: 1 }],
    ['a $type that is null', { $type: null }],
    ['a key path', { $type: 'keypath', $val: 'a' }],
    ['a date without $date', { $type: 'date' }],
    ['a date that is a number', date(0)],
    ['a date without a zone', date('2019-01-01T00:00:00')],
    ['a day only', date('2019-01-01')],
    ['30 February', date('2019-02-30T00:00:00Z')],
    ['hour 24', date('2019-01-01T24:00:00Z')],
    ['the year 0', date('0000-01-01T00:00:00Z')],
    ['a year of five digits', date('10000-01-01T00:00:00Z')],
    ['infinity', date('infinity')],
    ['a ref without $id', { $type: 'ref' }],
    ['a ref without a slash', ref('every')],
    ['a ref without a key', ref('every/')],
    ['a ref to a reserved type', ref('_core_user/x')],
    ['a geo without numbers', geo('114', '22')],
    ['a longitude of 181', geo(181, 0)],
    ['a latitude of -91', geo(0, -91)],
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', '\ud800'],
    ['NUL deep inside', { a: ['\u0000'] }],
    ['NUL in a key', { '\u0000': 1 }],
    ['half a surrogate pair in a key', [{ '\udc00': 1 }]],
  ]
  it('are refused with 108 naming the field, each on its own, where they are malformed', async () => {
    const answer = await as.save(malformed.map(([, value], i) => ({ _id: `malformed/${i}`, ok: 1, value })))
    expect(outcome(answer)).toEqual({ status: 200, trips: 0 })
    expect(itemsOf(answer).map(({ code, info }, i) => [malformed[i]?.[0], code, info])).toEqual(
      malformed.map(([name]) => [name, 108, { arguments: ['value'] }]),
    )
    expect(itemsOf(await as.query('malformed'))).toEqual([])
  })
})
