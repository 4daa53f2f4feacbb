import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../local/workerd.ts'
import { newDocument } from '../src/gateway/document/compose.ts'
import { startNeonEndpoint } from '../local/neon/endpoint.ts'
import { startPostgres } from '../local/postgres.ts'
import { statusOf } from './asset-memory.ts'
import { median } from './statistics.ts'

const MIB = 1024 * 1024
const FILE_MIB = 10
/** Near what a request may hold; an isolate has 128. */
const LARGE_MIB = 90

/** What is used of Miniflare, which comes with wrangler: the only R2 that runs on a laptop. */
type Miniflare = {
  readonly ready: Promise<URL>
  readonly unsafeGetDirectURL: () => Promise<URL>
  readonly getKVNamespace: (name: string) => Promise<{ put: (key: string, text: string) => Promise<void> }>
  readonly dispose: () => Promise<void>
}
type Module = {
  readonly Miniflare: new (options: unknown) => Miniflare
  readonly convertV4MiniflareOptions: (options: object) => unknown
}
const { Miniflare, convertV4MiniflareOptions } = createRequire(
  createRequire(import.meta.url).resolve('wrangler/package.json'),
)('miniflare') as Module

type Timed = { readonly ms: number; readonly bytes: number }

/**
 * Bytes in and out through the Worker beside a bucket and nothing else, MB/s; and a picture that is made beside the same
 * one kept; and what the process grows by while a file passes that is nearly as large as an isolate. On Miniflare, on
 * sockets that lead to the Workers directly; its R2, which is in the same process, takes most of the time and memory.
 */
export async function storeFigures(picture: Buffer, pipeline: string, repetitions: number) {
  const folder = mkdtempSync(join(tmpdir(), 'skygear-store-'))
  const postgres = await startPostgres({ dataDir: join(folder, 'pg'), persistent: false })
  const endpoint = await startNeonEndpoint({ databases: [postgres.url] })
  const document = newDocument({ name: 'bench', random: () => crypto.randomUUID(), production: false })
  const [ours, ourPid] = await start(bundle('wrangler.toml'), 'worker.js', {
    kvNamespaces: { TENANTS: 'tenants' },
    durableObjects: {
      PUBSUB: { className: 'PubsubHub', useSQLite: true },
      METRICS: { className: 'ClusterMetrics', useSQLite: true },
      PASSWORDS: { className: 'PasswordHasher', useSQLite: true },
      LIMITS: { className: 'AttemptLimiter', useSQLite: true },
    },
    bindings: {
      DATABASE_URL: postgres.url,
      NEON_LOCAL_ENDPOINT: `127.0.0.1:${endpoint.port}`,
      LOG_SAMPLE: '0',
      CLUSTER_DOMAIN: 'localhost',
    },
  })
  const [bare, barePid] = await start(bundle('bench/peers/wrangler.toml', 'bench/peers/r2.ts'), 'r2.js', {})
  try {
    await (await ours.getKVNamespace('TENANTS')).put('host:127.0.0.1', JSON.stringify(document))
    const [us, them] = [await ours.unsafeGetDirectURL(), await bare.unsafeGetDirectURL()]
    const key = { 'x-skygear-api-key': document.app_config.clients[0]?.client_id ?? '' }
    const file = randomBytes(FILE_MIB * MIB)
    const upload = async (name: string, body: Buffer, type: string) => {
      const answer = await timed(new URL(`/files/${name}`, us), {
        method: 'PUT',
        body: new Uint8Array(body),
        headers: { ...key, 'content-type': type },
      })
      const { result } = JSON.parse(answer.text()) as { result: { $url: string } }
      const { pathname, search } = new URL(result.$url)
      return { ms: answer.ms, url: new URL(pathname + search, us) }
    }
    const rows = {
      up: [] as number[],
      bareUp: [] as number[],
      down: [] as number[],
      bareDown: [] as number[],
    }
    for (let i = 0; i <= repetitions; i++) {
      const up = await upload(`file-${i}`, file, 'application/octet-stream')
      const at = new URL(`/file-${i}`, them)
      const bareUp = await timed(at, { method: 'PUT', body: new Uint8Array(file) })
      const down = await timed(up.url, {})
      const bareDown = await timed(at, {})
      if (down.bytes !== file.length || bareDown.bytes !== file.length)
        throw new Error('other bytes came back')
      // The first compiles.
      if (i === 0) continue
      rows.up.push(up.ms)
      rows.bareUp.push(bareUp.ms)
      rows.down.push(down.ms)
      rows.bareDown.push(bareDown.ms)
    }
    const speed = (times: readonly number[]) => Math.round((file.length / 1e6 / median(times)) * 1000)
    const cold: number[] = []
    const kept: number[] = []
    for (let i = 0; i < repetitions; i++) {
      const { url } = await upload(`picture-${i}`, picture, 'image/jpeg')
      url.searchParams.set('pipeline', pipeline)
      cold.push((await timed(url, {})).ms)
      // It is kept after the answer.
      for (let n = 0; n < 3; n++) await timed(url, {})
      for (let n = 0; n < 5; n++) kept.push((await timed(url, {})).ms)
    }
    const large = randomBytes(LARGE_MIB * MIB)
    const largeAt = new URL('/large', them)
    let largeUrl = us
    const memory = [
      {
        what: `upload of ${LARGE_MIB} MiB`,
        peakMiB: await peakOf(ourPid, async () => {
          largeUrl = (await upload('large', large, 'application/octet-stream')).url
        }),
        bareMiB: await peakOf(barePid, () => timed(largeAt, { method: 'PUT', body: large })),
      },
      {
        what: `download of ${LARGE_MIB} MiB`,
        peakMiB: await peakOf(ourPid, () => timed(largeUrl, {})),
        bareMiB: await peakOf(barePid, () => timed(largeAt, {})),
      },
    ]
    return {
      memory,
      transfer: [
        { what: `upload of ${FILE_MIB} MiB`, 'MB/s': speed(rows.up), 'bare R2': speed(rows.bareUp) },
        { what: `download of ${FILE_MIB} MiB`, 'MB/s': speed(rows.down), 'bare R2': speed(rows.bareDown) },
      ],
      variant: {
        pipeline,
        coldMs: Math.round(median(cold)),
        keptMs: Number(median(kept).toFixed(1)),
        times: Math.round(median(cold) / median(kept)),
      },
    }
  } finally {
    await ours.dispose()
    await bare.dispose()
    await endpoint.close()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a process grows by at most meanwhile. */
async function peakOf(pid: number, work: () => Promise<unknown>): Promise<number> {
  const idle = statusOf({ pid }, 'VmRSS')
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  await work()
  return Math.round((statusOf({ pid }, 'VmHWM') - idle) / 1024)
}

/** Miniflare, and its workerd's process. */
async function start(folder: string, entry: string, more: object): Promise<readonly [Miniflare, number]> {
  const type = (name: string) =>
    name.endsWith('.js') ? 'ESModule' : name.endsWith('.wasm') ? 'CompiledWasm' : 'Text'
  const rest = readdirSync(folder).filter((name) => name !== entry && /\.(js|sql|json|wasm)$/.test(name))
  const before = new Set(children())
  const running = new Miniflare(
    convertV4MiniflareOptions({
      modules: [entry, ...rest].map((name) => ({ type: type(name), path: join(folder, name) })),
      modulesRoot: folder,
      compatibilityDate: '2026-09-01',
      r2Buckets: { ASSETS: 'assets' },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      ...more,
    }),
  )
  await running.ready
  return [running, Number(children().find((pid) => !before.has(pid)))]
}

/** proc(5) `/proc/<pid>/task/<tid>/children`. */
const children = (): readonly string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')

async function timed(url: URL, init: RequestInit): Promise<Timed & { readonly text: () => string }> {
  const started = performance.now()
  const response = await fetch(url, init)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const ms = performance.now() - started
  const text = () => new TextDecoder().decode(bytes)
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${text().slice(0, 200)}`)
  return { ms, bytes: bytes.length, text }
}
