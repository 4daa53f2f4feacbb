import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { quoteIdentifier } from '../../src/core/sql.ts'
import { ask, build, client, columnOf } from './model.fixture.ts'
import { isSecret } from './oracle.ts'
import {
  key,
  randomOf,
  randomQuery,
  randomWorld,
  USERS,
  valuesOf,
  type ModelQuery,
  type Random,
} from './world.ts'

const WORLDS = 12
const QUERIES = 60

const ODDITIES = [
  null,
  0,
  '',
  'a\\',
  'eq',
  [],
  {},
  key('f1'),
  key('f1.f2.f3.f4.f5.f6'),
  key('nothing'),
  { $type: 'geo' },
  ['func', 'distance', key('f1')],
]

/** A query with something odd in it: of another type, unknown, or half of what it should be. */
function spoiled(asked: ModelQuery, { pick, chance }: Random): ModelQuery {
  const spoil = (value: unknown): unknown => {
    const members = Object.keys(Object(value))
    if (chance(30) || typeof value !== 'object' || members.length === 0) return pick(ODDITIES)
    const at = pick(members)
    return Array.isArray(value)
      ? value.map((member: unknown, i) => (String(i) === at ? spoil(member) : member))
      : { ...value, [at]: spoil(Object(value)[at]) }
  }
  const inPredicate = asked.predicate?.map((part, i) => (i > 0 && chance(60) ? spoil(part) : part))
  return {
    ...asked,
    ...(inPredicate && { predicate: inPredicate }),
    sort: chance(30) ? asked.sort.map(([by, order]) => [spoil(by), order] as const) : asked.sort,
    include: chance(30)
      ? Object.fromEntries(Object.entries(asked.include).map(([name, of]) => [name, spoil(of)]))
      : asked.include,
  }
}

it(
  'record:query answers the same, byte by byte, whatever stands where its reader may learn nothing',
  { timeout: 60_000 },
  async () => {
    let world = 0
    let changed = 0
    const refusals = new Set<string>()
    const inEveryWorld = fc.asyncProperty(fc.gen(), async (g) => {
      const random = randomOf(g)
      const model = randomWorld(random, `s${world++}`)
      await build(model)
      const user = random.pick([null, ...USERS])
      const viewer = { user, isMaster: false, database: random.pick(['', '', user ?? '']) }
      const queries = Array.from({ length: QUERIES }, () => {
        const asked = randomQuery(model, random)
        return random.chance(25) ? spoiled(asked, random) : asked
      })
      const answers = async () => {
        const texts: string[] = []
        for (const asked of queries) {
          const answer = await ask(asked, viewer)
          texts.push(JSON.stringify(answer))
          if (answer.failure) refusals.add(answer.failure.name)
        }
        return texts
      }
      const before = await answers()
      for (const type of model.types.values())
        for (const row of type.rows)
          for (const [field, of] of Object.entries(type.fields).filter(([name]) =>
            isSecret(model, viewer, type, row, name),
          )) {
            const [table, column] = [quoteIdentifier(type.name), quoteIdentifier(field)]
            const isUnique = of === 'sequence' || type.name === 'user'
            const other = isUnique
              ? (of === 'sequence' ? 100 : 'x') + String(changed)
              : columnOf(random.pick([null, ...valuesOf(of)]))
            await client.query(
              `update ${table} set ${column} = (jsonb_populate_record(null::${table}, $1)).${column} where _id = $2`,
              [JSON.stringify({ [field]: other }), row.id],
            )
            changed++
          }
      const after = await answers()
      for (const [i, text] of after.entries())
        expect(text, JSON.stringify({ viewer, asked: queries[i] })).toBe(before[i])
    })
    await fc.assert(inEveryWorld, { numRuns: WORLDS, endOnFailure: true })
    expect(changed).toBeGreaterThan(200)
    expect([...refusals], 'and errors, whole').toEqual(
      expect.arrayContaining(['RecordQueryDenied', 'RecordQueryInvalid', 'InvalidArgument']),
    )
  },
)
