/**
 * node bench/start-up.ts
 *
 * From the start of workerd's process to the first answer, beside bare Hono: medians of nine, taken in turn. Ours reads
 * a tenant's document from KV for it, and asks no database.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundle, putTenant, startWorker, type WorkerOptions } from '../local/workerd.ts'
import { newDocument } from '../src/gateway/document/compose.ts'
import { record } from './record.ts'
import { median, spread } from './statistics.ts'

const REPETITIONS = 9
const dir = mkdtempSync(join(tmpdir(), 'skygear-start-'))
const document = newDocument({ name: 'bench', random: () => crypto.randomUUID(), production: false })
putTenant(dir, 'host:127.0.0.1', JSON.stringify(document))
const systems: Readonly<Record<string, WorkerOptions>> = {
  'bare hono': { bundle: bundle('bench/peers/wrangler.toml', 'bench/peers/hello.ts'), entry: 'hello.js' },
  skygear: {
    bundle: bundle('wrangler.toml'),
    entry: 'worker.js',
    tenants: dir,
    bindings: { DATABASE_URL: 'postgres://nobody@nowhere.invalid/none', LOG_SAMPLE: '0' },
  },
}
const taken = Object.fromEntries(Object.keys(systems).map((name) => [name, [] as number[]]))
for (let i = 0; i <= REPETITIONS; i++) {
  for (const [name, options] of Object.entries(systems)) {
    const ms = await timeToFirstAnswer(options)
    // The first of each fills the machine's file cache.
    if (i > 0) taken[name]?.push(ms)
    await sleep(100)
  }
}
const results = Object.entries(taken).map(([name, times]) => ({
  name,
  ms: Number(median(times).toFixed(1)),
  spread: Number(spread(times).toFixed(2)),
}))
console.table(results)
const [hono, ours] = results
console.log(`over bare hono: ${((ours?.ms ?? 0) - (hono?.ms ?? 0)).toFixed(1)} ms`)
record('start-up', { results })
rmSync(dir, { recursive: true, force: true })

async function timeToFirstAnswer(options: WorkerOptions): Promise<number> {
  const server = await startWorker(options)
  const response = await fetch(server.url)
  await response.text()
  const ms = performance.now() - server.spawnedAt
  if (!response.ok) throw new Error(`answered ${response.status}`)
  await server.stop()
  return ms
}
