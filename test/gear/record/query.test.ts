import { beforeAll, describe, expect, it } from 'vitest'
import {
  codesOf,
  itemsOf,
  keypath,
  OK,
  outcome,
  testApp,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { columnTypes, fieldsOf, idsOf, recordsOf } from './records.ts'

describe('record:query', () => {
  let app: TestApp
  let ana: TestUser
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    as = recordsOf(app, ana)
    await as.save([
      { _id: 'n/a', rank: 3, group: 'x' },
      { _id: 'n/b', rank: 1, group: 'y' },
      { _id: 'n/c', rank: 2, group: 'x' },
      { _id: 'n/d', group: 'y' },
    ])
  })
  const keys = (answer: Awaited<ReturnType<typeof as.query>>) =>
    itemsOf(answer).map(({ _id }) => String(_id).slice(2))
  const by = (name: string, order: unknown = 'asc') => [keypath(name), order]

  it('answers every record of a type, in one round trip, also where the isolate only wrote it before', async () => {
    const answer = await as.query('n')
    expect(outcome(answer)).toEqual(OK)
    expect(keys(answer).toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect(answer.json).not.toHaveProperty('info')
  })

  it('takes a second round trip where an isolate meets a type for the first time', async () => {
    await app.sql(`create table ${app.table('met')} (like ${app.table('n')} including all)`)
    expect(outcome(await as.query('met'))).toEqual({ status: 200, trips: 2 })
    expect(outcome(await as.query('met'))).toEqual(OK)
  })

  it('answers no records to a type that does not exist, whatever is asked, and makes none', async () => {
    const asked = { predicate: ['eq', keypath('x'), 1], sort: [by('y')], count: true }
    const answer = await as.query('nowhere', asked)
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json).toEqual({ result: [], info: { count: 0 } })
    expect(outcome(await as.query('nowhere', asked)), 'nor does it ask twice').toEqual(OK)
    expect(await columnTypes(app, 'nowhere')).toEqual({})
  })

  it('answers what has no order of its own as it was made, and what is made at once by id', async () => {
    for (const ids of [['3', '1'], ['2'], ['9', '0']])
      await as.save(ids.map((id) => ({ _id: `made/${id}`, size: 1 })))
    // Where the rows lie has changed since.
    await app.sql(`update ${app.table('made')} set size = 2 where _id = '1'`)
    const order = async (sort: unknown[] = []) =>
      idsOf(await as.query('made', { sort })).map((id) => id.slice(5))
    expect(await order()).toEqual(['1', '3', '2', '0', '9'])
    expect(await order([by('_created_at', 'desc')])).toEqual(['9', '0', '2', '3', '1'])
    expect(await order([by('_owner_id')])).toEqual(['0', '1', '2', '3', '9'])
    expect(await order([by('_owner_id', 'desc')])).toEqual(['9', '3', '2', '1', '0'])
  })

  it('has an index for the order in which records were made, whatever the type is called', async () => {
    const types = ['plain', 'p'.repeat(63), '語'.repeat(21)]
    for (const type of types) await as.save({ _id: `${type}/1` })
    const made = await app.sql(
      `select tablename from pg_indexes where schemaname = $1 and indexname like '\\_created\\_at\\_%'
        and indexdef like '%(_created_at)' order by 1`,
      [app.schema],
    )
    expect(made.map(({ tablename }) => tablename)).toEqual(expect.arrayContaining([...types, 'user']))
  })

  const sorts: readonly [string, unknown[], string[]][] = [
    ['ascending, nulls last', [by('rank')], ['b', 'c', 'a', 'd']],
    ['descending, nulls first', [by('rank', 'desc')], ['d', 'a', 'c', 'b']],
    ['by several fields', [by('group', 'desc'), by('rank', 'desc')], ['d', 'b', 'a', 'c']],
    ['by a reserved field', [by('_id', 'desc')], ['d', 'c', 'b', 'a']],
    ['by the creator and then the id', [by('_created_by'), by('_id')], ['a', 'b', 'c', 'd']],
  ]
  it.each(sorts)('sorts %s', async (_, sort, expected) => {
    const answer = await as.query('n', { sort })
    expect(outcome(answer)).toEqual(OK)
    expect(keys(answer)).toEqual(expected)
  })

  const pages: readonly [object, string[]][] = [
    [{ limit: 2 }, ['a', 'b']],
    [{ limit: 2, offset: 1 }, ['b', 'c']],
    [{ offset: 3 }, ['d']],
    [{ offset: 9 }, []],
    [{ limit: 0 }, []],
    [{ limit: 2, page: 1 }, ['a', 'b']],
    [{ limit: 2, page: 2 }, ['c', 'd']],
    [{ limit: 2, page: 2, offset: 0 }, ['c', 'd']],
    [{ limit: 2, page: 2, offset: 1 }, ['b', 'c']],
    [{ limit: '1', offset: '1', count: 'yes', include: [] }, ['a', 'b', 'c', 'd']],
    [
      { limit: null, offset: null, page: null, count: null, include: null, sort: [by('_id')] },
      ['a', 'b', 'c', 'd'],
    ],
    [{ limit: 1.5, offset: -1 }, ['a', 'b', 'c', 'd']],
  ]
  it.each(pages)('answers the page %j', async (page, expected) => {
    const answer = await as.query('n', { sort: [by('_id')], ...page })
    expect(outcome(answer)).toEqual(OK)
    expect(keys(answer)).toEqual(expected)
  })

  it('counts what matches, whatever the page', async () => {
    const asked = { predicate: ['eq', keypath('group'), 'x'], count: true }
    for (const page of [{}, { limit: 0 }, { limit: 1 }, { offset: 5 }]) {
      const answer = await as.query('n', { ...asked, ...page })
      expect([outcome(answer), answer.json['info']]).toEqual([OK, { count: 2 }])
    }
  })

  const malformed: readonly [string, Json, readonly string[]][] = [
    ['record_type is missing', {}, ['record_type']],
    ['record_type is null', { record_type: null }, ['record_type']],
    ['record_type is empty', { record_type: '' }, ['record_type']],
    ['record_type is a number', { record_type: 1 }, ['record_type']],
    ['record_type is a list', { record_type: ['n'] }, ['record_type']],
    ['predicate is an object', { record_type: 'n', predicate: {} }, ['predicate']],
    ['predicate is a text', { record_type: 'n', predicate: 'eq' }, ['predicate']],
    ['predicate is empty', { record_type: 'n', predicate: [] }, ['predicate']],
    ['predicate has only an operator', { record_type: 'n', predicate: ['and'] }, ['predicate']],
    [
      'an operator is unknown',
      { record_type: 'n', predicate: ['contains', keypath('group'), 'x'] },
      ['predicate'],
    ],
    ['an operator is a number', { record_type: 'n', predicate: [1, keypath('group'), 'x'] }, ['predicate']],
    [
      'an operator is called as a property of objects',
      { record_type: 'n', predicate: ['constructor', 1, 1] },
      ['predicate'],
    ],
    ['a comparison has one side', { record_type: 'n', predicate: ['eq', keypath('group')] }, ['predicate']],
    ['a comparison has three sides', { record_type: 'n', predicate: ['eq', 1, 1, 1] }, ['predicate']],
    ['and holds a text', { record_type: 'n', predicate: ['and', 'x'] }, ['predicate']],
    ['not holds a key path', { record_type: 'n', predicate: ['not', keypath('group')] }, ['predicate']],
    [
      'a literal has an unknown $type',
      { record_type: 'n', predicate: ['eq', keypath('rank'), { $type: 'blob' }] },
      ['predicate'],
    ],
    [
      'a literal is a malformed date',
      { record_type: 'n', predicate: ['eq', keypath('rank'), { $type: 'date' }] },
      ['predicate'],
    ],
    [
      'a literal holds NUL',
      { record_type: 'n', predicate: ['eq', keypath('group'), '\u0000'] },
      ['predicate'],
    ],
    [
      'a member of in holds NUL',
      { record_type: 'n', predicate: ['in', keypath('group'), ['\u0000']] },
      ['predicate'],
    ],
    ['a key path is empty', { record_type: 'n', predicate: ['eq', keypath(''), 1] }, ['predicate']],
    [
      'there are more than 500 operators',
      {
        record_type: 'n',
        predicate: ['or', ...Array.from({ length: 500 }, () => ['eq', keypath('rank'), 1])],
      },
      ['predicate'],
    ],
    ['sort is an object', { record_type: 'n', sort: {} }, ['sort']],
    ['sort is a text', { record_type: 'n', sort: 'rank' }, ['sort']],
    ['sort holds a key path', { record_type: 'n', sort: [keypath('rank')] }, ['sort']],
    ['an order is unknown', { record_type: 'n', sort: [by('rank', 'up')] }, ['sort']],
    ['an order is SQL', { record_type: 'n', sort: [by('rank', 'asc; drop table n')] }, ['sort']],
    ['an order is missing', { record_type: 'n', sort: [[keypath('rank')]] }, ['sort']],
    [
      'a sort is by an unknown function',
      { record_type: 'n', sort: [[['func', 'distance', keypath('x'), {}], 'asc']] },
      ['sort'],
    ],
    ['what is included is a literal', { record_type: 'n', include: { x: 1 } }, ['include']],
    ['a sort is by a literal', { record_type: 'n', sort: [['rank', 'asc']] }, ['sort']],
    ['desired_keys is a text', { record_type: 'n', desired_keys: 'rank' }, ['desired_keys']],
    ['desired_keys holds a number', { record_type: 'n', desired_keys: [1] }, ['desired_keys']],
    ['the database is unknown', { record_type: 'n', database_id: '_x' }, ['database_id']],
  ]
  it.each(malformed)('refuses with 108 before the database where %s', async (_, body, args) => {
    const answer = await app.call('record:query', body, ana)
    expect(outcome(answer)).toEqual({ status: 400, trips: 0, code: 108, info: { arguments: args } })
  })

  const invalid: readonly [string, Json][] = [
    ['a field is unknown', { predicate: ['eq', keypath('nope'), 1] }],
    ['a reserved field is unknown', { predicate: ['eq', keypath('_nope'), 1] }],
    ['a field is a property of objects', { predicate: ['eq', keypath('constructor'), 1] }],
    ['a field is __proto__', { predicate: ['eq', keypath('__proto__'), 1] }],
    ['a field is SQL', { predicate: ['eq', keypath(`rank" or true or "rank`), 1] }],
    ['a field holds NUL', { predicate: ['eq', keypath('rank\u0000'), 1] }],
    ['a path goes through a field that is no reference', { predicate: ['eq', keypath('group.x'), 1] }],
    ['a path has three parts', { predicate: ['eq', keypath('a.b.c'), 1] }],
    ['a sort field is unknown', { sort: [by('nope')] }],
    ['a sort field is SQL', { sort: [by(`rank" desc, "group`)] }],
    [
      'an unknown field is deep inside',
      { predicate: ['not', ['or', ['eq', 1, 1], ['in', keypath('nope'), [1]]]] },
    ],
    ['a number is compared with a text', { predicate: ['eq', keypath('rank'), 'x'] }],
    ['a text is compared with a number', { predicate: ['gt', keypath('group'), 1] }],
    ['a text is compared with a boolean', { predicate: ['eq', keypath('group'), true] }],
    [
      'a number is compared with a time',
      { predicate: ['lt', keypath('rank'), { $type: 'date', $date: '2019-01-01T00:00:00Z' }] },
    ],
    ['a time is compared with a text', { predicate: ['lt', keypath('_created_at'), '2019-01-01T00:00:00Z'] }],
    ['a number is like a text', { predicate: ['like', keypath('rank'), '%'] }],
    ['a relation is malformed', { predicate: ['func', 'userRelation', keypath('_owner'), {}] }],
    ['a field that should hold a list is a text', { predicate: ['in', 'x', keypath('group')] }],
    ['a list has members of another type', { predicate: ['in', keypath('rank'), [1, 'x']] }],
  ]
  it.each(invalid)('refuses with 120 where %s', async (_, asked) => {
    expect(outcome(await as.query('n', asked))).toMatchObject({ status: 400, code: 120 })
    expect(keys(await as.query('n')), 'and the table is there').toHaveLength(4)
  })

  const unsupported: readonly [string, Json][] = [
    ['a distance alone', { predicate: ['func', 'distance', keypath('x'), {}] }],
    ['a text in a text', { predicate: ['in', 'x', 'xyz'] }],
    ['a comparison with a list', { predicate: ['eq', keypath('group'), ['x']] }],
    ['a comparison of an access list', { predicate: ['eq', keypath('_access'), []] }],
  ]
  it.each(unsupported)('says that it does not support %s', async (_, asked) => {
    const answer = await as.query('n', asked)
    expect(outcome(answer)).toMatchObject({ status: 501, code: 111 })
  })

  it('escapes what it finds and never runs it', async () => {
    const text = `'; delete from "n"; -- \\' " $1 %`
    await as.save({ _id: 'evil/1', text })
    for (const [operator, value] of [
      ['eq', text],
      ['in', [text, 'x']],
      ['like', `%delete from "n"%`],
    ] as const)
      expect(
        itemsOf(await as.query('evil', { predicate: [operator, keypath('text'), value] })).map(fieldsOf),
      ).toEqual([{ text }])
    for (const record_type of [`n"; drop table "n"; --`, `n where true; --`, `n" r, "evil`])
      expect(itemsOf(await as.query(record_type))).toEqual([])
    expect(codesOf(await as.fetch(['n/a', 'evil/1']))).toEqual([null, null])
  })
})
