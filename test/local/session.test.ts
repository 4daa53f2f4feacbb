import { Client, neonConfig, Pool } from '@neondatabase/serverless'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { WebSocket } from 'ws'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'

const url = inject('databaseUrl')
let endpoint: NeonEndpoint

beforeAll(async () => {
  endpoint = await startNeonEndpoint({ databases: [url, 'postgres://nobody@127.0.0.1:1/none'] })
  neonConfig.wsProxy = `127.0.0.1:${endpoint.port}/v1`
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineTLS = false
})
afterAll(() => endpoint.close())

// Node's own WebSocket and the one the driver's manual names.
describe.each([
  ['password', undefined],
  [false, undefined],
  ['password', WebSocket],
] as const)('with pipelineConnect %s', (pipelineConnect, constructor) => {
  beforeAll(() => {
    neonConfig.pipelineConnect = pipelineConnect
    neonConfig.webSocketConstructor = constructor
  })

  it('a Client runs an interactive transaction', async () => {
    const client = new Client(url)
    await client.connect()
    try {
      await client.query('begin')
      await client.query('create temp table t (id int) on commit drop')
      const { rows } = await client.query('insert into t values ($1), ($2) returning id', [1, 2])
      expect(rows).toEqual([{ id: 1 }, { id: 2 }])
      await client.query('rollback')
      expect((await client.query(`select to_regclass('pg_temp.t') as t`)).rows).toEqual([{ t: null }])
    } finally {
      await client.end()
    }
  })

  it('a Client takes several statements at once, and goes on after an error', async () => {
    const client = new Client(url)
    await client.connect()
    try {
      const results: unknown = await client.query(`select 1 as a; select 'ž' as b`)
      expect(results).toMatchObject([{ rows: [{ a: 1 }] }, { rows: [{ b: 'ž' }] }])
      await expect(client.query('select bogus')).rejects.toMatchObject({ code: '42703', position: '8' })
      const big = 'x'.repeat(3_000_000)
      expect((await client.query('select $1::text as big', [big])).rows).toEqual([{ big }])
    } finally {
      await client.end()
    }
  })

  it('a Pool shares sessions and does not count as trips', async () => {
    const before = endpoint.trips()
    const pool = new Pool({ connectionString: url, max: 3 })
    const numbers = Array.from({ length: 12 }, (_, i) => i)
    const all = await Promise.all(numbers.map((i) => pool.query('select $1::int as i', [i])))
    expect(all.map(({ rows }) => rows)).toEqual(numbers.map((i) => [{ i }]))
    await pool.end()
    expect(endpoint.trips()).toBe(before)
  })

  it('says why a session cannot begin', async () => {
    const wrong = new URL(url)
    wrong.password = 'wrong'
    const client = new Client(wrong.href)
    client.on('error', () => {})
    // With `pipelineConnect: 'password'` a login counts as done before Postgres has judged it.
    const login = client.connect().then(() => client.query('select 1'))
    await expect(login).rejects.toMatchObject({ code: '28P01' })
  })
})

describe('an upgrade', () => {
  const address = new URL(url).host

  it.each<[string, string, number]>([
    ['the served database', `/v1?address=${address}`, 101],
    ['Neon’s own path', '/v2', 101],
    ['the root', '/', 101],
    ['another host', '/v1?address=10.0.0.1:5432', 400],
    ['another port', '/v1?address=127.0.0.1:22', 400],
    ['a host in disguise', `/v1?address=${address}/x%3Fhost=10.0.0.1%26`, 400],
    ['nonsense', '/v1?address=::::', 400],
    ['any other path, as Neon does', '/v3', 101],
  ])('to %s', async (_, path, status) => {
    expect(await statusOf(path)).toBe(status)
  })

  it('asked for by a web page is refused', async () => {
    expect(await statusOf('/v2', { origin: 'http://evil.example' })).toBe(403)
  })

  it('to a database that is down fails in words', async () => {
    neonConfig.pipelineConnect = false
    neonConfig.webSocketConstructor = undefined
    const client = new Client('postgres://nobody:x@127.0.0.1:1/none')
    await expect(client.connect()).rejects.toMatchObject({
      code: '08006',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

/** The HTTP status of an upgrade's answer; 101 when it was accepted. */
function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${endpoint.port}${path}`, { headers })
    socket.once('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.once('error', reject)
  })
}
