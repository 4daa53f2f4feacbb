import { bundle, startWorker } from '../local/workerd.ts'
import type { Target } from './load.ts'
import { PARSE_KEY, startParse } from './parse-server.ts'
import { post } from './peer.ts'
import { cpuOf } from './processes.ts'
import { analyze, SEEDS, startSkygear } from './skygear.ts'

export type Scenario = { readonly targets: readonly Target[] }
export type Systems = {
  readonly scenarios: Readonly<Record<string, Scenario>>
  readonly stop: () => Promise<void>
}

/** Our Worker and what it is compared with, on one Postgres with durable settings, filled alike. */
export async function startSystems(): Promise<Systems> {
  const skygear = await startSkygear()
  const { postgres, key, next, costsOf, targets } = skygear
  const logging = await skygear.start('1')
  const hello = await startWorker({
    bundle: bundle('bench/peers/wrangler.toml', 'bench/peers/hello.ts'),
    entry: 'hello.js',
  })
  const plain = await startWorker({
    bundle: bundle('bench/peers/wrangler.toml', 'bench/peers/plain.ts'),
    entry: 'plain.js',
    bindings: skygear.bindings,
  })
  const parse = await startParse(postgres.url)
  const database = () => cpuOf.postgres(postgres.dataDir)
  const process = (pid: number) => () => cpuOf.process(pid)

  await post(`${plain.url}/setup`, {})
  for (const [i, seed] of SEEDS.entries()) await post(`${plain.url}/save`, { id: `seed-${i}`, ...seed })
  const credentials = { username: 'ana', password: 'secret' }
  const { sessionToken } = await post(`${parse.url}/users`, credentials, PARSE_KEY)
  const session = { ...PARSE_KEY, 'x-parse-session-token': String(sessionToken) }
  let objectId = ''
  for (const seed of SEEDS)
    objectId = String((await post(`${parse.url}/classes/Note`, seed, session))['objectId'])
  for (const url of [postgres.url, parse.databaseUrl]) await analyze(url)

  const byDrizzle = (path: string, body: Target['body']): Target => ({
    name: 'hono + drizzle',
    url: `${plain.url}/${path}`,
    costs: costsOf(plain),
    body,
    status: 200,
  })
  const byParse = (
    path: string,
    body: Target['body'],
    status = 200,
    headers: Target['headers'] & object = session,
  ): Target => ({
    name: 'parse-server',
    url: `${parse.url}/${path}`,
    headers,
    costs: { server: process(parse.pid), database },
    body,
    status,
  })
  const byUs = (action: string, body: Target['body']): Target => ({
    ...targets.create,
    url: `${skygear.server.url}/${action}`,
    headers: key,
    body,
  })
  const bare: Target = {
    name: 'bare hono',
    url: `${hello.url}/`,
    costs: { server: process(hello.pid) },
    body: () => ({ ids: ['x'] }),
    status: 200,
  }
  return {
    scenarios: {
      // Host, gear, key, token and input are judged.
      'routed and authenticated': {
        targets: [
          bare,
          { ...targets.refused(skygear.server), name: 'skygear, logs sampled' },
          { ...targets.refused(logging), name: 'skygear, a line each' },
        ],
      },
      create: {
        targets: [
          targets.create,
          byDrizzle('save', () => ({ id: next(), title: 'made', n: 1 })),
          byParse('classes/Entry', () => ({ title: 'made', n: 1 }), 201),
        ],
      },
      'read by id': {
        targets: [targets.read, byParse(`classes/Note/${objectId}`, () => ({ _method: 'GET' }))],
      },
      'query of 20': {
        targets: [
          targets.query,
          byDrizzle('query', () => ({ title: 'title 7' })),
          byParse('classes/Note', () => ({ _method: 'GET', where: { title: 'title 7' }, limit: 20 })),
        ],
      },
      signup: {
        targets: [
          byUs('auth/signup', () => ({ auth_data: { username: next() }, password: 'secret' })),
          byParse('users', () => ({ username: next(), password: 'secret' }), 201, PARSE_KEY),
        ],
      },
      login: {
        targets: [
          byUs('auth/login', () => ({ auth_data: { username: 'ana' }, password: 'secret' })),
          byParse('login', () => credentials, 200, PARSE_KEY),
        ],
      },
    },
    async stop() {
      await Promise.all([logging, hello, plain, parse].map((server) => server.stop()))
      await skygear.stop()
    },
  }
}
