import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../local/ports.ts'
import { startPostgres } from '../local/postgres.ts'
import { newDocument } from '../src/gateway/document/compose.ts'
import type { Target } from './load.ts'
import { cpuOf } from './processes.ts'
import { bundle, putTenant, startWorker } from '../local/workerd.ts'

export type Scenario = { readonly targets: readonly Target[]; readonly connections?: readonly number[] }
type Peer = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> }
export type Systems = {
  readonly scenarios: Readonly<Record<string, Scenario>>
  readonly stop: () => Promise<void>
}

/** Our Worker and what it is compared with, on one Postgres with durable settings, filled alike. */
export async function startSystems(): Promise<Systems> {
  const dir = mkdtempSync(join(tmpdir(), 'skygear-bench-'))
  const postgres = await startPostgres({ dataDir: join(dir, 'pg'), persistent: false })
  const endpoint = await startEndpoint(postgres.url)
  const bindings = { DATABASE_URL: postgres.url, NEON_LOCAL_ENDPOINT: `127.0.0.1:${endpoint.port}` }
  const document = newDocument({ name: 'bench', random: () => randomUUID(), production: false })
  const tenants = join(dir, 'tenants')
  putTenant(tenants, 'host:127.0.0.1', JSON.stringify(document))

  const ours = (share: string) =>
    startWorker({
      bundle: worker,
      entry: 'worker.js',
      tenants,
      bindings: { ...bindings, LOG_SAMPLE: share, CLUSTER_DOMAIN: 'localhost' },
    })
  const worker = bundle('wrangler.toml')
  const sampled = await ours('0.01')
  const logging = await ours('1')
  const hello = await startWorker({
    bundle: bundle('bench/peers/wrangler.toml', 'bench/peers/hello.ts'),
    entry: 'hello.js',
  })
  const plain = await startWorker({
    bundle: bundle('bench/peers/wrangler.toml', 'bench/peers/plain.ts'),
    entry: 'plain.js',
    bindings,
  })
  const parse = await startParse(postgres.url)

  const key = { 'x-skygear-api-key': document.app_config.clients[0]?.client_id ?? '' }
  const parseKey = { 'x-parse-application-id': 'bench' }

  const ana = (
    await post(`${sampled.url}/auth/signup`, { auth_data: { username: 'ana' }, password: 'secret' }, key)
  )['result'] as { access_token: string }
  const user = { ...key, 'x-skygear-access-token': ana.access_token }
  const parseUser = await post(`${parse.url}/users`, { username: 'ana', password: 'secret' }, parseKey)
  const parseSession = { ...parseKey, 'x-parse-session-token': String(parseUser['sessionToken']) }
  await post(`${plain.url}/setup`, {})

  // The rows that are read: 2,000, of which 20 are found.
  const seeds = Array.from({ length: 2000 }, (_, i) => ({ title: `title ${i % 100}`, n: i }))
  for (let i = 0; i < seeds.length; i += 500) {
    const part = seeds.slice(i, i + 500)
    await post(
      `${sampled.url}/record/save`,
      { records: part.map((seed, j) => ({ _id: `note/seed-${i + j}`, ...seed })) },
      user,
    )
    for (const [j, seed] of part.entries()) await post(`${plain.url}/save`, { id: `seed-${i + j}`, ...seed })
  }
  let objectId = ''
  for (const seed of seeds)
    objectId = String((await post(`${parse.url}/classes/Note`, seed, parseSession))['objectId'])

  // Neither planner shall guess: autovacuum would come in a minute.
  await analyzed(postgres.url)
  const [database, proxy] = [() => cpuOf.postgres(postgres.dataDir), () => cpuOf.process(endpoint.pid)]
  const costs = (server: { readonly pid: number }, usesProxy: boolean) => ({
    server: () => cpuOf.process(server.pid),
    ...(usesProxy && { proxy }),
    database,
  })

  let n = 0
  const next = () => `${process.pid}-${n++}`
  const target = (
    name: string,
    url: string,
    headers: Target['headers'],
    body: Target['body'],
    status = 200,
  ): Target => ({
    name,
    url,
    costs: costs(servers.find((server) => url.startsWith(server.url)) ?? parse, !url.startsWith(parse.url)),
    ...(headers && { headers }),
    body,
    status,
  })
  const servers = [sampled, logging, hello, plain, parse]
  const byTitle = {
    record_type: 'note',
    limit: 20,
    predicate: ['eq', { $type: 'keypath', $val: 'title' }, 'title 7'],
  }
  const few = [1, 4] as const
  return {
    scenarios: {
      // Host, gear, key, token and input are judged; the input is refused, so no database is asked.
      'routed and authenticated': {
        targets: [
          target('bare hono', `${hello.url}/`, {}, () => ({ ids: ['x'] })),
          target('skygear, logs sampled', `${sampled.url}/record/fetch`, user, () => ({ ids: ['x'] }), 400),
          target('skygear, a line each', `${logging.url}/record/fetch`, user, () => ({ ids: ['x'] }), 400),
        ],
      },
      create: {
        targets: [
          target('skygear', `${sampled.url}/record/save`, user, () => ({
            records: [{ _id: `entry/${next()}`, title: 'made', n: 1 }],
          })),
          target('hono + drizzle', `${plain.url}/save`, {}, () => ({ id: next(), title: 'made', n: 1 })),
          target(
            'parse-server',
            `${parse.url}/classes/Entry`,
            parseSession,
            () => ({ title: 'made', n: 1 }),
            201,
          ),
        ],
      },
      'read by id': {
        targets: [
          target('skygear', `${sampled.url}/record/fetch`, user, () => ({ ids: ['note/seed-7'] })),
          target('parse-server', `${parse.url}/classes/Note/${objectId}`, parseSession, () => ({
            _method: 'GET',
          })),
        ],
      },
      'query of 20': {
        targets: [
          target('skygear', `${sampled.url}/record/query`, user, () => byTitle),
          target('hono + drizzle', `${plain.url}/query`, {}, () => ({ title: 'title 7' })),
          target('parse-server', `${parse.url}/classes/Note`, parseSession, () => ({
            _method: 'GET',
            where: { title: 'title 7' },
            limit: 20,
          })),
        ],
      },
      signup: {
        connections: few,
        targets: [
          target('skygear', `${sampled.url}/auth/signup`, key, () => ({
            auth_data: { username: next() },
            password: 'secret',
          })),
          target(
            'parse-server',
            `${parse.url}/users`,
            parseKey,
            () => ({ username: next(), password: 'secret' }),
            201,
          ),
        ],
      },
      login: {
        connections: few,
        targets: [
          target('skygear', `${sampled.url}/auth/login`, key, () => ({
            auth_data: { username: 'ana' },
            password: 'secret',
          })),
          target('parse-server', `${parse.url}/login`, parseKey, () => ({
            username: 'ana',
            password: 'secret',
          })),
        ],
      },
    },
    async stop() {
      await Promise.all([sampled, logging, hello, plain, parse].map((server) => server.stop()))
      await endpoint.stop()
      await postgres.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function startParse(databaseUrl: string): Promise<Peer> {
  const client = new Client(databaseUrl)
  await client.connect()
  await client.query('create database parse')
  await client.end()
  const port = await freePort()
  const script = resolve('bench/peers/parse.ts')
  const { pid, stop } = await startPeer(script, [databaseUrl.replace(/\/postgres$/, '/parse'), String(port)])
  return { url: `http://127.0.0.1:${port}/parse`, pid, stop }
}

/** In a process of its own, as Neon's proxy is: it must not share a thread with the load. */
async function startEndpoint(databaseUrl: string) {
  const { line, pid, stop } = await startPeer(resolve('bench/peers/neon.ts'), [databaseUrl, '16'])
  return { port: Number(line), pid, stop }
}

/** A script that prints one line when it is ready. It may write logs into the folder it is started in. */
async function startPeer(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
  })
  const stop = async () => {
    child.kill()
    await ended
  }
  return { line, pid: child.pid ?? 0, stop }
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Readonly<Record<string, unknown>>
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}

async function analyzed(databaseUrl: string): Promise<void> {
  for (const url of [databaseUrl, databaseUrl.replace(/\/postgres$/, '/parse')]) {
    const client = new Client(url)
    await client.connect()
    await client.query('vacuum analyze')
    await client.end()
  }
}
