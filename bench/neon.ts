/**
 * node bench/neon.ts [--seconds 5 --repetitions 3 --clients 16]
 *
 * What the local Neon endpoint costs, beside a plain `pg` pool of the same size in the same process, on the same
 * Postgres: its database layer by itself (`Databases.run`, JSON included) and over HTTP with the driver's headers.
 * Repetitions are interleaved, so that a slow minute of the machine hits all alike; the medians count.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Pool } from 'pg'
import { openDatabases } from '../local/neon/databases.ts'
import { startNeonEndpoint } from '../local/neon/endpoint.ts'
import type { Work } from '../local/neon/request.ts'
import { startPostgres } from '../local/postgres.ts'
import { record } from './record.ts'
import { median, spread } from './statistics.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    repetitions: { type: 'string', default: '3' },
    clients: { type: 'string', default: '16' },
  },
})
const seconds = Math.min(60, Number(flags.seconds))
const repetitions = Math.min(9, Number(flags.repetitions))
const clients = Math.min(128, Number(flags.clients))
const WARM_UP_SECONDS = 1

const SELECT = 'select $1::int as n'
const INSERT = 'insert into bench (n) values ($1)'

type Variant = 'plain pg pool' | 'endpoint in process' | 'endpoint over HTTP'
type Scenario = Readonly<Record<Variant, (i: number) => Promise<unknown>>>

const folder = mkdtempSync(join(tmpdir(), 'neon-bench-'))
// Run by root, Postgres is another user and must be able to enter.
chmodSync(folder, 0o711)
const postgres = await startPostgres({ dataDir: join(folder, 'pg'), persistent: false, durable: false })
const pool = new Pool({ connectionString: postgres.url, max: clients })
// A session may still be closing when Postgres stops.
pool.on('error', () => {})
await pool.query('create unlogged table bench (n int)')
const databases = openDatabases([postgres.url], (url) => url, clients)
const endpoint = await startNeonEndpoint({ databases: [postgres.url], poolSize: clients })
const agent = new Agent({ keepAlive: true, maxSockets: clients })
const never = new AbortController().signal

const run = async (work: Work) => {
  const answer = await databases.run(postgres.url, 'postgres', work, never)
  answer.discard()
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'one select': {
    'plain pg pool': (i) => pool.query(SELECT, [i]),
    'endpoint in process': (i) =>
      run({
        begin: null,
        statements: [{ text: SELECT, params: [String(i)], arrayMode: true }],
        rawText: true,
      }),
    'endpoint over HTTP': (i) => post({ query: SELECT, params: [String(i)] }),
  },
  'transaction of two': {
    'plain pg pool': async (i) => {
      const client = await pool.connect()
      await client.query('BEGIN')
      await client.query(INSERT, [i])
      await client.query(SELECT, [i])
      await client.query('COMMIT')
      client.release()
    },
    'endpoint in process': (i) =>
      run({
        begin: 'BEGIN',
        statements: [INSERT, SELECT].map((text) => ({ text, params: [String(i)], arrayMode: true })),
        rawText: true,
      }),
    'endpoint over HTTP': (i) =>
      post({ queries: [INSERT, SELECT].map((query) => ({ query, params: [String(i)] })) }),
  },
}

try {
  const rows: Record<string, string | number>[] = []
  for (const [scenario, variants] of Object.entries(scenarios))
    rows.push(...(await compare(scenario, variants)))
  console.table(rows)
  record('neon', { seconds, repetitions, results: rows })
} finally {
  agent.destroy()
  await endpoint.close()
  await databases.close()
  await pool.end()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** The variants of one scenario in turn, again and again; requests a second and their ratio to the plain pool's. */
async function compare(scenario: string, variants: Scenario): Promise<Record<string, string | number>[]> {
  const names = Object.keys(variants) as Variant[]
  const samples = new Map(names.map((name) => [name, [] as number[]]))
  for (const name of names) await rate(variants[name], WARM_UP_SECONDS)
  for (let i = 0; i < repetitions; i += 1) {
    for (const name of names) {
      await pool.query('truncate bench')
      samples.get(name)?.push(await rate(variants[name], seconds))
    }
  }
  const plain = median(samples.get('plain pg pool') ?? [])
  return names.map((name) => {
    const rates = samples.get(name) ?? []
    return {
      scenario,
      variant: name,
      clients,
      'per second': Math.round(median(rates)),
      spread: Number(spread(rates).toFixed(2)),
      'of the plain pool': Number((median(rates) / plain).toFixed(2)),
    }
  })
}

/** Calls per second of as many clients as there are, each with one call under way. */
async function rate(call: (i: number) => Promise<unknown>, duration: number): Promise<number> {
  const start = performance.now()
  const end = start + duration * 1000
  let calls = 0
  const client = async (): Promise<void> => {
    while (performance.now() < end) await call((calls += 1))
  }
  await Promise.all(Array.from({ length: clients }, client))
  return calls / ((performance.now() - start) / 1000)
}

/** Node's own client, since `fetch` costs more than the endpoint does. The answer is read and parsed. */
function post(body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = {
      'neon-connection-string': postgres.url,
      'neon-raw-text-output': 'true',
      'neon-array-mode': 'true',
    }
    const sent = request(
      { port: endpoint.port, path: '/sql', method: 'POST', headers, agent },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text)),
        )
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}
