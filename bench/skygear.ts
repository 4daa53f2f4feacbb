import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { startPostgres } from '../local/postgres.ts'
import { bundle, putTenant, startWorker, type RunningWorker } from '../local/workerd.ts'
import { newDocument } from '../src/gateway/document/compose.ts'
import type { Target } from './load.ts'
import { post, startPeer } from './peer.ts'
import { cpuOf } from './processes.ts'

/** Sessions to Postgres, for the endpoint as for parse-server's own pool. */
const POOL_SIZE = 16
/** The rows that are read: of 2,000, 20 have one title. */
export const SEEDS = Array.from({ length: 2000 }, (_, i) => ({ title: `title ${i % 100}`, n: i }))
const SEEDS_AT_ONCE = 500

export type Skygear = Awaited<ReturnType<typeof startSkygear>>

/** Postgres with durable settings, the Neon endpoint in a process of its own, our Worker, and an app with rows. */
export async function startSkygear({ inspectorPort }: { readonly inspectorPort?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'skygear-bench-'))
  const postgres = await startPostgres({ dataDir: join(dir, 'pg'), persistent: false })
  // As Neon's proxy is: it must not share a thread with the load.
  const endpoint = await startPeer(resolve('bench/peers/neon.ts'), [postgres.url, String(POOL_SIZE)])
  const document = newDocument({ name: 'bench', random: () => randomUUID(), production: false })
  const tenants = join(dir, 'tenants')
  putTenant(tenants, 'host:127.0.0.1', JSON.stringify(document))
  const bindings = { DATABASE_URL: postgres.url, NEON_LOCAL_ENDPOINT: `127.0.0.1:${endpoint.said}` }
  const worker = bundle('wrangler.toml')
  const servers: RunningWorker[] = []

  /**
   * One more isolate of the same system. `share`: of the log lines; `neon`: host and port of another endpoint; `bundled`:
   * another bundle than the deployed one; `more`: bindings.
   */
  async function start(
    share: string,
    {
      inspector,
      neon,
      bundled = worker,
      more = {},
    }: {
      readonly inspector?: number | undefined
      readonly neon?: string
      readonly bundled?: string
      readonly more?: Readonly<Record<string, string>>
    } = {},
  ): Promise<RunningWorker> {
    const server = await startWorker({
      bundle: bundled,
      entry: 'worker.js',
      tenants,
      bindings: {
        ...bindings,
        ...(neon !== undefined && { NEON_LOCAL_ENDPOINT: neon }),
        LOG_SAMPLE: share,
        CLUSTER_DOMAIN: 'localhost',
        ...more,
      },
      ...(inspector !== undefined && { inspectorPort: inspector }),
    })
    servers.push(server)
    return server
  }
  const server = await start('0.01', { inspector: inspectorPort })
  const key = { 'x-skygear-api-key': document.app_config.clients[0]?.client_id ?? '' }
  const master = { 'x-skygear-api-key': document.app_config.master_key }
  const credentials = { auth_data: { username: 'ana' }, password: 'secret' }
  const { result } = await post(`${server.url}/auth/signup`, credentials, key)
  const user = { ...key, 'x-skygear-access-token': (result as { access_token: string }).access_token }
  for (let i = 0; i < SEEDS.length; i += SEEDS_AT_ONCE) {
    const part = SEEDS.slice(i, i + SEEDS_AT_ONCE)
    const records = part.map((seed, j) => ({ _id: `note/seed-${i + j}`, ...seed }))
    await post(`${server.url}/record/save`, { records }, user)
  }

  let n = 0
  const next = () => `${process.pid}-${n++}`
  const costsOf = ({ pid }: { readonly pid: number }): NonNullable<Target['costs']> => ({
    server: () => cpuOf.process(pid),
    proxy: () => cpuOf.process(endpoint.pid),
    database: () => cpuOf.postgres(postgres.dataDir),
  })
  const target = (action: string, body: Target['body'], status = 200, on = server): Target => ({
    name: 'skygear',
    url: `${on.url}/${action}`,
    headers: user,
    costs: costsOf(on),
    body,
    status,
  })
  return {
    postgres,
    bundle: worker,
    bindings,
    server,
    start,
    schema: document.database_config.database_schema,
    key,
    master,
    user,
    next,
    costsOf,
    targets: {
      /** The input is refused, so no database is asked. */
      refused: (on: RunningWorker) => target('record/fetch', () => ({ ids: ['x'] }), 400, on),
      // Of another type than the one that is read: the faster server would leave itself more rows.
      create: target('record/save', () => ({ records: [{ _id: `entry/${next()}`, title: 'made', n: 1 }] })),
      read: target('record/fetch', () => ({ ids: ['note/seed-7'] })),
      query: target('record/query', () => ({
        record_type: 'note',
        limit: 20,
        predicate: ['eq', { $type: 'keypath', $val: 'title' }, 'title 7'],
      })),
    },
    async stop() {
      await Promise.all(servers.map((each) => each.stop()))
      await endpoint.stop()
      await postgres.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** No planner shall guess: autovacuum would come in a minute. */
export async function analyze(databaseUrl: string): Promise<void> {
  const client = new Client(databaseUrl)
  await client.connect()
  await client.query('vacuum analyze')
  await client.end()
}
