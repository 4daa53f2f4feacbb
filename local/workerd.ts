import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'

/**
 * A Worker in workerd and nothing else: `wrangler dev` answers through a proxy, and Miniflare sends every `fetch` and
 * every read of KV through Workers of its own.
 */
export type RunningWorker = {
  readonly url: string
  /** workerd's process. */
  readonly pid: number
  /** When the process was started, by `performance.now`. */
  readonly spawnedAt: number
  readonly stop: () => Promise<void>
}
export type WorkerOptions = {
  /** The bundle's folder, with its `.js` entry and whatever it imports. */
  readonly bundle: string
  readonly entry: string
  readonly bindings?: Readonly<Record<string, string>>
  /** A folder that is the KV namespace `TENANTS`, as `tenantsFolder` writes it; by default an empty one. */
  readonly tenants?: string
  /** Certificates (PEM) that the Worker trusts when it connects, beside those that browsers do. */
  readonly trustedCertificates?: readonly string[]
  /** Where Chrome's developer tools, or a profiler, can look into the Worker. */
  readonly inspectorPort?: number
}

const require = createRequire(import.meta.url)
const wranglerFolder = dirname(require.resolve('wrangler/package.json'))
const READY_SECONDS_MAX = 20
const POLL_MS = 2

/** Bundles a Worker exactly as a deployment does. */
export function bundle(config: string, entry?: string): string {
  const outdir = mkdtempSync(join(tmpdir(), 'skygear-bundle-'))
  const args = ['deploy', ...(entry ? [entry] : []), '--config', config, '--dry-run', '--minify']
  execFileSync(process.execPath, [join(wranglerFolder, 'bin/wrangler.js'), ...args, '--outdir', outdir], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  return outdir
}

/** A folder as a KV namespace that a Worker reads: one file a key. Files may be added while it runs. */
export function putTenant(folder: string, key: string, text: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, key), text)
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const port = await freePort()
  const state = mkdtempSync(join(tmpdir(), 'skygear-workerd-'))
  const tenants = options.tenants ?? join(state, 'tenants')
  for (const folder of [tenants, join(state, 'objects')]) mkdirSync(folder, { recursive: true })
  const config = join(options.bundle, `${port}.capnp`)
  writeFileSync(config, configOf(options, { tenants, objects: join(state, 'objects') }))
  const inspector =
    options.inspectorPort === undefined ? [] : [`--inspector-addr=127.0.0.1:${options.inspectorPort}`]
  const spawnedAt = performance.now()
  const child = spawn(
    workerdPath(),
    ['serve', config, `--socket-addr=http=127.0.0.1:${port}`, '--experimental', ...inspector],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  await listening(port, () => child.exitCode !== null)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    spawnedAt,
    async stop() {
      process.off('exit', killed)
      killed()
      await ended
      rmSync(state, { recursive: true, force: true })
      rmSync(config, { force: true })
    },
  }
}

/** workerd's own configuration (its `workerd.capnp` describes every field). */
function configOf(
  { bundle: folder, entry, bindings = {}, trustedCertificates = [] }: WorkerOptions,
  { tenants, objects }: { readonly tenants: string; readonly objects: string },
): string {
  const text = JSON.stringify
  const rest = readdirSync(folder).filter((name) => name !== entry && /\.(js|sql|json|wasm)$/.test(name))
  const kindOf = (name: string) =>
    name.endsWith('.js') ? 'esModule' : name.endsWith('.wasm') ? 'wasm' : 'text'
  const modules = [entry, ...rest].map(
    (name) => `(name = ${text(name)}, ${kindOf(name)} = embed ${text(name)})`,
  )
  const isOurs = entry === 'worker.js'
  const classes = isOurs
    ? {
        PUBSUB: 'PubsubHub',
        METRICS: 'ClusterMetrics',
        PASSWORDS: 'PasswordHasher',
        LIMITS: 'AttemptLimiter',
      }
    : {}
  const bound = [
    ...Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...(isOurs ? ['(name = "TENANTS", kvNamespace = "tenants")'] : []),
    ...Object.entries(classes).map(
      ([name, className]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`,
    ),
  ]
  const namespaces = Object.values(classes).map(
    (name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join(', ')}],
      compatibilityDate = "2026-09-01",
      bindings = [${bound.join(', ')}],
      durableObjectNamespaces = [${namespaces.join(', ')}],
      ${isOurs ? 'durableObjectStorage = (localDisk = "objects"),' : ''}
    )),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true, trustedCertificates = [${trustedCertificates.map((pem) => text(pem)).join(', ')}]))),
    (name = "tenants", disk = (path = ${text(tenants)}, allowDotfiles = true)),
    (name = "objects", disk = (path = ${text(objects)}, writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);
`
}

/** The binary that wrangler itself runs. */
function workerdPath(): string {
  const fromWrangler = createRequire(join(wranglerFolder, 'package.json'))
  const folder = dirname(fromWrangler.resolve('workerd/package.json'))
  const platform = `@cloudflare/workerd-${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch === 'x64' ? '64' : process.arch}`
  const path = createRequire(join(folder, 'package.json')).resolve(`${platform}/bin/workerd`)
  if (!existsSync(path)) throw new Error(`workerd is not installed: ${path}`)
  return path
}

async function listening(port: number, hasEnded: () => boolean): Promise<void> {
  for (let waited = 0; waited < READY_SECONDS_MAX * 1000; waited += POLL_MS) {
    if (hasEnded()) throw new Error('workerd has ended')
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    await sleep(POLL_MS)
  }
  throw new Error('workerd does not listen')
}
