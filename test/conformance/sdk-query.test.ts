import type { Container, Query, RecordClass } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { newUser, unique } from './client.ts'

const { demo } = inject('system')

let as: Container
let Book: RecordClass

/** Five books; `pages` and `out` are not known of each. */
const BOOKS = [
  { title: 'Emma', genre: 'novel', pages: 474, lent: true, out: new Date('1815-12-23T00:00:00Z') },
  { title: 'Dubliners', genre: 'tales', pages: 152, lent: false, out: new Date('1914-06-15T00:00:00Z') },
  { title: 'Ulysses', genre: 'novel', pages: 732, lent: false, out: new Date('1922-02-02T00:00:00Z') },
  { title: 'Persuasion', genre: 'novel', pages: 249, lent: true },
  { title: 'Poems 100%', genre: 'verse', lent: false },
]

beforeAll(async () => {
  as = (await newUser(demo, 'reader')).as
  Book = as.Record.extend(unique('book'))
  await as.publicDB.save(BOOKS.map((book) => new Book(book)))
})

const found = async (query: Query) => (await as.publicDB.query(query)).map((book) => String(book['title']))
const titles = async (query: Query) => (await found(query)).toSorted()

describe('a query', () => {
  it.each<[string, (query: Query) => Query, string[]]>([
    ['equalTo a string', (q) => q.equalTo('title', 'Emma'), ['Emma']],
    ['equalTo is case-sensitive', (q) => q.equalTo('title', 'emma'), []],
    ['equalTo a number', (q) => q.equalTo('pages', 732), ['Ulysses']],
    ['equalTo a boolean', (q) => q.equalTo('lent', true), ['Emma', 'Persuasion']],
    ['equalTo a date', (q) => q.equalTo('out', new Date('1922-02-02T00:00:00Z')), ['Ulysses']],
    ['equalTo null', (q) => q.equalTo('pages', null), ['Poems 100%']],
    ['notEqualTo null', (q) => q.notEqualTo('out', null), ['Dubliners', 'Emma', 'Ulysses']],
    ['notEqualTo leaves NULL out', (q) => q.notEqualTo('pages', 474), ['Dubliners', 'Persuasion', 'Ulysses']],
    ['greaterThan', (q) => q.greaterThan('pages', 474), ['Ulysses']],
    ['greaterThanOrEqualTo', (q) => q.greaterThanOrEqualTo('pages', 474), ['Emma', 'Ulysses']],
    ['lessThan', (q) => q.lessThan('pages', 249), ['Dubliners']],
    ['lessThanOrEqualTo', (q) => q.lessThanOrEqualTo('pages', 249), ['Dubliners', 'Persuasion']],
    ['lessThan a date', (q) => q.lessThan('out', new Date('1900-01-01T00:00:00Z')), ['Emma']],
    ['like', (q) => q.like('title', '%s'), ['Dubliners', 'Ulysses']],
    ['like is case-sensitive', (q) => q.like('title', 'e%'), []],
    ['caseInsensitiveLike', (q) => q.caseInsensitiveLike('title', 'E__a'), ['Emma']],
    ['notLike', (q) => q.notLike('title', '%s%'), ['Emma']],
    ['contains', (q) => q.contains('genre', ['tales', 'verse']), ['Dubliners', 'Poems 100%']],
    ['contains in nothing', (q) => q.contains('genre', []), []],
    ['notContains', (q) => q.notContains('genre', ['novel']), ['Dubliners', 'Poems 100%']],
    ['the negation of nothing matches nothing', (q) => q.notContains('genre', []), []],
    [
      'several conditions, all of which hold',
      (q) => q.equalTo('genre', 'novel').equalTo('lent', true).lessThan('pages', 300),
      ['Persuasion'],
    ],
  ])('§5.7 %s', async (_, condition, expected) => {
    expect(await titles(condition(new as.Query(Book)))).toEqual(expected)
  })

  it('§5.7 or finds what either finds', async () => {
    const tales = new as.Query(Book).equalTo('genre', 'tales')
    const long = new as.Query(Book).greaterThan('pages', 700)
    expect(await titles(as.Query.or(tales, long))).toEqual(['Dubliners', 'Ulysses'])
  })

  it('§5.7 not finds the others, but not where the comparison is unknown', async () => {
    const long = new as.Query(Book).greaterThan('pages', 200)
    expect(await titles(as.Query.not(long))).toEqual(['Dubliners'])
  })

  it('§5.7 _owner and _created_at can be asked for', async () => {
    const mine = as.auth.currentUser?._id
    const tomorrow = new Date(Date.now() + 86_400_000)
    expect(await titles(new as.Query(Book).equalTo('_owner', mine))).toHaveLength(BOOKS.length)
    expect(await titles(new as.Query(Book).greaterThan('_created_at', tomorrow))).toEqual([])
  })

  it('§5.7 a value is a value, whatever SQL it looks like', async () => {
    for (const text of [`' or '1'='1`, `Emma' --`, '$1', `"; drop table book; --`])
      expect(await titles(new as.Query(Book).equalTo('title', text))).toEqual([])
    expect(await titles(new as.Query(Book))).toHaveLength(BOOKS.length)
  })

  it('§5.6 sorts ascending with NULL last, and descending with NULL first', async () => {
    const up = await found(new as.Query(Book).addAscending('pages'))
    expect(up).toEqual(['Dubliners', 'Persuasion', 'Emma', 'Ulysses', 'Poems 100%'])
    expect(await found(new as.Query(Book).addDescending('pages'))).toEqual(up.toReversed())
  })

  it('§5.6 sorts by several keys in their order', async () => {
    const query = new as.Query(Book).addAscending('genre').addDescending('title')
    expect(await found(query)).toEqual(['Ulysses', 'Persuasion', 'Emma', 'Dubliners', 'Poems 100%'])
  })

  it('§5.6 limit and offset cut a window out of the sorted records', async () => {
    const query = new as.Query(Book).addAscending('title')
    query.limit = 2
    query.offset = 1
    expect(await found(query)).toEqual(['Emma', 'Persuasion'])
  })

  it('§5.6 [SDK] page counts windows of limit, from 1', async () => {
    const pages = [1, 2, 3, 4].map((page) => {
      const query = new as.Query(Book).addAscending('title')
      query.limit = 2
      query.page = page
      return found(query)
    })
    const sorted = [['Dubliners', 'Emma'], ['Persuasion', 'Poems 100%'], ['Ulysses'], []]
    expect(await Promise.all(pages)).toEqual(sorted)
  })

  it('§5.6 overallCount is the number of all that match, whatever limit and offset', async () => {
    const query = new as.Query(Book).equalTo('genre', 'novel')
    query.limit = 1
    query.offset = 1
    query.overallCount = true
    const result = await as.publicDB.query(query)
    expect([result.length, result.overallCount]).toEqual([1, 3])
    query.overallCount = false
    expect((await as.publicDB.query(query)).overallCount).toBeUndefined()
  })

  it('§13.3 getRecordByID finds a record by its bare key, and rejects where there is none', async () => {
    const [emma] = await as.publicDB.query(new as.Query(Book).equalTo('title', 'Emma'))
    expect((await as.publicDB.getRecordByID(emma?.id ?? ''))['pages']).toBe(474)
    await expect(as.publicDB.getRecordByID(`${Book.recordType}/none`)).rejects.toThrow('does not exist')
  })

  it('§5.6 of an unknown record type finds nothing', async () => {
    expect(await found(new as.Query(as.Record.extend(unique('never'))).equalTo('title', 'x'))).toEqual([])
  })
})
