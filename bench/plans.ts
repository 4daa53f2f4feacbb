import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { startNeonEndpoint } from '../local/neon/endpoint.ts'
import type { Statement } from '../local/neon/request.ts'
import { post } from './peer.ts'
import { questionsOf } from './questions.ts'
import type { Users } from './record-scenarios.ts'
import { removeMade, type Table } from './rows.ts'
import type { Skygear } from './skygear.ts'

const FOLDER = 'bench/plans'

/**
 * Writes what Postgres does for each question of the benchmark, by the statements that the Worker itself sends: those
 * that touch the table, inside functions as well. The text says nothing that changes from run to run.
 */
export async function writePlans(table: Table, skygear: Skygear, users: Users): Promise<void> {
  let heard: readonly Statement[] = []
  const endpoint = await startNeonEndpoint({
    databases: [skygear.postgres.url],
    heard: ({ statements }) => (heard = statements),
  })
  const worker = await skygear.start('0.01', { neon: `127.0.0.1:${endpoint.port}` })
  mkdirSync(FOLDER, { recursive: true })
  for (const [name, { ours, withRoles, creates }] of Object.entries(questionsOf(table))) {
    const headers = (withRoles ? users.withRoles : users.plain).ours
    // The first of them meets the type, the second is as all that follow.
    for (let i = 0; i < 2; i++) await post(`${worker.url}/${ours.action}`, ours.body(0), headers)
    if (creates) await removeMade(skygear.postgres.url, `"${skygear.schema}"."${table.ours.rows}"`)
    const plans = await explain(skygear.postgres.url, heard, table)
    const title = `-- ${name}, ${table.rows} rows`
    const others = heard
      .map(({ text }) => text)
      .filter((sent) => !plans.some((plan) => plan.startsWith(sent)))
    const text = [title, ...others, ...plans].map(withoutIds).join('\n\n')
    writeFileSync(join(FOLDER, `${name.replaceAll(' ', '-')}.sql.txt`), `${text}\n`)
  }
  await worker.stop()
  await endpoint.close()
}

/** What `explain (analyze, buffers, costs off, timing off)` says, also of what functions and foreign keys run. */
const EXPLAINED = `
  load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
  set auto_explain.log_analyze = on; set auto_explain.log_buffers = on; set auto_explain.log_timing = off;
  set auto_explain.log_parameter_max_length = 0; set auto_explain.log_level = notice; set client_min_messages = notice`

async function explain(databaseUrl: string, statements: readonly Statement[], { ours }: Table) {
  const client = new Client(databaseUrl)
  await client.connect()
  await client.query(EXPLAINED)
  let seen: string[] = []
  client.on('notice', ({ message = '' }) => seen.push(message))
  // Once to warm the caches.
  for (let i = 0; i < 2; i++) {
    seen = []
    await client.query('begin')
    for (const { text, params } of statements) await client.query(text, [...params])
    await client.query('rollback')
  }
  await client.end()
  const names = [ours.rows, ours.topics].map((name) => `"${name}"`)
  const touching = seen.filter((message) => names.some((name) => message.includes(name)))
  return [...new Set(touching.map(shown))]
}

/** `message`: "duration: … plan:", the text of the query, and from the first line with costs on its plan. */
function shown(message: string): string {
  const lines = message.split('\n').slice(1)
  const start = lines.findIndex((line) => line.includes('(cost='))
  const text = lines.slice(0, start).join('\n').replace('Query Text: ', '')
  const plan = lines
    .slice(start)
    .map((line) => line.replace(/ {2}\(cost=[^)]*\)/, '').replace(/Buffers: .*/, buffers))
  // How many pages a row comes to touch that is made depends on what it holds.
  const isWrite = plan.some((line) => /Insert on|LockRows/.test(line))
  const stable = plan.filter((line) => !(isWrite && line.includes('Buffers:')))
  return `${text}\n\n${stable.join('\n')}`
}

/** Pages that were looked at, whether they were in memory or not. */
function buffers(line: string): string {
  const pages = [...line.matchAll(/(?:hit|read)=(\d+)/g)].map(([, count]) => Number(count))
  return `Buffers: ${pages.reduce((sum, count) => sum + count, 0)}`
}

/** Users and sessions are others in every run. */
const withoutIds = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
