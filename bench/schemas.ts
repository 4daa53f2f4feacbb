/**
 * node bench/schemas.ts [--schemas 1000 --seconds 4 --repetitions 3]
 *
 * One app's requests before and after many other apps have their schemas in the same database.
 */
import { parseArgs } from 'node:util'
import { load, type Target } from './load.ts'
import { makeOtherApps } from './other-apps.ts'
import { record } from './record.ts'
import { analyze, startSkygear } from './skygear.ts'
import { median, spread } from './statistics.ts'

const { values: flags } = parseArgs({
  options: {
    schemas: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '4' },
    repetitions: { type: 'string', default: '3' },
  },
})
const schemas = Math.min(10_000, Number(flags.schemas))
const seconds = Math.min(60, Number(flags.seconds))
const repetitions = Math.min(9, Number(flags.repetitions))
const CONNECTIONS = 16

const skygear = await startSkygear()
await analyze(skygear.postgres.url)
const { create, read, query } = skygear.targets
const scenarios = { create, 'read by id': read, 'query of 20': query }
const before = await measure()
await makeOtherApps(skygear.postgres.url, schemas - 1)
await analyze(skygear.postgres.url)
const after = await measure()
const results = Object.keys(scenarios).map((scenario) => ({
  scenario,
  alone: before[scenario]?.speed,
  [`among ${schemas}`]: after[scenario]?.speed,
  ratio: Number(((after[scenario]?.speed ?? 0) / (before[scenario]?.speed ?? 1)).toFixed(2)),
  spread: Math.max(before[scenario]?.spread ?? 0, after[scenario]?.spread ?? 0),
  'database µs': `${before[scenario]?.database} → ${after[scenario]?.database}`,
}))
console.table(results)
record('schemas', { seconds, repetitions, schemas, results })
await skygear.stop()

type Measured = { readonly speed: number; readonly spread: number; readonly database: number }

async function measure(): Promise<Readonly<Record<string, Measured>>> {
  const measured: Record<string, Measured> = {}
  for (const [scenario, target] of Object.entries(scenarios)) measured[scenario] = await speedOf(target)
  return measured
}

async function speedOf(target: Target): Promise<Measured> {
  await load(target, { connections: CONNECTIONS, seconds: 1 })
  const taken = []
  for (let i = 0; i < repetitions; i++) taken.push(await load(target, { connections: CONNECTIONS, seconds }))
  const speeds = taken.map(({ requestsPerSecond }) => requestsPerSecond)
  return {
    speed: Math.round(median(speeds)),
    spread: Number(spread(speeds).toFixed(2)),
    database: median(taken.map(({ cpu }) => cpu['database'] ?? 0)),
  }
}
