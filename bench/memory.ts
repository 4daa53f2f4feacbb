/**
 * node bench/memory.ts [--tenants 10000]
 *
 * What an isolate keeps for each app it has met: its heap, garbage collected, before and after a request to each of many
 * hosts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../local/ports.ts'
import { bundle, putTenant, startWorker } from '../local/workerd.ts'
import { newDocument } from '../src/gateway/document/compose.ts'
import { inspect } from './inspector.ts'
import { record } from './record.ts'

const { values: flags } = parseArgs({ options: { tenants: { type: 'string', default: '10000' } } })
const count = Math.min(16_000, Number(flags.tenants))
const AT_A_TIME = 16
const dir = mkdtempSync(join(tmpdir(), 'skygear-memory-'))
const host = (i: number) => `app${i}.localhost`
for (let i = 0; i < count; i++)
  putTenant(
    dir,
    `host:${host(i)}`,
    JSON.stringify(newDocument({ name: `app${i}`, random: () => crypto.randomUUID(), production: true })),
  )
const inspectorPort = await freePort()
const server = await startWorker({
  bundle: bundle('wrangler.toml'),
  entry: 'worker.js',
  tenants: dir,
  bindings: {
    DATABASE_URL: 'postgres://nobody@nowhere.invalid/none',
    LOG_SAMPLE: '0',
    TENANT_CACHE_SECONDS: '3600',
  },
  inspectorPort,
})
const port = new URL(server.url).port
await pass(1)
await pass(1000)
const inspector = await inspect(inspectorPort)
const before = await inspector.heapBytes()
await pass(count)
const after = await inspector.heapBytes()
const mebibytes = (bytes: number) => Number((bytes / 2 ** 20).toFixed(1))
const results = {
  tenants: count,
  'MiB with 1,000': mebibytes(before),
  [`MiB with ${count}`]: mebibytes(after),
  'KiB an app': Number(((after - before) / 1024 / (count - 1000)).toFixed(2)),
}
console.table([results])
record('memory', { results })
inspector.close()
await server.stop()
rmSync(dir, { recursive: true, force: true })

async function pass(hosts: number): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      while (next < hosts) await ask(host(next++))
    }),
  )
}

function ask(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/', headers: { host: name } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${name} answered ${response.statusCode}`))
      response.resume()
      response.on('end', () => resolve())
    })
    sent.on('error', reject)
    sent.end()
  })
}
