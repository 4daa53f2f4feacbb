import type { Container, Geolocation, Query, RecordClass, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { newUser, unique } from './client.ts'

declare module 'skygear' {
  /** A relation and its direction; `sdk-relation.test.ts` has the rest of it. */
  interface RelationClass {
    readonly name: string
  }
  interface Query {
    readonly hash: string
    caseInsensitiveNotLike(key: string, pattern: string): this
    containsValue(key: string, needle: string): this
    notContainsValue(key: string, needle: string): this
    distanceLessThan(key: string, place: Geolocation, metres: number): this
    distanceGreaterThan(key: string, place: Geolocation, metres: number): this
    havingRelation(key: string, relation: RelationClass): this
    notHavingRelation(key: string, relation: RelationClass): this
    addAscendingByDistance(key: string, place: Geolocation): this
    addDescendingByDistance(key: string, place: Geolocation): this
    transientInclude(key: string, name?: string): this
    transientIncludeDistance(key: string, name: string, place: Geolocation): this
    toJSON(): object
  }
  interface QueryClass {
    and(...queries: readonly Query[]): Query
    clone(query: Query): Query
    fromJSON(json: object): Query
  }
  interface Container {
    readonly Friend: RelationClass
    readonly Follower: RelationClass
    readonly Following: RelationClass
  }
}

const { demo } = inject('system')

let as: Container
let other: Container
let Author: RecordClass
let Book: RecordClass
let dublin: Geolocation
let highbury: Geolocation

beforeAll(async () => {
  as = (await newUser(demo, 'reader')).as
  other = (await newUser(demo, 'other')).as
  Author = as.Record.extend(unique('author'))
  Book = as.Record.extend(unique('book'))
  dublin = new as.Geolocation(53.35, -6.26)
  highbury = new as.Geolocation(51.55, -0.1)
  const [austen, joyce] = [
    new Author({ name: 'Austen', born: highbury }),
    new Author({ name: 'Joyce', born: dublin }),
  ]
  const secret = new Author({ name: 'Anonymous' })
  secret.setPublicNoAccess()
  await as.publicDB.save([austen, joyce, secret])
  const by = (author: SkygearRecord) => ({ author: new as.Reference(author) })
  await as.publicDB.save([
    new Book({ title: 'Emma', tags: ['novel', 'love'], place: highbury, ...by(austen) }),
    new Book({ title: 'Ulysses', tags: ['novel', 'sea'], place: dublin, ...by(joyce) }),
    new Book({ title: 'Dubliners', tags: ['tales'], place: dublin, ...by(joyce) }),
    new Book({ title: 'Beowulf', tags: [], ...by(secret) }),
    new Book({ title: 'Notes' }),
  ])
})

const found = async (query: Query, reader = as) =>
  (await reader.publicDB.query(query)).map((book) => String(book['title']))
const transientOf = (record: SkygearRecord | undefined) => record?.['$transient'] as Record<string, unknown>

describe('a query of the SDK', () => {
  it.each<[string, (query: Query) => Query, string[]]>([
    ['caseInsensitiveNotLike', (q) => q.caseInsensitiveNotLike('title', '%E%'), []],
    [
      'caseInsensitiveNotLike a prefix',
      (q) => q.caseInsensitiveNotLike('title', 'd%'),
      ['Beowulf', 'Emma', 'Notes', 'Ulysses'],
    ],
    ['containsValue', (q) => q.containsValue('tags', 'novel'), ['Emma', 'Ulysses']],
    [
      'notContainsValue leaves NULL out',
      (q) => q.notContainsValue('tags', 'novel'),
      ['Beowulf', 'Dubliners'],
    ],
    ['distanceLessThan', (q) => q.distanceLessThan('place', dublin, 1000), ['Dubliners', 'Ulysses']],
    ['distanceGreaterThan', (q) => q.distanceGreaterThan('place', dublin, 1000), ['Emma']],
    ['havingRelation', (q) => q.havingRelation('_owner', as.Following), []],
    ['havingRelation of friends', (q) => q.havingRelation('_owner', as.Friend), []],
    [
      'notHavingRelation',
      (q) => q.notHavingRelation('_owner', as.Follower),
      ['Beowulf', 'Dubliners', 'Emma', 'Notes', 'Ulysses'],
    ],
    ['a key path through a reference', (q) => q.equalTo('author.name', 'Joyce'), ['Dubliners', 'Ulysses']],
    ['contains by a key path', (q) => q.contains('author.name', ['Austen', 'x']), ['Emma']],
    ['like by a key path', (q) => q.like('author.name', 'A%'), ['Beowulf', 'Emma']],
  ])('§5.7 %s', async (_, condition, expected) => {
    expect((await found(condition(new as.Query(Book)))).toSorted()).toEqual(expected)
  })

  it('§5.7 Query.and finds what all find, however they are combined', async () => {
    const novel = new as.Query(Book).containsValue('tags', 'novel')
    const irish = new as.Query(Book).equalTo('author.name', 'Joyce')
    expect(await found(as.Query.and(novel, irish))).toEqual(['Ulysses'])
    expect(await found(as.Query.and(novel, as.Query.not(irish)))).toEqual(['Emma'])
    expect(
      (
        await found(as.Query.or(as.Query.and(novel, irish), new as.Query(Book).equalTo('title', 'Notes')))
      ).toSorted(),
    ).toEqual(['Notes', 'Ulysses'])
  })

  it('§5.7 a clone, and a query out of JSON, find the same', async () => {
    const query = new as.Query(Book).equalTo('author.name', 'Joyce').addAscending('title')
    const expected = ['Dubliners', 'Ulysses']
    expect(await found(query)).toEqual(expected)
    expect(await found(as.Query.clone(query))).toEqual(expected)
    expect(await found(as.Query.fromJSON(query.toJSON()))).toEqual(expected)
    expect(as.Query.clone(query).hash).toBe(query.hash)
  })

  it('§5.6 sorts by distance, nearest or furthest first', async () => {
    const placed = () => new as.Query(Book).notEqualTo('place', null)
    const near = await found(placed().addAscendingByDistance('place', highbury).addAscending('title'))
    expect(near).toEqual(['Emma', 'Dubliners', 'Ulysses'])
    const far = await found(placed().addDescendingByDistance('place', highbury).addAscending('title'))
    expect(far).toEqual(['Dubliners', 'Ulysses', 'Emma'])
  })

  it('§5.6 transientInclude brings the record that a reference leads to', async () => {
    const query = new as.Query(Book)
      .equalTo('title', 'Emma')
      .transientInclude('author')
      .transientInclude('_owner', 'saver')
    const { author, saver } = transientOf((await as.publicDB.query(query))[0])
    expect(author).toMatchObject({ recordType: Author.recordType, name: 'Austen' })
    expect(saver).toMatchObject({ id: as.auth.currentUser?.id })
  })

  it('§5.6 transientInclude gives null to a reference to nothing, and to what may not be read', async () => {
    const query = new as.Query(Book)
      .contains('title', ['Beowulf', 'Notes'])
      .transientInclude('author', 'by')
      .addAscending('title')
    const [beowulf, notes] = await other.publicDB.query(query)
    expect([transientOf(beowulf)['by'], transientOf(notes)['by']]).toEqual([null, null])
    const [mine] = await as.publicDB.query(query)
    expect(transientOf(mine)['by']).toMatchObject({ name: 'Anonymous' })
  })

  it('§5.6 transientIncludeDistance computes metres, and nothing where there is no place', async () => {
    const query = new as.Query(Book).transientIncludeDistance('place', 'away', dublin).addAscending('title')
    const away = (await as.publicDB.query(query)).map((book) => transientOf(book)['away'])
    expect(away).toEqual([undefined, 0, expect.any(Number), undefined, 0])
    expect(Number(away[2]) / 460_000).toBeCloseTo(1, 1)
  })

  it('a record that may not be read is not to be found by what is in it', async () => {
    const query = new as.Query(Book).equalTo('author.name', 'Anonymous')
    query.overallCount = true
    expect(await found(query)).toEqual(['Beowulf'])
    expect((await other.publicDB.query(query)).overallCount).toBe(0)
  })
})
