import { beforeAll, describe, expect, it } from 'vitest'
import {
  itemsOf,
  keypath,
  OK,
  outcome,
  testApp,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { recordsOf } from './records.ts'

const date = ($date: string) => ({ $type: 'date', $date })
const geo = ($lng: number, $lat: number) => ({ $type: 'geo', $lng, $lat })
const ref = ($id: string) => ({ $type: 'ref', $id })

describe('the predicates of record:query', () => {
  let app: TestApp
  let ana: TestUser
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    as = recordsOf(app, ana)
    await as.save([{ _id: 'cat/1' }, { _id: 'cat/2' }])
    await as.save([
      {
        _id: 't/a',
        s: 'Apple',
        n: 1,
        b: true,
        d: date('2019-01-01T00:00:00Z'),
        g: geo(1, 1),
        k: ref('cat/1'),
        q: { $type: 'seq' },
        j: [1],
      },
      {
        _id: 't/b',
        s: 'banana',
        n: 2,
        b: false,
        d: date('2020-01-01T00:00:00Z'),
        g: geo(2, 2),
        k: ref('cat/2'),
        j: { a: 1 },
      },
      {
        _id: 't/c',
        s: 'apple_pie',
        n: 2.5,
        b: true,
        d: date('2021-01-01T00:00:00.000001Z'),
        g: geo(3, 3),
        k: ref('cat/1'),
      },
      { _id: 't/z' },
    ])
    await app.sql(`alter table ${app.table('t')} add column i integer`)
    await as.save([
      { _id: 't/a', i: 1 },
      { _id: 't/b', i: 2 },
    ])
  })
  const find = async (predicate: unknown) => {
    const answer = await as.query('t', { predicate, sort: [[keypath('_id'), 'asc']] })
    expect(outcome(answer), answer.text).toEqual(OK)
    return itemsOf(answer)
      .map(({ _id }) => String(_id).slice(2))
      .join('')
  }
  const [s, n, b, d, g, k, q, j, i] = 'snbdgkqji'.split('').map(keypath)

  const comparisons: readonly [unknown[], string][] = [
    [['eq', s, 'Apple'], 'a'],
    [['eq', 'Apple', s], 'a'],
    [['eq', s, 'apple'], ''],
    [['neq', s, 'Apple'], 'bc'],
    [['gt', s, 'apple'], 'bc'],
    [['lt', s, 'b'], 'ac'],
    [['like', s, 'a%'], 'c'],
    [['like', s, '_pple'], 'a'],
    [['like', s, 'apple\\_%'], 'c'],
    [['ilike', s, 'APPLE%'], 'ac'],
    [['not', ['like', s, '%an%']], 'ac'],
    [['in', s, ['Apple', 'banana', 'x']], 'ab'],
    [['eq', n, 2], 'b'],
    [['neq', n, 2], 'ac'],
    [['gt', n, 1], 'bc'],
    [['gte', n, 2], 'bc'],
    [['lt', n, 2.5], 'ab'],
    [['lte', n, 2.5], 'abc'],
    [['lt', 2, n], 'c'],
    [['in', n, [1, 2.5]], 'ac'],
    [['eq', b, true], 'ac'],
    [['neq', b, true], 'b'],
    [['in', b, [false]], 'b'],
    [['eq', d, date('2019-01-01T01:00:00+01:00')], 'a'],
    [['neq', d, date('2019-01-01T00:00:00Z')], 'bc'],
    [['gt', d, date('2021-01-01T00:00:00Z')], 'c'],
    [['lte', d, date('2020-01-01T00:00:00Z')], 'ab'],
    [['in', d, [date('2019-01-01T00:00:00Z'), date('2020-01-01T00:00:00.000Z')]], 'ab'],
    [['eq', g, geo(2, 2)], 'b'],
    [['neq', g, geo(2, 2)], 'ac'],
    [['eq', k, ref('cat/1')], 'ac'],
    [['eq', k, '1'], 'ac'],
    [['neq', k, ref('cat/1')], 'b'],
    [['in', k, [ref('cat/2'), ref('cat/9')]], 'b'],
    [['in', k, ['2']], 'b'],
    [['gte', q, 1], 'abcz'],
    [['eq', i, 2], 'b'],
    [['lt', i, 1.5], 'a'],
    [['in', i, [1, 1.5]], 'a'],
    [['eq', n, i], 'ab'],
    [['eq', 1, 1], 'abcz'],
    [['eq', 'x', 'y'], ''],
  ]
  it.each(comparisons)('find by %j the records %j', async (predicate, expected) => {
    expect(await find(predicate)).toBe(expected)
  })

  it('order a sequence as a number', async () => {
    const [first] = itemsOf(await as.fetch(['t/a']))
    expect(await find(['lte', q, first?.['q']])).toContain('a')
    expect(await find(['lt', q, 0])).toBe('')
  })

  const nulls: readonly [unknown[], string][] = [
    [['eq', s, null], 'z'],
    [['eq', null, s], 'z'],
    [['neq', s, null], 'abc'],
    [['eq', j, null], 'cz'],
    [['neq', g, null], 'abc'],
    [['neq', k, null], 'abc'],
    [['not', ['eq', s, 'Apple']], 'bc'],
    [['not', ['gt', n, 1]], 'a'],
    [['or', ['eq', s, null], ['eq', s, 'Apple']], 'az'],
    [['in', s, ['Apple', null]], 'a'],
    [['in', s, []], ''],
    [['not', ['in', s, []]], ''],
    [['not', ['in', s, ['Apple']]], 'bc'],
    [['gt', n, null], ''],
    [['not', ['gt', n, null]], ''],
    [['eq', null, null], 'abcz'],
    [['neq', null, null], ''],
    [['eq', 'x', null], ''],
    [['not', ['eq', g, geo(2, 2)]], 'ac'],
  ]
  it.each(nulls)('with nulls, find by %j the records %j', async (predicate, expected) => {
    expect(await find(predicate)).toBe(expected)
  })

  const combinations: readonly [unknown[], string][] = [
    [['and', ['eq', b, true], ['gt', n, 1]], 'c'],
    [['or', ['eq', n, 1], ['eq', n, 2], ['eq', n, 9]], 'ab'],
    [['and', ['eq', b, true]], 'ac'],
    [['not', ['not', ['eq', n, 1]]], 'a'],
    [['not', ['or', ['eq', n, 1], ['eq', n, 2]]], 'c'],
    [['and', ['or', ['eq', n, 1], ['eq', n, 2]], ['not', ['eq', b, true]]], 'b'],
    [['or', ['and', ['eq', n, 1], ['eq', b, false]], ['eq', n, 2]], 'b'],
  ]
  it.each(combinations)('combine: by %j the records %j', async (predicate, expected) => {
    expect(await find(predicate)).toBe(expected)
  })

  it('know the reserved fields', async () => {
    const at = date('2019-01-01T00:00:00Z')
    const [record] = itemsOf(await as.fetch(['t/b']))
    expect(await find(['eq', keypath('_id'), 'b'])).toBe('b')
    expect(await find(['in', keypath('_id'), ['a', 'z']])).toBe('az')
    for (const owner of ['_owner', '_owner_id', '_created_by', '_updated_by']) {
      expect(await find(['eq', keypath(owner), ana.id])).toBe('abcz')
      expect(await find(['eq', keypath(owner), ref(`user/${ana.id}`)])).toBe('abcz')
      expect(await find(['neq', keypath(owner), ana.id])).toBe('')
    }
    expect(await find(['gt', keypath('_created_at'), at])).toBe('abcz')
    expect(await find(['lt', keypath('_updated_at'), at])).toBe('')
    expect(
      await find([
        'and',
        ['eq', keypath('_id'), 'b'],
        ['eq', keypath('_created_at'), date(String(record?.['_created_at']))],
      ]),
    ).toBe('b')
    expect(await find(['eq', keypath('_database_id'), ''])).toBe('abcz')
    expect(await find(['eq', keypath('_access'), null])).toBe('abcz')
  })

  it('ignore case where a username is compared', async () => {
    const body = { records: [{ _id: `user/${ana.id}`, username: 'Ana' }] }
    await app.call('record:save', body, ana)
    for (const predicate of [
      ['eq', keypath('username'), 'ANA'],
      ['in', keypath('username'), ['aNA']],
    ]) {
      const found = await as.query('user', { predicate })
      expect(itemsOf(found)).toMatchObject([{ _id: `user/${ana.id}` }])
    }
  })

  it('are a condition beside the access list, never instead of it', async () => {
    await as.save({ _id: 't/secret', n: 1, _access: [] })
    const answer = await app.call('record:query', {
      record_type: 't',
      predicate: ['or', ['eq', 1, 1], ['eq', 1, 1]],
    })
    expect(itemsOf(answer).map(({ _id }) => _id)).not.toContain('t/secret')
    await as.remove(['t/secret'])
  })

  const impossible: readonly [string, Json][] = [
    ['order places', { predicate: ['gt', g, geo(1, 1)] }],
    ['order lists', { predicate: ['lt', j, [1]] }],
    ['sort by a place', { sort: [[g, 'asc']] }],
    ['find a bad pattern', { predicate: ['like', s, 'App\\'] }],
  ]
  it.each(impossible)('refuse what Postgres cannot do: %s', async (_, asked) => {
    const { status, code } = outcome(await as.query('t', asked))
    expect([400, 501]).toContain(status)
    expect([108, 111, 120]).toContain(code)
  })

  it('find places in a list, or say that they cannot', async () => {
    const answer = await as.query('t', { predicate: ['in', g, [geo(2, 2)]] })
    if (answer.status === 200) expect(itemsOf(answer).map(({ _id }) => _id)).toEqual(['t/b'])
    else expect([111, 120]).toContain(outcome(answer).code)
  })
})
