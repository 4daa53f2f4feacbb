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
import { idsOf, recordsOf } from './records.ts'

const ref = ($id: string) => ({ $type: 'ref', $id })

describe('key paths through references, and what a query includes', () => {
  let app: TestApp
  let ana: TestUser
  let bo: TestUser
  beforeAll(async () => {
    app = await testApp()
    ana = await app.signUp('ana')
    bo = await app.guest()
    const { save } = recordsOf(app, ana)
    await save([
      { _id: 'country/jp', name: 'Japan' },
      { _id: 'country/fr', name: 'France' },
      { _id: 'country/secret', name: 'Atlantis', _access: [] },
    ])
    await save([
      { _id: 'city/tokyo', name: 'Tokyo', country: ref('country/jp') },
      { _id: 'city/paris', name: 'Paris', country: ref('country/fr') },
      { _id: 'city/lost', name: 'Lost', country: ref('country/secret') },
      { _id: 'city/hidden', name: 'Hidden', country: ref('country/jp'), _access: [] },
    ])
    await save([
      { _id: 'trip/1', city: ref('city/tokyo'), next: ref('city/paris') },
      { _id: 'trip/2', city: ref('city/paris') },
      { _id: 'trip/3', city: ref('city/hidden') },
      { _id: 'trip/4', city: ref('city/lost') },
      { _id: 'trip/5' },
    ])
  })
  const ask = (asked: Json, as: TestUser | {} = bo) =>
    recordsOf(app, as).query('trip', { sort: [[keypath('_id'), 'asc']], ...asked })
  const found = async (predicate: readonly unknown[], as?: TestUser) => {
    const answer = await ask({ predicate }, as)
    expect(outcome(answer), answer.text).toMatchObject({ status: 200 })
    return idsOf(answer).map((id) => id.slice(5))
  }
  const transients = async (include: Json, as?: TestUser) => {
    const answer = await ask({ include }, as)
    expect(outcome(answer), answer.text).toMatchObject({ status: 200 })
    return itemsOf(answer).map((record) => record['_transient'] as Json)
  }

  it('finds by a field of the record that a reference leads to', async () => {
    expect(await found(['eq', keypath('city.name'), 'Tokyo'])).toEqual(['1'])
    expect(await found(['in', keypath('city.name'), ['Tokyo', 'Paris']])).toEqual(['1', '2'])
    expect(
      await found(['or', ['eq', keypath('city.name'), 'x'], ['eq', keypath('next.name'), 'Paris']]),
    ).toEqual(['1'])
  })

  it('follows more than one reference, up to four', async () => {
    expect(await found(['eq', keypath('city.country.name'), 'France'])).toEqual(['2'])
    expect(await found(['eq', keypath('city.country._owner.username'), 'ana'])).toEqual(['1', '2'])
    const long = await ask({
      predicate: ['eq', keypath('city.country._owner._owner._owner.username'), 'ana'],
    })
    expect(outcome(long)).toMatchObject({ status: 400, code: 120 })
  })

  it('takes a reference to nothing, and to what the reader may not read, for null', async () => {
    expect(await found(['eq', keypath('city.name'), null])).toEqual(['3', '5'])
    expect(await found(['neq', keypath('city.name'), 'Tokyo'])).toEqual(['2', '4'])
    expect(await found(['eq', keypath('city.country.name'), null])).toEqual(['3', '4', '5'])
    expect(await found(['eq', keypath('city.name'), 'Hidden'])).toEqual([])
    expect(await found(['eq', keypath('city.name'), 'Hidden'], ana)).toEqual(['3'])
  })

  it('counts no more than it finds of what the reader may not read', async () => {
    const answer = await ask({ predicate: ['eq', keypath('city.name'), 'Hidden'], count: true, limit: 1 })
    expect(answer.json).toEqual({ result: [], info: { count: 0 } })
  })

  it('sorts by a field behind a reference, what may not be read as null', async () => {
    const answer = await ask({
      sort: [
        [keypath('city.name'), 'asc'],
        [keypath('_id'), 'asc'],
      ],
    })
    expect([outcome(answer), idsOf(answer)]).toEqual([OK, ['trip/4', 'trip/2', 'trip/1', 'trip/3', 'trip/5']])
  })

  it('includes the record behind a reference, whole, and null where there is none to be read', async () => {
    const [one, , three, , five] = await transients({ where: keypath('city') })
    const [tokyo] = itemsOf(await recordsOf(app, bo).fetch(['city/tokyo']))
    expect(one).toEqual({ where: tokyo })
    expect([three, five]).toEqual([{ where: null }, { where: null }])
  })

  it('includes several records, nested ones, and the owner', async () => {
    const [first] = await transients({
      city: keypath('city'),
      next: keypath('next'),
      land: keypath('city.country'),
      owner: keypath('_owner'),
      creator: keypath('_created_by'),
    })
    expect(first).toMatchObject({
      city: { _id: 'city/tokyo' },
      next: { _id: 'city/paris' },
      land: { _id: 'country/jp', name: 'Japan' },
      owner: { _id: `user/${ana.id}` },
      creator: { _id: `user/${ana.id}` },
    })
  })

  it('includes nothing of what is behind a record that may not be read', async () => {
    const [, , hidden, lost] = await transients({ land: keypath('city.country') })
    expect([hidden, lost]).toEqual([{ land: null }, { land: null }])
    const [, , shown] = await transients({ land: keypath('city.country') }, ana)
    expect(shown).toMatchObject({ land: { name: 'Japan' } })
  })

  it('gives null for what is no reference, and 120 for what there is not', async () => {
    await recordsOf(app, ana).save({ _id: 'city/paris', motto: 'x' })
    expect(await transients({ id: keypath('_id'), access: keypath('_access') })).toContainEqual({
      id: null,
      access: null,
    })
    expect(outcome(await ask({ include: { x: keypath('nope') } }))).toMatchObject({ status: 400, code: 120 })
    expect(outcome(await ask({ include: { x: keypath('city.nope') } }))).toMatchObject({ code: 120 })
  })

  it('reaches out of a private database to the public one, as far as its user may read', async () => {
    const mine = { database_id: '_private' }
    await recordsOf(app, bo).save(
      [
        { _id: 'trip/p1', city: ref('city/tokyo') },
        { _id: 'trip/p2', city: ref('city/hidden') },
      ],
      mine,
    )
    const answer = await ask({
      ...mine,
      predicate: ['neq', keypath('city.name'), null],
      include: { c: keypath('city') },
    })
    expect(itemsOf(answer)).toMatchObject([{ _id: 'trip/p1', _transient: { c: { name: 'Tokyo' } } }])
    expect(idsOf(await ask({ predicate: ['eq', keypath('city.name'), 'Tokyo'] }))).toEqual(['trip/1'])
  })

  it('makes one round trip, and one more where an isolate meets the types for the first time, however many', async () => {
    const fresh = await testApp()
    const user = await fresh.guest()
    for (const statement of [
      `create table ${fresh.table('c')} (like ${fresh.table('user')} including all)`,
      `create table ${fresh.table('b')} (like ${fresh.table('user')} including all, c text references ${fresh.table('c')} (_id))`,
      `create table ${fresh.table('a')} (like ${fresh.table('user')} including all, b text references ${fresh.table('b')} (_id))`,
    ])
      await fresh.sql(statement)
    const asked = {
      predicate: ['eq', keypath('b.c.username'), null],
      include: { x: keypath('b.c'), o: keypath('_owner') },
    }
    const trips = async () => (await recordsOf(fresh, user).query('a', asked)).trips
    expect([await trips(), await trips()]).toEqual([2, 1])
    await fresh.sql(`alter table ${fresh.table('c')} add column more text`)
    expect([await trips(), await trips()]).toEqual([3, 1])
  })
})

describe('the relations of users in a query', () => {
  it('are with whoever asks: whom they follow, by whom they are followed, or both', async () => {
    const app = await testApp()
    const [ana, bo, cy] = [await app.guest(), await app.guest(), await app.guest()]
    for (const [user, key] of [
      [ana, 'a'],
      [bo, 'b'],
      [cy, 'c'],
    ] as const)
      await recordsOf(app, user).save({ _id: `post/${key}` })
    const follow = `insert into ${app.table('_follow')} values ($1, $2)`
    for (const pair of [
      [ana, bo],
      [bo, ana],
      [cy, ana],
    ] as const)
      await app.sql(
        follow,
        pair.map(({ id }) => id),
      )
    const posts = async (as: TestUser | {}, $direction: string, not = false) => {
      const by = [
        'func',
        'userRelation',
        keypath('_owner'),
        { $type: 'relation', $name: '_follow', $direction },
      ]
      const answer = await recordsOf(app, as).query('post', {
        predicate: not ? ['not', by] : by,
        sort: [[keypath('_id'), 'asc']],
      })
      expect(outcome(answer)).toEqual(OK)
      return idsOf(answer)
        .map((id) => id.slice(5))
        .join('')
    }
    expect([await posts(ana, 'outward'), await posts(ana, 'inward'), await posts(ana, 'mutual')]).toEqual([
      'b',
      'bc',
      'b',
    ])
    expect([await posts(cy, 'outward'), await posts(cy, 'inward'), await posts(cy, '')]).toEqual([
      'a',
      '',
      '',
    ])
    expect([await posts(ana, 'outward', true), await posts({}, 'outward')]).toEqual(['ac', ''])
  })
})
