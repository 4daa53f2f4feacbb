import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'
import { freePort } from '../../local/ports.ts'
import { startPostgres, type Postgres } from '../../local/postgres.ts'
import { bundle, putTenant, startWorker, type RunningWorker } from '../../local/workerd.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'

/** How long the Worker under test waits for its database. */
export const DATABASE_SECONDS = 2
/** No answer may take longer, whatever is broken. */
export const ANSWER_MS_MAX = 4_000
const RESTARTS_MAX = 100

export type Answer = {
  readonly status: number
  readonly code: number | undefined
  readonly retryAfter: string | null
  readonly result: unknown
}
type Call = (action: string, body?: object, token?: string) => Promise<Answer>

/** The whole system in pieces that can be broken one by one: Postgres, the endpoint in front of it, the Worker. */
export type System = {
  readonly call: Call
  /** Straight to Postgres, as its superuser: a session of its own, which the caller ends. */
  readonly admin: () => Promise<Client>
  readonly table: (name: string) => string
  /** A request to another app, which has no schema until one succeeds. */
  readonly fresh: (msMax?: number) => Promise<Answer>
  readonly stopPostgres: () => Promise<void>
  readonly startPostgres: () => Promise<void>
  /** SIGKILL: no shutdown, no checkpoint. */
  readonly killPostgres: () => Promise<void>
  /** A new isolate in a new process: nothing remembered. */
  readonly restartWorker: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The Worker's own login: no superuser, so that connections can run out for it. */
const ROLE = 'worker'
export const CONNECTIONS_MAX = 8

export async function startSystem(): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'skygear-faults-'))
  // Run by root, Postgres is another user and must be able to enter.
  await chmod(folder, 0o711)
  const options = { dataDir: join(folder, 'pg'), port: await freePort(), persistent: true }
  let postgres: Postgres = await startPostgres(options)
  const admin = async (): Promise<Client> => {
    const client = new Client({ connectionString: postgres.url })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const setup = await admin()
  await setup.query(`create role ${ROLE} login password '${ROLE}' connection limit ${CONNECTIONS_MAX};
    grant create on database postgres to ${ROLE};
    create extension citext; create extension cube; create extension earthdistance`)
  await setup.end()
  const url = new URL(postgres.url)
  url.username = url.password = ROLE

  const endpoint = await startNeonEndpoint({ databases: [url.href], poolSize: CONNECTIONS_MAX })
  const dir = bundle('wrangler.toml')
  const documentOf = (name: string) =>
    newDocument({ name, random: () => crypto.randomUUID(), production: false })
  const [document, fresh] = [documentOf('faults'), documentOf('fresh')]
  const tenants = join(folder, 'tenants')
  putTenant(tenants, 'host:127.0.0.1', JSON.stringify(document))
  putTenant(tenants, 'host:localhost', JSON.stringify(fresh))
  const launch = (): Promise<RunningWorker> =>
    startWorker({
      bundle: dir,
      entry: 'worker.js',
      tenants,
      bindings: {
        DATABASE_URL: url.href,
        NEON_LOCAL_ENDPOINT: `127.0.0.1:${endpoint.port}`,
        DATABASE_SECONDS: String(DATABASE_SECONDS),
        LOG_SAMPLE: '0',
      },
    })
  let worker = await launch()

  return {
    admin,
    table: (name) => `"${document.database_config.database_schema}"."${name}"`,
    call: (action, body = {}, token) => post(worker.url, document, action, body, token),
    fresh: (msMax) =>
      post(worker.url.replace('127.0.0.1', 'localhost'), fresh, 'auth:signup', {}, undefined, msMax),
    stopPostgres: () => postgres.stop(),
    async startPostgres() {
      // Sessions of a Postgres that was killed may take a moment to notice.
      for (let attempt = 1; ; attempt++)
        try {
          postgres = await startPostgres(options)
          return
        } catch (cause) {
          if (attempt === RESTARTS_MAX) throw cause
          await sleep(50)
        }
    },
    async killPostgres() {
      const lock = await readFile(join(postgres.dataDir, 'postmaster.pid'), 'utf8')
      process.kill(Number.parseInt(lock, 10), 'SIGKILL')
    },
    async restartWorker() {
      await worker.stop()
      worker = await launch()
    },
    async stop() {
      await worker.stop()
      await endpoint.close()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function post(
  url: string,
  { app_config }: ReturnType<typeof newDocument>,
  action: string,
  body: object,
  token?: string,
  msMax: number = ANSWER_MS_MAX,
): Promise<Answer> {
  const response = await fetch(`${url}/${action.replaceAll(':', '/')}`, {
    method: 'POST',
    headers: {
      'x-skygear-api-key': app_config.clients[0]?.client_id ?? '',
      ...(token !== undefined && { 'x-skygear-access-token': token }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(msMax),
  })
  const { result, error } = (await response.json()) as { result?: unknown; error?: { code: number } }
  return {
    status: response.status,
    code: error?.code,
    retryAfter: response.headers.get('retry-after'),
    result,
  }
}

/** Asks until the answer is `wanted`; the last one in any case. Bounded. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  let answer = await ask()
  for (let i = 0; i < 300 && !wanted(answer); i++) {
    await sleep(20)
    answer = await ask()
  }
  return answer
}
