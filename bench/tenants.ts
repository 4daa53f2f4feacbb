/**
 * node bench/tenants.ts [--tenants 10000 --state DIR --seconds 4 --repetitions 3]
 *
 * Routed and authenticated, with requests spread over many apps, beside one app and bare Hono. Every app has a document
 * in KV and a user with a token; all have been met once before anything is measured. `--state` keeps the documents for
 * the next run, which 100,000 of them are worth.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle, putTenant, startWorker } from '../local/workerd.ts'
import type { Tenant } from '../src/core/tenant.ts'
import { newDocument } from '../src/gateway/document/compose.ts'
import { joseTokens } from '../src/platform/jose-tokens.ts'
import { load, type Sample, type Target } from './load.ts'
import { cpuOf } from './processes.ts'
import { record } from './record.ts'
import { median, spread } from './statistics.ts'

const { values: flags } = parseArgs({
  options: {
    tenants: { type: 'string', default: '10000' },
    state: { type: 'string' },
    seconds: { type: 'string', default: '4' },
    repetitions: { type: 'string', default: '3' },
  },
})
const count = Math.min(200_000, Number(flags.tenants))
const seconds = Math.min(60, Number(flags.seconds))
const repetitions = Math.min(9, Number(flags.repetitions))
const CONNECTIONS = 16

const dir = mkdtempSync(join(tmpdir(), 'skygear-tenants-'))
const tenants = flags.state ?? join(dir, 'tenants')
const tokens = joseTokens()
const hostOf = (i: number) => `app${i}.localhost`

type App = { readonly host: string; readonly key: string; readonly token: string }
const apps: App[] = []
for (let i = 0; i < count; i++) apps.push(await appAt(i))

const options = {
  bundle: bundle('wrangler.toml'),
  entry: 'worker.js',
  tenants,
  bindings: {
    DATABASE_URL: 'postgres://nobody@nowhere.invalid/none',
    LOG_SAMPLE: '0.01',
    TENANT_CACHE_SECONDS: '3600',
  },
}
const many = await startWorker(options)
const one = await startWorker(options)
const hello = await startWorker({
  bundle: bundle('bench/peers/wrangler.toml', 'bench/peers/hello.ts'),
  entry: 'hello.js',
})

let next = 0
const refused = (name: string, server: typeof one, choose: () => App | undefined): Target => ({
  name,
  url: `${server.url}/record/fetch`,
  costs: { server: () => cpuOf.process(server.pid) },
  headersOf: () => {
    const app = choose()
    return {
      host: app?.host ?? '',
      'x-skygear-api-key': app?.key ?? '',
      'x-skygear-access-token': app?.token ?? '',
    }
  },
  // The input is refused, so no database is asked.
  body: () => ({ ids: ['x'] }),
  status: 400,
})
const targets: readonly Target[] = [
  {
    name: 'bare hono',
    url: `${hello.url}/`,
    costs: { server: () => cpuOf.process(hello.pid) },
    body: () => ({}),
    status: 200,
  },
  refused('one app', one, () => apps[0]),
  // A stride that meets all of them, none twice before the last.
  refused(`${count} apps`, many, () => apps[(next = (next + 7919) % count)]),
]

const samples = new Map<string, Sample[]>(targets.map(({ name }) => [name, []]))
for (let met = 0; met < count;) {
  const { requestsPerSecond } = await load(targets[2] as Target, { connections: CONNECTIONS, seconds: 5 })
  met += requestsPerSecond * 5
}
for (let i = 0; i < repetitions; i++)
  for (const target of targets)
    samples.get(target.name)?.push(await load(target, { connections: CONNECTIONS, seconds }))
const ceiling = median((samples.get('bare hono') ?? []).map(({ requestsPerSecond }) => requestsPerSecond))
const results = [...samples].map(([name, taken]) => {
  const speeds = taken.map(({ requestsPerSecond }) => requestsPerSecond)
  return {
    name,
    requestsPerSecond: Math.round(median(speeds)),
    spread: Number(spread(speeds).toFixed(2)),
    ofBareHono: Number((median(speeds) / ceiling).toFixed(2)),
    p99: median(taken.map(({ p99 }) => p99)),
    unexpected: taken.reduce((sum, { unexpected }) => sum + unexpected, 0),
    cpu: median(taken.map(({ cpu }) => cpu['server'] ?? 0)),
  }
})
console.table(results)
record(`tenants-${count}`, { seconds, repetitions, results })
await Promise.all([many, one, hello].map((server) => server.stop()))
rmSync(dir, { recursive: true, force: true })

/** The same app for the same number, in every run. */
async function appAt(i: number): Promise<App> {
  let n = 0
  const random = () => {
    const hex = createHash('sha256').update(`bench ${i} ${n++}`).digest('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
  const document = newDocument({ name: `app${i}`, random, production: true })
  const key = `host:${hostOf(i)}`
  if (!existsSync(join(tenants, key))) putTenant(tenants, key, JSON.stringify(document))
  const tenant = {
    appId: document.app_id,
    signingKeys: [],
    sessionSecret: document.app_config.auth.authentication_session.secret,
  } as unknown as Tenant
  const claims = { userId: 'user', sessionId: 'session', issuedAt: new Date(), expiresAt: null }
  const token = await tokens.issue(tenant, claims)
  return { host: hostOf(i), key: document.app_config.clients[0]?.client_id ?? '', token }
}
