/**
 * npm run bench -- record [--quick --only text --rows 1000,1000000 --connections 1,16,128 --seconds 2 --repetitions 3
 *   --apps 1000]
 *
 * Records: our Worker beside parse-server, on one Postgres, with the same rows and indexes; how each question grows with
 * the rows, and ours with the apps in the database. With a million rows among the sizes, what Postgres does for each
 * question is written to `plans/`. `--quick` looks only whether all of it works, and records nothing.
 */
import { parseArgs } from 'node:util'
import { compare, SECONDS_MAX, shownCpu, type Row } from './compare.ts'
import { load } from './load.ts'
import { makeOtherApps } from './other-apps.ts'
import { startParse } from './parse-server.ts'
import { writePlans } from './plans.ts'
import { queryCosts } from './query-cost.ts'
import { makeUsers, scenariosOf, type Scenario } from './record-scenarios.ts'
import { record } from './record.ts'
import { fill, tableOf, type Table } from './rows.ts'
import { requireSameAnswers } from './same-answers.ts'
import { analyze, startSkygear } from './skygear.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rows: { type: 'string' },
    connections: { type: 'string', default: '1,16,128' },
    seconds: { type: 'string' },
    repetitions: { type: 'string' },
    apps: { type: 'string' },
  },
})
const numbers = (text: string, max: number) => text.split(',').map((each) => Math.min(max, Number(each)))
const sizes = numbers(flags.rows ?? (flags.quick ? '1000' : '1000,1000000'), 10_000_000)
const connections = numbers(flags.connections, 512)
const seconds = Math.min(60, Number(flags.seconds ?? (flags.quick ? 1 : 2)))
const repetitions = Math.min(9, Number(flags.repetitions ?? (flags.quick ? 1 : 3)))
const apps = Math.min(10_000, Number(flags.apps ?? (flags.quick ? 10 : 1000)))
/** Where growth is told by. */
const COMMON_CONNECTIONS = 16
/** Below it a plan says little: Postgres rightly reads all of a small table. */
const PLANNED_ROWS_MIN = 1_000_000

type Judged = Row & { readonly rows: number; readonly ratio: number; readonly wanted: number }

const skygear = await startSkygear()
const parse = await startParse(skygear.postgres.url)
const judged: Judged[] = []
const alone: Row[] = []
const among: Row[] = []
try {
  const users = await makeUsers(skygear, parse)
  const tables = sizes.map(tableOf)
  for (const table of tables) {
    await timed(`${table.rows} rows in both`, () => fill(table, skygear, parse))
    await requireSameAnswers(table, skygear, parse, users)
  }
  for (const table of tables) {
    if (table.rows >= PLANNED_ROWS_MIN) await writePlans(table, skygear, users)
    for (const [name, scenario] of wanted(scenariosOf(table, skygear, parse, users)))
      judged.push(...(await measure(name, scenario, table)))
  }
  const [smallest] = tables
  if (smallest && apps > 1) {
    const ours = wanted(scenariosOf(smallest, skygear, parse, users))
    await analyze(skygear.postgres.url)
    for (const [name, scenario] of ours) alone.push(...(await measureOurs(name, scenario)))
    await timed(`${apps} apps`, () => makeOtherApps(skygear.postgres.url, apps - 1))
    await analyze(skygear.postgres.url)
    for (const [name, scenario] of ours) among.push(...(await measureOurs(name, scenario)))
  }
} finally {
  await parse.stop()
  await skygear.stop()
}
const growth = { rows: grownByRows(), apps: grownByApps() }
console.table(growth.rows)
console.table(growth.apps)
const compiling = await queryCosts(tableOf(sizes[0] ?? 1000))
console.table(compiling)
if (!flags.quick)
  record(`record${flags.only && `-${flags.only.replace(/\W+/g, '-')}`}`, {
    seconds,
    repetitions,
    results: judged,
    growth,
    compiling,
  })

function wanted(scenarios: Readonly<Record<string, Scenario>>): readonly (readonly [string, Scenario])[] {
  return Object.entries(scenarios).filter(([name]) => name.includes(flags.only))
}

async function measure(
  name: string,
  { targets, wanted }: Scenario,
  table: Table,
): Promise<readonly Judged[]> {
  const all: Judged[] = []
  for (const target of targets) await load(target, { connections: 8, seconds: 1 })
  for (const count of connections) {
    const rows = await compare(name, targets, { connections: count, seconds, repetitions })
    const [us = 0, them = 0] = rows.map(({ requestsPerSecond }) => requestsPerSecond)
    // Where not even one is answered in time, the ratio is at least this.
    const ratio = Number((us / Math.max(them, 1 / SECONDS_MAX)).toFixed(2))
    all.push(...rows.map((row) => ({ rows: table.rows, ...row, ratio, wanted })))
  }
  console.table(
    all.map(({ scenario, cpu, ratio, wanted, ...row }, i) => ({
      scenario,
      ...row,
      'µs of cpu': shownCpu(cpu),
      ...(i % targets.length === 0 && { ratio, ahead: ratio >= wanted ? 'yes' : `no (${wanted} wanted)` }),
    })),
  )
  return all
}

async function measureOurs(name: string, { targets }: Scenario): Promise<readonly Row[]> {
  const ours = targets.slice(0, 1)
  for (const target of ours) await load(target, { connections: 8, seconds: 1 })
  return compare(name, ours, { connections: COMMON_CONNECTIONS, seconds, repetitions })
}

/** How much longer a question takes among so many more rows, of each system. */
function grownByRows() {
  const [few, many] = [Math.min(...sizes), Math.max(...sizes)]
  const speed = (like: Row, rows: number) =>
    judged.find(
      (row) =>
        row.rows === rows &&
        row.connections === COMMON_CONNECTIONS &&
        row.scenario === like.scenario &&
        row.target === like.target,
    )?.requestsPerSecond ?? NaN
  return judged
    .filter((row) => row.rows === many && row.connections === COMMON_CONNECTIONS)
    .map((row) => ({
      scenario: row.scenario,
      target: row.target,
      [`of ${few} rows`]: speed(row, few),
      [`of ${many} rows`]: row.requestsPerSecond,
      'times longer': Number((speed(row, few) / row.requestsPerSecond).toFixed(2)),
    }))
}

function grownByApps() {
  return alone.map((row, i) => {
    const later = among[i]
    return {
      scenario: row.scenario,
      'one app': row.requestsPerSecond,
      [`${apps} apps`]: later?.requestsPerSecond,
      'times longer': Number((row.requestsPerSecond / (later?.requestsPerSecond ?? NaN)).toFixed(2)),
      spread: Math.max(row.spread, later?.spread ?? 0),
      'database µs': `${row.cpu['database']} → ${later?.cpu['database']}`,
    }
  })
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now()
  await work()
  console.log(`${what}: made in ${Math.round((performance.now() - start) / 1000)} s`)
}
