import { beforeAll, describe, expect, it } from 'vitest'
import {
  itemsOf,
  keypath,
  outcome,
  testApp,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { recordsOf } from './records.ts'

const geo = { $type: 'geo', $lng: 1, $lat: 1 }
const SQL = [
  `x"; drop table "n"; --`,
  `'; drop table n; --`,
  `" or true or "`,
  '$1',
  '%s',
  `_row"."_id`,
  `u0022`,
  '"',
  `n" as x, "user`,
  '${1}',
  `a'::jsonb`,
]

describe('record:query, asked by somebody who means harm,', () => {
  let app: TestApp
  let user: TestUser
  beforeAll(async () => {
    app = await testApp()
    user = await app.guest()
    await recordsOf(app, user).save([{ _id: 'm/1' }])
    await recordsOf(app, user).save([
      { _id: 'n/1', text: 'x', n: 1, spot: geo, list: ['x'], m: { $type: 'ref', $id: 'm/1' } },
    ])
  })
  const ask = (asked: Json) => app.call('record:query', { record_type: 'n', ...asked }, user)
  const stands = async () => expect(itemsOf(await ask({}))).toHaveLength(1)

  const positions: readonly [string, (text: string) => Json][] = [
    ['the type', (record_type) => ({ record_type })],
    ['a key path', (text) => ({ predicate: ['eq', keypath(text), 'x'] })],
    ['a path through a reference', (text) => ({ predicate: ['eq', keypath(`m.${text}`), 'x'] })],
    ['a reference on a path', (text) => ({ predicate: ['eq', keypath(`${text}._id`), 'x'] })],
    ['a value', (text) => ({ predicate: ['eq', keypath('text'), text] })],
    ['a pattern', (text) => ({ predicate: ['like', keypath('text'), text] })],
    ['a list', (text) => ({ predicate: ['in', keypath('text'), [text, text]] })],
    ['a text in a list', (text) => ({ predicate: ['in', text, keypath('list')] })],
    ['a reference', (text) => ({ predicate: ['eq', keypath('m'), { $type: 'ref', $id: `m/${text}` }] })],
    [
      'a relation',
      (text) => ({
        predicate: ['func', 'userRelation', keypath('_owner'), { $type: 'relation', $name: text }],
      }),
    ],
    [
      'a direction',
      (text) => ({
        predicate: [
          'func',
          'userRelation',
          keypath('_owner'),
          { $type: 'relation', $name: '_friend', $direction: text },
        ],
      }),
    ],
    ['a function', (text) => ({ predicate: ['func', text, keypath('spot'), geo] })],
    ['a place', (text) => ({ predicate: ['lt', ['func', 'distance', keypath(text), geo], 1] })],
    ['a sort', (text) => ({ sort: [[keypath(text), 'asc']] })],
    ['an order', (text) => ({ sort: [[keypath('n'), text]] })],
    ['a sort by distance', (text) => ({ sort: [[['func', 'distance', keypath(text), geo], 'asc']] })],
    ['what is included', (text) => ({ include: { x: keypath(text) } })],
    ['the way to it', (text) => ({ include: { x: keypath(`m.${text}`) } })],
    ['its name', (text) => ({ include: { [text]: keypath('m') } })],
    ['a desired key', (text) => ({ desired_keys: [text] })],
    ['the database', (database_id) => ({ database_id })],
  ]
  it.each(positions)('is not to be broken by SQL in %s', async (_, asked) => {
    for (const text of SQL) {
      const answer = await ask(asked(text))
      expect(answer.status, `${text}: ${answer.text}`).toBeLessThan(502)
      expect([200, 400, 403, 501]).toContain(answer.status)
    }
    await stands()
  })

  const terms = (n: number) => Array.from({ length: n }, (_, i) => ['eq', keypath('n'), i])
  const deep = (n: number) =>
    Array.from({ length: n }).reduce<unknown>((inner) => ['not', inner], ['eq', 1, 1])
  const long = (n: number) => Array.from({ length: n }, () => 'm').join('.')
  const many = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i))
  const bombs: readonly [string, Json, number][] = [
    ['a predicate of 499 terms', { predicate: ['or', ...terms(499)] }, 200],
    ['a predicate of 1,000 terms', { predicate: ['or', ...terms(1000)] }, 400],
    ['a predicate 1,000 deep', { predicate: deep(1000) }, 400],
    ['a predicate as deep as JSON may be', { predicate: deep(60) }, 200],
    ['a key path of 10,000 references', { predicate: ['eq', keypath(long(10_000)), 1] }, 400],
    ['an include of 10,000 references', { include: { x: keypath(long(10_000)) } }, 400],
    ['1,000 includes', { include: Object.fromEntries(many(1000, (i) => [`x${i}`, keypath('m')])) }, 400],
    ['32 includes', { include: Object.fromEntries(many(32, (i) => [`x${i}`, keypath('m')])) }, 200],
    ['1,000 sorts', { sort: many(1000, () => [keypath('n'), 'asc']) }, 400],
    ['a list of 100,000', { predicate: ['in', keypath('n'), many(100_000, (i) => i)] }, 200],
    ['100,000 desired keys', { desired_keys: many(100_000, () => 'n') }, 200],
    ['an offset beyond everything', { offset: Number.MAX_SAFE_INTEGER, limit: 1, count: true }, 200],
    ['a limit beyond everything', { limit: Number.MAX_SAFE_INTEGER, page: 2 }, 200],
  ]
  it.each(bombs)('is served or refused within bounds: %s', async (_, asked, status) => {
    const answer = await ask(asked)
    expect(answer.status, answer.text.slice(0, 500)).toBe(status)
    expect(answer.trips).toBeLessThanOrEqual(2)
    await stands()
  })

  it('learns nothing by errors: not of a record out of sight whose text is no pattern', async () => {
    const other = recordsOf(app, await app.guest())
    const predicate = ['like', keypath('text'), keypath('pattern')]
    await other.save({ _id: 'n/2', text: 'ab', pattern: 'a\\', _access: [] })
    await other.save({ _id: 'n/3', text: 'ab', pattern: 'a%' })
    const answer = await ask({ predicate })
    expect(itemsOf(answer)).toMatchObject([{ _id: 'n/3' }])
    expect(itemsOf(await other.query('n', { predicate }))).toMatchObject([{ _id: 'n/3' }])
    await other.remove(['n/2', 'n/3'])
  })

  it('reaches no table that is no record type, where an adopted database refers to one', async () => {
    await app.sql(`create table ${app.table('adopted')} (like ${app.table('m')} including all,
      who text references ${app.table('_core_user')} (id))`)
    await app.sql(
      `insert into ${app.table('adopted')} (_id, _database_id, _owner_id, _created_at, _updated_at, who)
       values ('x', '', $1::text, now(), now(), $1::text)`,
      [user.id],
    )
    for (const as of [user, { key: app.masterKey }]) {
      const adopted = (asked: Json) => app.call('record:query', { record_type: 'adopted', ...asked }, as)
      expect(itemsOf(await adopted({ include: { x: keypath('who') } }))).toMatchObject([
        { _id: 'adopted/x', _transient: { x: null } },
      ])
      for (const asked of [
        { predicate: ['eq', keypath('who.id'), user.id] },
        { sort: [[keypath('who.created_at'), 'asc']] },
        { include: { x: keypath('who.id') } },
      ])
        expect(outcome(await adopted(asked))).toMatchObject({ status: 400, code: 120 })
    }
  })

  it('keeps `__proto__` for a name like any other', async () => {
    const body = `{"record_type":"n","include":{"__proto__":{"$type":"keypath","$val":"m"}}}`
    const answer = await app.call('record:query', body, user)
    expect([200, 400]).toContain(answer.status)
    expect(Object.getPrototypeOf(itemsOf(answer)[0] ?? {})).toBe(Object.prototype)
  })
})
