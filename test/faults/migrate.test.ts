import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { standings } from '../../cli/migrate/status.ts'
import { readModules } from '../../src/migrate/files.ts'
import { migrate } from '../../src/migrate/run.ts'
import { run } from '../cli/processes.ts'
import { CONFIG_DATABASE, configOf, insertApp } from '../fixtures/config-database.ts'

const ROOT = join(import.meta.dirname, '../..')
const SCHEMAS = 50
const KILLS = 20
/** Schemas dropped after each kill, so that there is work for the last kill too. */
const DROPPED = 2
/** A kill comes when so many schemas are done at most, and so much later at most: always within the work. */
const DONE_MAX = 6
const LATER_MS_MAX = 50

const modules = readModules()
const schemas = Array.from({ length: SCHEMAS }, (_, i) => `app_kill${i}`)
const database = `kill_${process.pid}`
let admin: Client
let client: Client
let args: readonly string[]

beforeAll(async () => {
  admin = new Client(inject('databaseUrl'))
  await admin.connect()
  await admin.query(`create database ${database}`)
  const url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${database}` }).href
  client = new Client(url)
  await client.connect()
  await client.query(CONFIG_DATABASE)
  for (const [i, schema] of schemas.entries())
    await client.query(insertApp(i, schema, 'p-1', configOf(i, schema, url, schema), []))
  args = ['up', '--all', '--config-database', url, '--concurrency', '4']
})
afterAll(async () => {
  await client.end()
  await admin.query(`drop database ${database} with (force)`)
  await admin.end()
})

/** Starts `up --all`, and kills it at some moment of its work. False: it had ended by then. */
async function killed(): Promise<boolean> {
  const child = spawn(process.execPath, [join(ROOT, 'cli/migrate.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = once(child, 'exit')
  // One line says how many there are; then comes one for each that is done.
  let left = 1 + Math.floor(Math.random() * DONE_MAX)
  for await (const _ of createInterface(child.stderr)) {
    left -= 1
    if (left === 0) break
  }
  await sleep(Math.random() * LATER_MS_MAX)
  child.kill('SIGKILL')
  const [, signal] = (await exit) as [number | null, NodeJS.Signals | null]
  return signal === 'SIGKILL'
}

/** Sessions that the killed process left: Postgres ends them as soon as it sees that nobody is there. */
const sessions = async () =>
  (
    await admin.query(
      `select from pg_stat_activity where datname = $1 and application_name like 'skygear%'`,
      [database],
    )
  ).rowCount

/** The relations of each schema, by name. */
async function contents(): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ schema: string; names: string }>(
    `select nspname as schema, coalesce(string_agg(relname, ' ' order by relname), '') as names
      from pg_namespace n left join pg_class c on relnamespace = n.oid and relkind in ('r', 'v', 'S', 'i')
      group by nspname`,
  )
  return new Map(rows.map(({ schema, names }) => [schema, names]))
}

/** What a schema holds after none, one, two, … of the modules. */
async function stages(): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [undefined]
  for (const module of modules) {
    await migrate(sessionOf(client), 'reference', [module])
    found.push((await contents()).get('reference'))
  }
  return found
}

it(`survives ${KILLS} kills: what is there is whole, and a second run completes it`, async () => {
  const whole = await stages()
  const planted = new Map<string, string>()
  const halves = new Set<number>()
  let interrupted = 0
  for (let kill = 0; kill < KILLS; kill++) {
    if (await killed()) interrupted += 1
    await expect.poll(sessions, { timeout: 5000 }).toBe(0)
    const found = Map.groupBy(await standings(client, modules, schemas), ({ schema }) => schema)
    const there = await contents()
    for (const [schema, of] of found) {
      const done = of.filter(({ version }) => version !== null)
      // Each module is at head, or has left nothing at all.
      expect(done.every(({ version, head, dirty }) => version === head && !dirty)).toBe(true)
      expect([schema, there.get(schema)]).toEqual([schema, whole[done.length]])
      halves.add(done.length)
      if (done.length < modules.length || planted.has(schema)) continue
      planted.set(schema, `user-${kill}`)
      await client.query(`insert into ${schema}._core_user (id) values ($1)`, [`user-${kill}`])
    }
    for (const schema of [...planted.keys()].toSorted(() => Math.random() - 0.5).slice(0, DROPPED)) {
      planted.delete(schema)
      await client.query(`drop schema ${schema} cascade`)
    }
  }
  expect(interrupted, 'kills that met a run').toBeGreaterThan(KILLS / 2)
  expect(halves.size, 'kills that met a schema half-way').toBeGreaterThan(2)

  expect((await run('migrate.ts', args)).code).toBe(0)
  expect(
    (await standings(client, modules, schemas)).filter(
      ({ version, head, dirty }) => dirty || version !== head,
    ),
  ).toEqual([])
  for (const schema of schemas) {
    const { rows } = await client.query(`select id from ${schema}._core_user`)
    expect([schema, rows]).toEqual([schema, planted.has(schema) ? [{ id: planted.get(schema) }] : []])
  }
}, 120_000)
