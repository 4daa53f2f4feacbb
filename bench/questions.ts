import { randomUUID } from 'node:crypto'
import { CATEGORIES, madeRow, ourKey, theirKey, type Table } from './rows.ts'

/** One kind of request, as each system is asked; `i` tells one such request from others. */
export type Question = {
  readonly ours: { readonly action: string; readonly body: (i: number) => object }
  readonly theirs: {
    readonly path: (i: number) => string
    readonly body: (i: number) => object
    readonly status?: number
  }
  /** With five of the app's roles; else with none. */
  readonly withRoles?: true
  readonly creates?: true
  /** What is wanted of the ratio to the peer; else not to be behind. */
  readonly wanted?: number
}
const BATCH = 100
const PAGE = 20

const key = (name: string) => ({ $type: 'keypath', $val: name })
const category = (i: number, isRestricted = false): string =>
  `category ${(i % (CATEGORIES / 2)) + (isRestricted ? CATEGORIES / 2 : 0)}`
const isIn = (name: string) => ['eq', key('category'), name]

/** The questions of the benchmark, of a table. */
export function questionsOf(table: Table): Readonly<Record<string, Question>> {
  const { rows, ours, theirs } = table
  const row = (i: number) => (i * 7919) % rows
  /** One that everybody may read. */
  const open = (i: number) => row(i) - (row(i) % CATEGORIES) + (i % (CATEGORIES / 2))
  const query = (asked: object) => ({ record_type: ours.rows, limit: PAGE, ...asked })
  const find = (asked: object) => ({ _method: 'GET', limit: PAGE, ...asked })
  const newest = { sort: [[key('at'), 'desc']] }
  const path = () => `classes/${theirs.rows}`
  const least = (i: number) => 5 + (i % 100) / 10
  const spot = (i: number) => ({ lng: 114.1 + (i % 800) / 1000, lat: 22.1 + ((i * 7) % 800) / 1000 })
  const ourRow = () => {
    const { at, lng, lat, topic, ...plain } = madeRow(table)
    return {
      _id: `${ours.rows}/${randomUUID()}`,
      ...plain,
      at: { $type: 'date', $date: at },
      place: { $type: 'geo', $lng: lng, $lat: lat },
      topic: { $type: 'ref', $id: `${ours.topics}/${ourKey(topic)}` },
    }
  }
  const theirRow = () => {
    const { at, lng, lat, topic, ...plain } = madeRow(table)
    return {
      ...plain,
      at: { __type: 'Date', iso: at },
      place: { __type: 'GeoPoint', longitude: lng, latitude: lat },
      topic: { __type: 'Pointer', className: theirs.topics, objectId: theirKey(topic) },
    }
  }
  return {
    'read by id': {
      ours: { action: 'record/fetch', body: (i) => ({ ids: [`${ours.rows}/${ourKey(open(i))}`] }) },
      theirs: {
        path: (i) => `classes/${theirs.rows}/${theirKey(open(i))}`,
        body: () => ({ _method: 'GET' }),
      },
    },
    'query of three conditions': {
      ours: {
        action: 'record/query',
        body: (i) =>
          query({
            predicate: ['and', isIn(category(i)), ['eq', key('done'), false], ['gt', key('score'), least(i)]],
            ...newest,
          }),
      },
      theirs: {
        path,
        body: (i) =>
          find({ where: { category: category(i), done: false, score: { $gt: least(i) } }, order: '-at' }),
      },
    },
    'query by roles': {
      withRoles: true,
      ours: {
        action: 'record/query',
        body: (i) => query({ predicate: isIn(category(i, true)), ...newest }),
      },
      theirs: { path, body: (i) => find({ where: { category: category(i, true) }, order: '-at' }) },
    },
    'eager load': {
      wanted: 2,
      ours: {
        action: 'record/query',
        body: (i) => query({ predicate: isIn(category(i)), include: { topic: key('topic') }, ...newest }),
      },
      theirs: {
        path,
        body: (i) => find({ where: { category: category(i) }, order: '-at', include: 'topic' }),
      },
    },
    near: {
      ours: {
        action: 'record/query',
        body: (i) => {
          const { lng, lat } = spot(i)
          return query({
            sort: [[['func', 'distance', key('place'), { $type: 'geo', $lng: lng, $lat: lat }], 'asc']],
          })
        },
      },
      theirs: {
        path,
        body: (i) => {
          const { lng, lat } = spot(i)
          return find({
            where: { place: { $nearSphere: { __type: 'GeoPoint', longitude: lng, latitude: lat } } },
          })
        },
      },
    },
    count: {
      ours: {
        action: 'record/query',
        body: (i) =>
          query({ predicate: ['and', isIn(category(i)), ['eq', key('done'), false]], limit: 0, count: true }),
      },
      theirs: {
        path,
        body: (i) => find({ where: { category: category(i), done: false }, limit: 0, count: 1 }),
      },
    },
    // Last, as they leave rows behind.
    create: {
      creates: true,
      ours: { action: 'record/save', body: () => ({ records: [ourRow()] }) },
      theirs: { path, body: theirRow, status: 201 },
    },
    'create 100': {
      creates: true,
      wanted: 2,
      ours: { action: 'record/save', body: () => ({ records: Array.from({ length: BATCH }, ourRow) }) },
      theirs: {
        path: () => 'batch',
        body: () => ({
          requests: Array.from({ length: BATCH }, () => ({
            method: 'POST',
            path: `/parse/classes/${theirs.rows}`,
            body: theirRow(),
          })),
        }),
      },
    },
  }
}
