import { beforeAll, describe, expect, it } from 'vitest'
import {
  itemsOf,
  keypath,
  OK,
  outcome,
  testApp,
  type Credentials,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { fieldsOf, idsOf, recordsOf } from './records.ts'

describe('the fields that record:query answers with', () => {
  it('are those desired, and the reserved ones', async () => {
    const app = await testApp()
    const as = recordsOf(app, await app.guest())
    await as.save({ _id: 'n/1', a: 1, b: 2, c: { $type: 'seq' } })
    const [whole] = itemsOf(await as.query('n'))
    const desired = async (desired_keys: readonly string[]) => {
      const answer = await as.query('n', { desired_keys })
      expect(outcome(answer)).toEqual(OK)
      return itemsOf(answer)[0]
    }
    const { a, b, c, ...reserved } = whole ?? {}
    expect(await desired(['a', 'c', '_id'])).toEqual({ ...reserved, a, c })
    expect(await desired([])).toEqual(reserved)
    expect(b).toBe(2)
    for (const unknown of ['d', 'constructor', `a" from "user`]) {
      const answer = await as.query('n', { desired_keys: ['a', unknown] })
      expect(outcome(answer)).toMatchObject({ status: 400, code: 108, info: { arguments: ['desired_keys'] } })
    }
  })
})

describe('field access in record:query', () => {
  let app: TestApp
  let users: Readonly<Record<'owner' | 'other', TestUser>>
  const viewers = (): Readonly<Record<string, Credentials>> => ({
    ...users,
    anonymous: {},
    master: { key: app.masterKey },
  })
  const rule = (field: string, role: string, modes: string) =>
    app.sql(`insert into ${app.table('_record_field_access')} values ('doc', $1, $2, true, $3, $4, $5)`, [
      field,
      role,
      modes.includes('r'),
      modes.includes('c'),
      modes.includes('d'),
    ])
  beforeAll(async () => {
    app = await testApp()
    users = { owner: await app.guest(), other: await app.guest() }
    await recordsOf(app, users.owner).save([
      {
        _id: 'doc/1',
        open: 1,
        salary: 10,
        email: 'ana@x',
        note: 'n',
        spot: { $type: 'geo', $lng: 1, $lat: 1 },
      },
      { _id: 'doc/2', open: 2 },
    ])
    await recordsOf(app, users.other).save({ _id: 'doc/3', open: 3, salary: 30, email: 'bo@x', note: 'm' })
    await recordsOf(app, users.other).save({ _id: 'link/1', doc: { $type: 'ref', $id: 'doc/1' } })
    await rule('salary', '_owner', 'rcd')
    await rule('spot', '_owner', 'rcd')
    await rule('email', '_any_user', 'd')
    await rule('note', '_any_user', 'r')
  })
  const ask = (viewer: string, asked: Json = {}, type = 'doc') =>
    recordsOf(app, viewers()[viewer]).query(type, { sort: [[keypath('_id'), 'asc']], ...asked })
  const found = async (viewer: string, predicate: readonly unknown[]) => {
    const answer = await ask(viewer, { predicate })
    return answer.status === 200
      ? idsOf(answer)
          .map((id) => id.slice(4))
          .join('')
      : outcome(answer).code
  }

  it('leaves out what may not be read, record by record', async () => {
    const seen = async (viewer: string) =>
      itemsOf(await ask(viewer)).map((record) => Object.keys(fieldsOf(record)).toSorted().join())
    expect(await seen('owner')).toEqual(['note,open,salary,spot', 'open', 'note,open'])
    expect(await seen('other')).toEqual(['note,open', 'open', 'note,open,salary'])
    expect(await seen('anonymous')).toEqual(['open', 'open', 'open'])
    expect((await seen('master'))[0]).toBe('email,note,open,salary,spot')
  })

  it('says nothing of a hidden field by a predicate, its negation or a test for null', async () => {
    for (const predicate of [
      ['gt', keypath('salary'), 1],
      ['eq', keypath('salary'), 10],
      ['neq', keypath('salary'), null],
      ['not', ['eq', keypath('salary'), 30]],
    ])
      expect(await found('owner', predicate)).toBe('1')
    expect(await found('owner', ['eq', keypath('salary'), null])).toBe('2')
    expect(await found('owner', ['or', ['gt', keypath('salary'), 1], ['eq', keypath('open'), 3]])).toBe('13')
    expect(await found('other', ['not', ['gt', keypath('salary'), 1000]])).toBe('3')
  })

  it('refuses with 124 what no record can grant', async () => {
    expect(await found('anonymous', ['eq', keypath('salary'), 10])).toBe(124)
    expect(await found('other', ['gt', keypath('note'), 'a'])).toBe(124)
    expect(outcome(await ask('other', { sort: [[keypath('note'), 'asc']] }))).toMatchObject({
      status: 403,
      code: 124,
    })
    expect(outcome(await ask('anonymous', { include: { x: keypath('salary') } }))).toMatchObject({
      code: 124,
    })
  })

  it('lets a field be found by its value that may be discovered, and no more', async () => {
    expect(await found('other', ['eq', keypath('email'), 'ana@x'])).toBe('1')
    expect(await found('other', ['in', keypath('email'), ['ana@x', 'bo@x']])).toBe('13')
    expect(await found('other', ['and', ['eq', keypath('email'), 'bo@x'], ['gt', keypath('open'), 1]])).toBe(
      '3',
    )
    for (const predicate of [
      ['like', keypath('email'), 'a%'],
      ['neq', keypath('email'), 'x'],
      ['or', ['eq', keypath('email'), 'ana@x']],
      ['not', ['eq', keypath('email'), 'ana@x']],
    ])
      expect(await found('other', predicate)).toBe(124)
  })

  it('neither sorts, nor counts, nor measures by what is hidden', async () => {
    const sorted = await ask('other', {
      sort: [
        [keypath('salary'), 'asc'],
        [keypath('_id'), 'desc'],
      ],
    })
    expect(idsOf(sorted)).toEqual(['doc/3', 'doc/2', 'doc/1'])
    const counted = await ask('other', { predicate: ['gt', keypath('salary'), 0], limit: 0, count: true })
    expect(counted.json['info']).toEqual({ count: 1 })
    const include = { away: ['func', 'distance', keypath('spot'), { $type: 'geo', $lng: 1, $lat: 1 }] }
    const [mine, theirs] = [await ask('owner', { include }), await ask('other', { include })]
    expect(itemsOf(mine)[0]).toMatchObject({ _transient: { away: 0 } })
    expect(theirs.text).not.toContain('_transient')
  })

  it('holds for records that references lead to', async () => {
    const [link] = itemsOf(await ask('other', { include: { doc: keypath('doc') } }, 'link'))
    const included = (link?.['_transient'] as Json | undefined)?.['doc'] as Json
    expect(Object.keys(fieldsOf(included)).toSorted()).toEqual(['note', 'open'])
    const by = async (predicate: readonly unknown[]) =>
      itemsOf(await ask('other', { predicate }, 'link')).length
    expect([await by(['eq', keypath('doc.open'), 1]), await by(['eq', keypath('doc.salary'), 10])]).toEqual([
      1, 0,
    ])
    expect([
      await by(['eq', keypath('doc.salary'), null]),
      await by(['neq', keypath('doc.salary'), null]),
    ]).toEqual([0, 0])
  })
})
