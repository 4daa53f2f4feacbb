import { Client, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { WebSocket } from 'ws'
import { keyFinder } from '../../local/neon/cancel.ts'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'

// Without the check of the embedded Postgres that would end an abandoned statement within a second by itself.
const target = new URL(inject('databaseUrl'))
target.searchParams.set('options', '-c client_connection_check_interval=0')
const url = target.href
const headers = { 'neon-connection-string': url, 'neon-raw-text-output': 'true', 'neon-array-mode': 'true' }
/** Well below the statement's own time, and below a second. */
const AT_ONCE = { timeout: 900, interval: 20 }
let endpoint: NeonEndpoint

beforeAll(async () => {
  endpoint = await startNeonEndpoint({ databases: [url], poolSize: 2 })
})
afterAll(() => endpoint.close())

const post = async (body: unknown, signal: AbortSignal | null = null) => {
  const answer = await fetch(`${endpoint.url}/sql`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal,
  })
  return { status: answer.status, json: (await answer.json()) as { rows?: unknown; code?: unknown } }
}
const rowsOf = async (query: string) => (await post({ query })).json.rows
/** Sessions that run a statement of this mark right now. */
const running = (mark: string) =>
  rowsOf(
    `select pid from pg_stat_activity where query like '%${mark}' and state = 'active' and pid <> pg_backend_pid()`,
  )

describe('a client that leaves', () => {
  it.each([
    ['a statement', (text: string) => ({ query: text })],
    ['a batch', (text: string) => ({ queries: [{ query: 'select 1' }, { query: text }] })],
  ])('has %s cancelled at once, and its session is used again', async (kind, bodyOf) => {
    const mark = `gone-${kind}-${endpoint.port}`
    const before = await rowsOf('select pg_backend_pid()')
    const leave = new AbortController()
    const asked = post(bodyOf(`select pg_sleep(60), pg_backend_pid() -- ${mark}`), leave.signal).catch(
      () => 'left',
    )
    await expect.poll(() => running(mark)).toHaveLength(1)
    const [[pid]] = (await running(mark)) as [[string]]
    leave.abort()
    expect(await asked).toBe('left')
    await expect.poll(() => running(mark), AT_ONCE).toEqual([])
    const pids = new Set((before as string[][]).flat())
    for (let i = 0; i < 10; i += 1)
      for (const rows of await Promise.all([
        rowsOf('select pg_backend_pid()'),
        rowsOf('select pg_backend_pid()'),
      ]))
        pids.add((rows as string[][])[0]![0]!)
    expect(pids).toContain(pid)
    expect(pids.size).toBeLessThanOrEqual(2)
  })

  it('while it waits for a session never has its statement run', async () => {
    const sleeps = [1, 2].map((i) => post({ query: `select pg_sleep(0.5), ${i}` }))
    const name = `never_${endpoint.port}`
    const leave = AbortSignal.timeout(100)
    await expect(post({ query: `create table ${name} (x int)` }, leave)).rejects.toThrow()
    await Promise.all(sleeps)
    expect(await rowsOf(`select to_regclass('${name}')`)).toEqual([[null]])
  })

  it('never has the next request cancelled in its place', async () => {
    for (let i = 0; i < 60; i += 1) {
      const left = post({ query: 'select pg_sleep(0.003)' }, AbortSignal.timeout(1 + (i % 6))).catch(
        () => null,
      )
      const next = await Promise.all([1, 2, 3].map(() => post({ query: 'select pg_sleep(0.002)' })))
      expect(next.map(({ status }) => status)).toEqual([200, 200, 200])
      await left
    }
  })

  it('by WebSocket has its statement cancelled and its session ended at once', async () => {
    neonConfig.wsProxy = `127.0.0.1:${endpoint.port}/v1`
    neonConfig.useSecureWebSocket = false
    neonConfig.pipelineTLS = false
    neonConfig.pipelineConnect = false
    const sockets: WebSocket[] = []
    neonConfig.webSocketConstructor = class extends WebSocket {
      constructor(address: string) {
        super(address)
        sockets.push(this)
      }
    }
    const client = new Client(url)
    client.on('error', () => {})
    await client.connect()
    const mark = `vanished-${endpoint.port}`
    const asked = client.query(`select pg_sleep(60) -- ${mark}`).catch(() => 'gone')
    await expect.poll(() => running(mark)).toHaveLength(1)
    const [[pid]] = (await running(mark)) as [[string]]
    for (const socket of sockets) socket.terminate()
    await expect.poll(() => rowsOf(`select 1 from pg_stat_activity where pid = ${pid}`), AT_ONCE).toEqual([])
    expect(await asked).toBe('gone')
  })
})

describe('the key of a session', () => {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.from(`${type}\0\0\0\0`)
    head.writeInt32BE(body.length + 4, 1)
    return Buffer.concat([head, body])
  }
  const key = message('K', Buffer.from([0, 0, 1, 2, 255, 255, 255, 255]))
  const greeting = Buffer.concat([message('R', Buffer.alloc(4)), message('S', Buffer.from('a\0b\0')), key])
  const found = { processID: 258, secretKey: -1 }

  it('is found however the bytes are cut', () => {
    expect(keyFinder()(greeting)).toEqual(found)
    const find = keyFinder()
    const answers = [...greeting].map((byte) => find(Buffer.from([byte])))
    expect(answers.at(-1)).toEqual(found)
    expect(answers.slice(0, -1).every((answer) => answer === undefined)).toBe(true)
  })

  it('is found after TLS was refused, and not looked for inside TLS or nonsense', () => {
    expect(keyFinder()(Buffer.concat([Buffer.from('N'), greeting]))).toEqual(found)
    expect(keyFinder()(Buffer.from('S'))).toBeNull()
    expect(keyFinder()(Buffer.from('R\0\0\0\0'))).toBeNull()
    expect(keyFinder()(Buffer.concat([Buffer.from('R\x7f\0\0\0'), Buffer.alloc(70_000)]))).toBeNull()
  })
})
