/**
 * node bench/migrate.ts [--schemas 10,100,1000 --concurrency 1,4,16 --repetitions 5]
 *
 * What migrations cost: one fresh schema, by which way the Worker could make it, and many schemas in one Postgres
 * from nothing to head and once more when they are there. A trip is a query that waits for its answer; the ones that
 * open a session are counted as sessions. Everything runs on this machine: what a network adds is trips × its delay.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Client } from 'pg'
import { runAll } from '../cli/migrate/all/run.ts'
import type { Target } from '../cli/migrate/all/targets.ts'
import { connect } from '../cli/database.ts'
import { sessionOf } from '../cli/migrate/session.ts'
import { startNeonEndpoint } from '../local/neon/endpoint.ts'
import { startPostgres } from '../local/postgres.ts'
import { readModules } from '../src/migrate/files.ts'
import { freshStatements } from '../src/migrate/fresh.ts'
import { migrate, type Session } from '../src/migrate/run.ts'
import { neonDatabase, useLocalEndpoint, withSession } from '../src/platform/neon.ts'
import { median } from './statistics.ts'

const { values: flags } = parseArgs({
  options: {
    schemas: { type: 'string', default: '10,100,1000' },
    concurrency: { type: 'string', default: '1,4,16' },
    repetitions: { type: 'string', default: '5' },
  },
})
const numbers = (text: string, max: number) => text.split(',').map((each) => Math.min(max, Number(each)))
const sizes = numbers(flags.schemas, 5000)
const concurrencies = numbers(flags.concurrency, 64)
const repetitions = Math.min(50, Number(flags.repetitions))
/** Round trip times that the local figures are extended to, in milliseconds. */
const DELAYS_MS = [1, 10, 50] as const
/** WebSocket: TCP, TLS (one trip in 1.3), the upgrade, start-up and SCRAM's two. */
const SESSION_TRIPS = 6
/** A fetch on a new connection: TCP, TLS, the request. */
const FETCH_TRIPS = 3

const folder = mkdtempSync(join(tmpdir(), 'migrate-bench-'))
// Run by root, Postgres is another user and must be able to enter.
chmodSync(folder, 0o711)
const postgres = await startPostgres({ dataDir: join(folder, 'pg'), persistent: false })
const endpoint = await startNeonEndpoint({ databases: [postgres.url] })
useLocalEndpoint(`127.0.0.1:${endpoint.port}`)
const admin = await connect(postgres.url)
const modules = readModules()
let queries = 0
let sessions = 0
const SILENT = { start() {}, done() {}, say() {}, end() {} }
countTrips()

const fresh: Record<string, string | number>[] = []
const many: Record<string, string | number>[] = []
try {
  fresh.push(...(await compareFresh()))
  console.table(fresh)
  for (const size of sizes)
    for (const concurrency of concurrencies) {
      many.push(...(await upAndCheck(size, concurrency)))
      console.table(many.slice(-2))
    }
  console.table(many)
} finally {
  await admin.end()
  await endpoint.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
record()

/** A fresh schema with all modules: over Postgres' own protocol, Neon's WebSocket, and one HTTP batch. */
async function compareFresh(): Promise<Record<string, string | number>[]> {
  let made = 0
  const ways = {
    'pg session': async (schema: string) => {
      await migrate(counted(sessionOf(admin)), schema, modules)
    },
    'Neon WebSocket session': async (schema: string) => {
      await withSession(postgres.url, (session) => migrate(counted(session), schema, modules))
    },
    'one HTTP batch': async (schema: string) => {
      const statements = await freshStatements(schema, modules)
      const answer = await neonDatabase(postgres.url).transact(
        statements.map((text) => ({ text, values: [] })),
      )
      if (!answer.ok) throw new Error(answer.error.message)
    },
  }
  const times = new Map<string, number[]>()
  const trips = new Map<string, number>()
  for (let i = 0; i <= repetitions; i++)
    for (const [way, make] of Object.entries(ways)) {
      queries = 0
      const fetches = endpoint.trips()
      const start = performance.now()
      await make(`fresh_${(made += 1)}`)
      // The first of each warms up.
      if (i > 0) times.set(way, [...(times.get(way) ?? []), performance.now() - start])
      // The endpoint's own queries are no trips of a client.
      trips.set(way, endpoint.trips() - fetches || queries)
    }
  return [...times].map(([way, each]) => {
    const ms = median(each)
    const count = trips.get(way) ?? NaN
    const opening = way.startsWith('pg') ? 0 : way.includes('HTTP') ? FETCH_TRIPS - 1 : SESSION_TRIPS
    const extended = DELAYS_MS.map((delay) => [
      `ms at ${delay} ms`,
      Math.round(ms + (count + opening) * delay),
    ])
    return {
      way,
      trips: count,
      'to open': opening,
      'ms here': Math.round(ms),
      ...Object.fromEntries(extended),
    }
  })
}

function counted(session: Session): Session {
  return {
    query: (text, values) => {
      queries += 1
      return session.query(text, values)
    },
  }
}

/** Every schema from nothing to head, then once more. */
async function upAndCheck(size: number, concurrency: number): Promise<Record<string, string | number>[]> {
  const name = `many_${size}_${concurrency}`
  await admin.query(`create database ${name}`)
  const database = Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href
  const targets: readonly Target[] = Array.from({ length: size }, (_, i) => ({
    database,
    schema: `app_${i}`,
    apps: [`app-${i}`],
  }))
  const rows: Record<string, string | number>[] = []
  for (const what of ['up from nothing', 'up-to-date check']) {
    queries = 0
    sessions = 0
    const start = performance.now()
    const made = await runAll(targets, {
      command: 'up',
      modules,
      steps: undefined,
      dryRun: false,
      concurrency,
      progress: SILENT,
    })
    const seconds = (performance.now() - start) / 1000
    const expected = what.startsWith('up f') ? 'migrated' : 'no change'
    const odd = made.find(({ status }) => status !== expected)
    if (odd) throw new Error(`${odd.schema} ${odd.module}: ${odd.status} ${odd.error ?? ''}`)
    rows.push({
      what,
      schemas: size,
      concurrency,
      seconds: Number(seconds.toFixed(seconds < 1 ? 3 : 1)),
      'schemas/s': Number((size / seconds).toFixed(size / seconds < 100 ? 1 : 0)),
      sessions,
      'trips/schema': Number((queries / size).toFixed(2)),
    })
  }
  await admin.query(`drop database ${name} with (force)`)
  return rows
}

/** Counts what the command's own sessions do: of the class that is theirs, which need not be this folder's. */
function countTrips(): void {
  const prototype = Object.getPrototypeOf(admin) as Record<
    'query' | 'connect',
    (this: Client, ...args: unknown[]) => unknown
  >
  const { query, connect: open } = prototype
  Object.assign(prototype, {
    query(this: Client, ...args: unknown[]) {
      if (this !== admin) queries += 1
      return query.apply(this, args)
    },
    connect(this: Client, ...args: unknown[]) {
      sessions += 1
      return open.apply(this, args)
    },
  })
}

function record(): void {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const report = {
    date: new Date().toISOString().slice(0, 10),
    commit:
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' and uncommitted changes' : ''),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    migrations: modules.map(({ name, migrations }) => `${name} ${migrations.length}`).join(', '),
    repetitions,
    fresh,
    many,
  }
  mkdirSync('bench/results', { recursive: true })
  const file = `bench/results/${report.date}-migrate.json`
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`recorded in ${file}`)
}
