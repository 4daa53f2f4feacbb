import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '../../support/app.ts'

/** What a socket receives, one after the other, as they come. */
class Client {
  readonly #socket: WebSocket
  readonly #received: string[] = []
  readonly #waiting: ((text: string) => void)[] = []
  readonly closed: Promise<number>

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.accept()
    socket.addEventListener('message', ({ data }) => {
      const waiting = this.#waiting.shift()
      if (waiting) waiting(String(data))
      else this.#received.push(String(data))
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code }) => resolve(code))
    })
  }

  send(frame: unknown): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  next(): Promise<string> {
    const text = this.#received.shift()
    return text === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(text)
  }

  async nextEvent(): Promise<unknown> {
    return JSON.parse(await this.next())
  }

  /** Asks for an answer on a channel of its own: every frame before it has been dealt with by then. */
  async settled(): Promise<void> {
    this.send({ action: 'sub', channel: 'settled' })
    this.send({ action: 'pub', channel: 'settled', data: 1 })
    expect(await this.nextEvent()).toEqual({ channel: 'settled', data: 1 })
    this.send({ action: 'unsub', channel: 'settled' })
  }
}

const upgrade = { headers: { upgrade: 'websocket' } }
const connect = async (app: TestApp, path = '/pubsub', key = app.apiKey): Promise<Client> => {
  const response = await app.send(`${path}?api_key=${key}`, upgrade)
  expect(response.status).toBe(101)
  if (!response.webSocket) throw new Error('no socket')
  return new Client(response.webSocket)
}

describe('/pubsub', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp({ provision: false })
  })

  it('gives what is published to every subscriber, the sender included', async () => {
    const [a, b, c] = [await connect(app), await connect(app), await connect(app)]
    for (const client of [a, b]) client.send({ action: 'sub', channel: 'news' })
    for (const client of [a, b, c]) await client.settled()
    for (const data of [{ n: 1 }, [1], 'x', 0, false]) {
      a.send({ action: 'pub', channel: 'news', data })
      expect([await a.nextEvent(), await b.nextEvent()]).toEqual([
        { channel: 'news', data },
        { channel: 'news', data },
      ])
    }
    c.send({ action: 'pub', channel: 'c', data: 1 })
    await c.settled()
  })

  it('gives a message once however often a channel is subscribed, and no more after unsub', async () => {
    const a = await connect(app)
    for (const action of ['sub', 'sub', 'pub', 'unsub', 'pub'])
      a.send({ action, channel: 'once', data: action })
    expect(await a.nextEvent()).toEqual({ channel: 'once', data: 'pub' })
    await a.settled()
  })

  it('is another hub than /_/pubsub, and each app has its own', async () => {
    const other = await testApp({ provision: false })
    const clients = [await connect(app), await connect(app, '/_/pubsub'), await connect(other)]
    for (const client of clients) {
      client.send({ action: 'sub', channel: 'apart' })
      await client.settled()
    }
    for (const [i, client] of clients.entries()) client.send({ action: 'pub', channel: 'apart', data: i })
    for (const [i, client] of clients.entries()) {
      expect(await client.nextEvent()).toEqual({ channel: 'apart', data: i })
      await client.settled()
    }
  })

  it('takes the master key, and a key in the header', async () => {
    await (await connect(app, '/pubsub', app.masterKey)).settled()
    const headers = { ...upgrade.headers, 'x-skygear-api-key': app.apiKey }
    expect((await app.send('/pubsub', { headers })).status).toBe(101)
  })

  const refusals: readonly [string, string, RequestInit, number, number][] = [
    ['no key', '/pubsub', upgrade, 401, 101],
    ['a wrong key', '/pubsub?api_key=wrong', upgrade, 401, 103],
    ['a wrong key for the internal hub', '/_/pubsub?api_key=wrong', upgrade, 401, 103],
    ['another method', '/pubsub', { method: 'POST' }, 404, 117],
  ]
  it.each(refusals)('refuses %s in the envelope', async (_, path, init, status, code) => {
    const response = await app.send(path, init)
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }])
  })

  it('refuses a request that is no upgrade', async () => {
    const response = await app.send(`/pubsub?api_key=${app.apiKey}`)
    expect([response.status, await response.json()]).toMatchObject([426, { error: { code: 107 } }])
  })

  const malformed: readonly [string, unknown][] = [
    ['is no JSON', 'hello'],
    ['is no object', '[]'],
    ['has no channel', { action: 'sub' }],
    ['has an empty channel', { action: 'sub', channel: '' }],
    ['has a channel that is a number', { action: 'sub', channel: 1 }],
    ['has a channel of 257 characters', { action: 'sub', channel: 'x'.repeat(257) }],
    ['publishes nothing', { action: 'pub', channel: 'x' }],
    ['publishes null', { action: 'pub', channel: 'x', data: null }],
    ['is longer than 64 KiB', { action: 'pub', channel: 'x', data: 'x'.repeat(65536) }],
  ]
  it.each(malformed)('answers a frame that %s with a text that is no JSON, and closes', async (_, frame) => {
    const a = await connect(app)
    a.send(frame)
    const text = await a.next()
    expect(() => JSON.parse(text)).toThrow()
    expect(await a.closed).toBe(1008)
  })

  it('answers an unknown action with a text that is no JSON, and stays open', async () => {
    const a = await connect(app)
    a.send({ action: 'nope', channel: 'x' })
    const text = await a.next()
    expect(() => JSON.parse(text)).toThrow()
    expect(await Promise.race([a.closed, a.settled().then(() => 'open')])).toBe('open')
  })

  it('takes fifty channels a socket, one of them twice, and closes at the next', async () => {
    const a = await connect(app)
    const sub = (i: number) => a.send({ action: 'sub', channel: `c${i}` })
    for (let i = 0; i < 50; i++) sub(i)
    sub(49)
    a.send({ action: 'pub', channel: 'c49', data: 'still here' })
    expect(await a.next()).toContain('still here')
    sub(50)
    expect(await a.next()).toContain('50 channels')
    expect(await a.closed).toBe(1008)
  })

  it('takes fifty channels of 256 characters of any script, or says that it does not', async () => {
    const a = await connect(app)
    const channel = (i: number) => `${i}`.padStart(256, '語')
    for (let i = 0; i < 50; i++) a.send({ action: 'sub', channel: channel(i) })
    a.send({ action: 'pub', channel: channel(49), data: 1 })
    const answer = await a.next()
    if (answer.startsWith('{')) expect(JSON.parse(answer)).toEqual({ channel: channel(49), data: 1 })
    else expect(await a.closed).toBe(1008)
  }, 3000)
})
