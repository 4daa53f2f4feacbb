import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { freePort } from './ports.ts'

/** A Worker on a socket of workerd's own: no proxy in front of it, unlike under `wrangler dev`, which costs 20 times. */
export type RunningWorker = {
  readonly url: string
  readonly miniflare: Miniflare
  readonly stop: () => Promise<void>
}
export type WorkerOptions = {
  /** The bundle's folder, with its `.js` entry and whatever it imports. */
  readonly bundle: string
  readonly entry: string
  readonly bindings?: Readonly<Record<string, string>>
  /** Where Chrome's developer tools, or a profiler, can look into the Worker. */
  readonly inspectorPort?: number
}

/** Bundles a Worker exactly as a deployment does. */
export function bundle(config: string, entry?: string): string {
  const outdir = mkdtempSync(join(tmpdir(), 'skygear-bundle-'))
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'bin/wrangler.js',
  )
  const args = [
    'deploy',
    ...(entry ? [entry] : []),
    '--config',
    config,
    '--dry-run',
    '--minify',
    '--outdir',
    outdir,
  ]
  execFileSync(process.execPath, [wrangler, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  return outdir
}

export async function startWorker({
  bundle: dir,
  entry,
  bindings = {},
  inspectorPort,
}: WorkerOptions): Promise<RunningWorker> {
  const port = await freePort()
  const modules = readdirSync(dir)
    .filter((name) => name.endsWith('.js') || name.endsWith('.sql'))
    .toSorted((a, b) => Number(b === entry) - Number(a === entry))
    .map((name) => ({
      type: name.endsWith('.js') ? ('ESModule' as const) : ('Text' as const),
      path: join(dir, name),
      contents: readFileSync(join(dir, name), 'utf8'),
    }))
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules,
      modulesRoot: dir,
      compatibilityDate: '2026-09-01',
      compatibilityFlags: ['nodejs_compat'],
      kvNamespaces: ['TENANTS'],
      ...(entry === 'worker.js' && {
        durableObjects: {
          PUBSUB: { className: 'PubsubHub', useSQLite: true },
          METRICS: { className: 'ClusterMetrics', useSQLite: true },
        },
      }),
      bindings,
      ...(inspectorPort !== undefined && { inspectorPort }),
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
      // One line a request would be read by this process, and measured with it.
      handleStructuredLogs: () => undefined,
    }),
  )
  await miniflare.ready
  return { url: `http://127.0.0.1:${port}`, miniflare, stop: () => miniflare.dispose() }
}
