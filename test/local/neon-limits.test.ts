import { Client } from 'pg'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { WebSocket } from 'ws'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'

const url = inject('databaseUrl')
let endpoint: NeonEndpoint | undefined
afterEach(() => endpoint?.close())
const started = async (): Promise<NeonEndpoint> => {
  endpoint = await startNeonEndpoint({ databases: [url] })
  return endpoint
}

async function post(at: NeonEndpoint, body: unknown, connection = url, signal: AbortSignal | null = null) {
  const headers = {
    'neon-connection-string': connection,
    'neon-raw-text-output': 'true',
    'neon-array-mode': 'true',
  }
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal }
  const answer = await fetch(`${at.url}/sql`, init)
  return { status: answer.status, json: (await answer.json()) as { rows?: unknown; message?: string } }
}

/** A socket that is open, or the status that it was refused with. */
const opened = (at: NeonEndpoint) =>
  new Promise<WebSocket | number>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${at.port}/v2`)
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode))
    socket.once('error', reject)
  })
const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', resolve))

describe('sessions', () => {
  it('are 64 at once: the next is 503, until one has ended', async () => {
    const at = await started()
    const sockets = await Promise.all(Array.from({ length: 64 }, () => opened(at)))
    expect(sockets.filter((socket) => typeof socket === 'number')).toEqual([])
    expect(await opened(at)).toBe(503)
    const [one] = sockets
    if (!(one instanceof WebSocket)) throw new Error('no session')
    one.close()
    await closed(one)
    await expect.poll(() => opened(at)).toBeInstanceOf(WebSocket)
  })

  it('end at a frame of more than 64 MB, and others begin', async () => {
    const at = await started()
    const socket = await opened(at)
    if (!(socket instanceof WebSocket)) throw new Error('no session')
    socket.on('error', () => undefined)
    socket.send(Buffer.alloc(64 * 1024 * 1024 + 1))
    // RFC 6455, section 7.4.1: too big. The other side may be gone before it has said so.
    expect([1009, 1006]).toContain(await closed(socket))
    expect(await post(at, { query: 'select 1' })).toMatchObject({ status: 200 })
  })
})

describe('connection strings', () => {
  it('are 8 that are busy: the next is 503, until one of them is idle', async () => {
    const at = await started()
    const leave = new AbortController()
    const connection = (i: number) => {
      const own = new URL(url)
      own.searchParams.set('application_name', `busy-${at.port}-${i}`)
      return own.href
    }
    const busy = Array.from({ length: 8 }, (_, i) =>
      post(at, { query: 'select pg_sleep(60)' }, connection(i), leave.signal).catch(() => 'left'),
    )
    const watcher = new Client(url)
    await watcher.connect()
    const asleep = `select from pg_stat_activity where application_name like 'busy-${at.port}-%' and state = 'active'`
    await expect.poll(async () => (await watcher.query(asleep)).rowCount, { timeout: 5000 }).toBe(8)
    await watcher.end()
    const refused = await post(at, { query: 'select 1' }, connection(8))
    expect([refused.status, refused.json.message]).toEqual([
      503,
      'more than 8 connection strings are in use at once',
    ])
    leave.abort()
    expect(await Promise.all(busy)).toEqual(Array.from({ length: 8 }, () => 'left'))
    await expect
      .poll(async () => (await post(at, { query: 'select 1' }, connection(8))).json.rows, { timeout: 5000 })
      .toEqual([['1']])
  })
})

describe('the parameters of a statement', () => {
  it('are 32,767, as many as Neon’s proxy can say: one more is 400', async () => {
    const at = await started()
    const inValues = (count: number) => {
      const params = Array.from({ length: count }, () => '1')
      return { query: `select 1 where '1' in (${params.map((_, i) => `$${i + 1}`).join(',')})`, params }
    }
    expect(await post(at, inValues(32_767))).toMatchObject({ status: 200, json: { rows: [['1']] } })
    expect(await post(at, inValues(32_768))).toMatchObject({
      status: 400,
      json: { message: 'error serializing parameter 0: value too large to transmit' },
    })
  })
})
