import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { quoteIdentifier } from '../../src/core/sql.ts'
import { ask, build, client, columnOf } from './model.fixture.ts'
import { isSecret } from './oracle.ts'
import { randomOf, randomQuery, randomWorld, USERS, valuesOf } from './world.ts'

const WORLDS = 12
const QUERIES = 60

it(
  'record:query answers the same, byte by byte, whatever stands where its reader may learn nothing',
  { timeout: 60_000 },
  async () => {
    let world = 0
    let changed = 0
    const inEveryWorld = fc.asyncProperty(fc.gen(), async (g) => {
      const random = randomOf(g)
      const model = randomWorld(random, `s${world++}`)
      await build(model)
      const user = random.pick([null, ...USERS])
      const viewer = { user, isMaster: false, database: random.pick(['', '', user ?? '']) }
      const queries = Array.from({ length: QUERIES }, () => randomQuery(model, random))
      const answers = async () => {
        const texts: string[] = []
        for (const asked of queries) texts.push(JSON.stringify(await ask(asked, viewer)))
        return texts
      }
      const before = await answers()
      for (const type of model.types.values())
        for (const row of type.rows)
          for (const [field, of] of Object.entries(type.fields).filter(([name]) =>
            isSecret(model, viewer, type, row, name),
          )) {
            const [table, column] = [quoteIdentifier(type.name), quoteIdentifier(field)]
            const other = columnOf(random.pick([null, ...valuesOf(of)]))
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
  },
)
