import './localhost.ts'
import type { Container } from 'skygear'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { WebSocket } from 'ws'
import { client, unique } from './client.ts'
import type { App } from './system.ts'
import { errorObject, expectFailure, send } from './wire.ts'

const { demo, other } = inject('system')

/** How long a frame or a close may take to come. */
const WAIT_MS = 3000

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

/** The SDK with its sockets open. */
async function connected(app: App): Promise<Container> {
  const as = await client(app)
  opened.push(() => {
    as.pubsub._pubsub.close()
    as.pubsub._internalPubsub.close()
  })
  const open = new Promise<void>((done) => as.pubsub.onOpen(done))
  as.pubsub.autoPubsub = true
  await as.config({ endPoint: app.url, apiKey: app.api_key })
  await open
  return as
}

/** Resolves once the server has done all that this client asked so far: its own message came back. */
async function settled({ pubsub }: Container): Promise<void> {
  const channel = unique('settled')
  const echo = pubsub.once(channel)
  pubsub.publish(channel, {})
  await echo
}

/** Collects what a channel brings. */
function listen({ pubsub }: Container, channel: string): unknown[] {
  const heard: unknown[] = []
  pubsub.on(channel, (data) => heard.push(data))
  return heard
}

describe('the SDK’s pubsub', () => {
  it('§9.3 a message reaches every subscriber of the app, the sender included', async () => {
    const [ana, ben] = [await connected(demo), await connected(demo)]
    const channel = unique('room')
    const [atAna, atBen] = [listen(ana, channel), listen(ben, channel)]
    await settled(ana)
    await settled(ben)
    const data = { text: 'héllo 👋', n: 1, nested: { list: [1, null] } }
    ana.pubsub.publish(channel, data)
    await expect.poll(() => [atAna, atBen], { timeout: WAIT_MS }).toEqual([[data], [data]])
  })

  it('§9.3 only subscribers of the channel hear it', async () => {
    const ana = await connected(demo)
    const [here, there] = [unique('here'), unique('there')]
    const [atHere, atThere] = [listen(ana, here), listen(ana, there)]
    ana.pubsub.publish(here, { n: 1 })
    ana.pubsub.publish(there, { n: 2 })
    await expect.poll(() => [atHere, atThere], { timeout: WAIT_MS }).toEqual([[{ n: 1 }], [{ n: 2 }]])
  })

  it('§9.3 off ends the subscription', async () => {
    const [ana, ben] = [await connected(demo), await connected(demo)]
    const channel = unique('room')
    const [atAna, atBen] = [listen(ana, channel), listen(ben, channel)]
    await settled(ana)
    await settled(ben)
    ana.pubsub.publish(channel, { n: 1 })
    await expect.poll(() => [atAna, atBen], { timeout: WAIT_MS }).toEqual([[{ n: 1 }], [{ n: 1 }]])
    ben.pubsub.off(channel)
    await settled(ben)
    ana.pubsub.publish(channel, { n: 2 })
    await expect.poll(() => atAna, { timeout: WAIT_MS }).toEqual([{ n: 1 }, { n: 2 }])
    // What was sent to Ben before this comes before it.
    await settled(ben)
    expect(atBen).toEqual([{ n: 1 }])
  })

  it('§9.3 apps do not hear each other', async () => {
    const [ana, stranger] = [await connected(demo), await connected(other)]
    const channel = unique('room')
    const [atAna, atStranger] = [listen(ana, channel), listen(stranger, channel)]
    await settled(ana)
    await settled(stranger)
    ana.pubsub.publish(channel, { from: 'demo' })
    stranger.pubsub.publish(channel, { from: 'other' })
    await expect
      .poll(() => [atAna, atStranger], { timeout: WAIT_MS })
      .toEqual([[{ from: 'demo' }], [{ from: 'other' }]])
    await settled(ana)
    await settled(stranger)
    expect([atAna, atStranger]).toEqual([[{ from: 'demo' }], [{ from: 'other' }]])
  })
})

/** A WebSocket with what came over it, and how it ended. */
type Raw = { readonly socket: WebSocket; readonly frames: string[]; readonly closed: Promise<number> }

const socketUrl = (app: App, path: string): string => new URL(path, app.url.replace(/^http/, 'ws')).href

function raw(app: App, path: string, headers: Record<string, string> = {}): Promise<Raw> {
  const socket = new WebSocket(socketUrl(app, path), { headers })
  opened.push(() => socket.terminate())
  const frames: string[] = []
  socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')))
  const closed = new Promise<number>((done) => socket.once('close', done))
  return new Promise((done, failed) => {
    socket.once('open', () => done({ socket, frames, closed }))
    socket.once('error', failed)
  })
}

/** The HTTP answer to an upgrade that is refused. */
function refusal(app: App, path: string): Promise<{ status: number | undefined; text: string }> {
  const socket = new WebSocket(socketUrl(app, path))
  return new Promise((done, failed) => {
    socket.once('open', () => {
      socket.terminate()
      failed(new Error('the upgrade was accepted'))
    })
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => done({ status: response.statusCode, text }))
    })
    socket.once('error', failed)
  })
}

const PATHS = ['/pubsub', '/_/pubsub']
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe.each(PATHS)('§9.3 %s', (path) => {
  const withKey = `${path}?api_key=${encodeURIComponent(demo.api_key)}`

  it('§9.3 carries frames of the protocol', async () => {
    const { socket, frames } = await raw(demo, withKey)
    const channel = unique('room')
    for (const frame of [
      { action: 'sub', channel },
      { action: 'sub', channel },
      { action: 'pub', channel, data: [1] },
    ])
      socket.send(JSON.stringify(frame))
    await expect.poll(() => frames.length, { timeout: WAIT_MS }).toBe(1)
    expect(JSON.parse(frames[0] ?? '')).toEqual({ channel, data: [1] })
  })

  it('§9.3 takes the key from the header, and the master key as well', async () => {
    const { socket } = await raw(demo, path, { 'x-skygear-api-key': demo.master_key })
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })

  it('§9.3 without a key answers a JSON error 101/401, and a wrong key 103/401; no upgrade', async () => {
    const none = await refusal(demo, path)
    expect([none.status, JSON.parse(none.text)]).toEqual([401, { error: errorObject(101) }])
    const wrong = await refusal(demo, `${path}?api_key=${encodeURIComponent(other.api_key)}`)
    expect([wrong.status, JSON.parse(wrong.text)]).toEqual([401, { error: errorObject(103) }])
  })

  it('§1.1 rejects another method with 117/404', async () => {
    expectFailure(await send(demo, withKey, { method: 'POST', body: '{}' }), 117)
  })

  it.each([
    ['no JSON', 'sub room'],
    ['no channel', '{"action":"sub"}'],
    ['an empty channel', '{"action":"sub","channel":""}'],
    ['pub without data', '{"action":"pub","channel":"room"}'],
    ['pub with null', '{"action":"pub","channel":"room","data":null}'],
  ])('§9.3 answers %s with a text that is no JSON, then closes', async (_, frame) => {
    const { socket, frames, closed } = await raw(demo, withKey)
    socket.send(frame)
    await closed
    expect(frames.map(isJson)).toEqual([false])
  })

  it('§9.3 answers an unknown action with a text that is no JSON, and stays', async () => {
    const { socket, frames } = await raw(demo, withKey)
    const channel = unique('room')
    socket.send(JSON.stringify({ action: 'dance', channel }))
    socket.send(JSON.stringify({ action: 'sub', channel }))
    socket.send(JSON.stringify({ action: 'pub', channel, data: 1 }))
    await expect.poll(() => frames.length, { timeout: WAIT_MS }).toBe(2)
    expect(frames.map(isJson)).toEqual([false, true])
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe('the two hubs', () => {
  it('§9.3 /pubsub and /_/pubsub are apart', async () => {
    const sockets = await Promise.all(PATHS.map((path) => raw(demo, `${path}?api_key=${demo.api_key}`)))
    const channel = unique('room')
    for (const { socket } of sockets) socket.send(JSON.stringify({ action: 'sub', channel }))
    for (const [i, { socket }] of sockets.entries())
      socket.send(JSON.stringify({ action: 'pub', channel, data: PATHS[i] }))
    const heard = () => sockets.map(({ frames }) => frames.map((frame) => JSON.parse(frame) as unknown))
    const own = PATHS.map((data) => [{ channel, data }])
    await expect.poll(heard, { timeout: WAIT_MS }).toEqual(own)
    // Each hub keeps the order, so a second message of its own shows that no stranger came between.
    for (const { socket } of sockets) socket.send(JSON.stringify({ action: 'pub', channel, data: 'end' }))
    await expect
      .poll(heard, { timeout: WAIT_MS })
      .toEqual(own.map((frames) => [...frames, { channel, data: 'end' }]))
  })
})
