import { beforeAll, describe, expect, it } from 'vitest'
import { ask, build, client, planOf, type PlanNode } from './model.fixture.ts'
import { expected } from './oracle.ts'
import { key, type ModelQuery, type ModelType, type World } from './world.ts'

const ROWS = 5000
const LIMIT = 20
const noted: ModelType = {
  name: 'noted',
  fields: { category: 'string', score: 'number', spot: 'location', topic: 'ref(topic)' },
  rows: Array.from({ length: ROWS }, (_, i) => ({
    id: String(i),
    database: '',
    owner: 'u1',
    access: i % 7 === 0 ? [] : null,
    fields: {
      category: `c${i % 10}`,
      score: (i * 7919) % ROWS,
      spot: { $type: 'geo', $lng: (i % 180) - 90, $lat: 1 },
      topic: { $type: 'ref', $id: `topic/${i % 50}` },
    },
  })),
  rules: [],
}
const topic: ModelType = {
  name: 'topic',
  fields: { rank: 'number' },
  rows: Array.from({ length: 49 }, (_, i) => ({
    id: String(i),
    database: '',
    owner: 'u1',
    access: null,
    fields: { rank: i % 7 },
  })),
  rules: [],
}
const world: World = {
  types: new Map([noted, topic].map((type) => [type.name, type])),
  rules: [],
  roles: {},
  follows: [],
}
const viewer = { user: 'u2', isMaster: false, database: '' }
const byId = [key('_id'), 'asc'] as const
const question = (more: Partial<ModelQuery>): ModelQuery => ({
  record_type: 'noted',
  sort: [byId],
  include: {},
  count: true,
  ...more,
})
const page = (more: Partial<ModelQuery>) => question({ limit: LIMIT, ...more })

const inCategory = ['eq', key('category'), 'c3']
const questions: readonly (readonly [string, ModelQuery])[] = [
  ['of all, in an order without an index', page({ sort: [[key('score'), 'desc'], byId] })],
  [
    'of some, in an order without an index',
    page({ predicate: ['lt', key('score'), 40], sort: [[key('score'), 'asc'], byId] }),
  ],
  ['of some, in the order of an index', page({ predicate: inCategory, sort: [[key('score'), 'asc'], byId] })],
  ['of all, in the order of an index', page({})],
  [
    'by what references lead to',
    page({ predicate: ['gt', key('topic.rank'), 3], sort: [[key('topic.rank'), 'desc'], byId] }),
  ],
  ['with what references lead to', page({ include: { topic: key('topic') } })],
  ['of a page as large as the table', page({ limit: ROWS })],
  ['of a page behind the last', page({ offset: ROWS + 1 })],
  ['of no page', page({ limit: 0 })],
  ['without a limit, from the third on', question({ offset: 2 })],
]

const nearest = page({
  sort: [[['func', 'distance', key('spot'), { $type: 'geo', $lng: 1, $lat: 1 }], 'asc'], byId],
})
const actualRows = (node: PlanNode | undefined) => node?.['Actual Rows'] ?? 0

describe('a query that counts', () => {
  beforeAll(async () => {
    await build(world)
    await client.query('create index on noted (category, score); analyze noted, topic')
  })

  it.each(questions)('reads the table once: %s', async (_, asked) => {
    const nodes = await planOf(asked, viewer)
    const scans = nodes.filter(
      (node) => node['Relation Name'] === 'noted' && node['Node Type'] !== 'Tid Scan',
    )
    expect(scans).toHaveLength(1)
  })

  it('reads no more than the page of the nearest a second time, by an index', async () => {
    const nodes = await planOf(nearest, viewer)
    const scans = nodes.filter((node) => node['Relation Name'] === 'noted')
    const [inOrder, ...others] = scans.toSorted((a, b) => actualRows(a) - actualRows(b))
    expect(inOrder?.['Node Type']).toBe('Index Scan')
    expect(actualRows(inOrder)).toBeLessThan(100)
    expect(others).toHaveLength(1)
  })

  it.each([...questions, ['of all, the nearest first', nearest] as const])(
    'answers a page and the number of all that match: %s',
    async (_, asked) => {
      const outcome = expected(world, viewer, asked)
      if ('denied' in outcome) throw new Error('nothing is hidden here')
      const { records, count } = await ask(asked, viewer)
      const ids = (of: readonly unknown[] = []) => of.map((record) => Object(record)._id as unknown)
      expect({ ids: ids(records), count }).toEqual({ ids: ids(outcome.records), count: outcome.count })
    },
  )

  it('has no table to keep what matches in where nothing is counted', async () => {
    const nodes = await planOf({ ...page({}), count: false }, viewer)
    expect(nodes.map((node) => node['Node Type'])).not.toContain('CTE Scan')
  })
})
