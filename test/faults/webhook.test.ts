import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WEBHOOK_SECONDS_MAX } from '../../src/core/limits.ts'
import { fetchWebhooks } from '../../src/platform/fetch-webhooks.ts'
import { aTenant } from '../support/tenant.ts'

type Heard = { readonly path: string; readonly signature: unknown; readonly body: string }
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** An app's own server, which answers as told, and what it heard. */
async function aServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const signature = request.headers['x-skygear-body-signature']
      heard.push({ path: request.url ?? '', signature, body: Buffer.concat(pieces).toString() })
      answer(request, response)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/trail?key=k`, heard }
}
const warnings: string[] = []
const webhooks = fetchWebhooks((message) => warnings.push(message))
const tenant = aTenant({ appId: 'notes', hookSecret: 'hook' })
afterEach(() => warnings.splice(0))

it('a web hook is one POST with the signature of its bytes', async () => {
  const { url, heard } = await aServer((_, response) => response.end())
  const body = JSON.stringify({ who: 'Ännchen 😀' })
  await webhooks.post(tenant, url, body)
  const signature = createHmac('sha256', 'hook').update(body).digest('hex')
  expect(heard).toEqual([{ path: '/trail?key=k', signature, body }])
  expect(warnings).toEqual([])
})

it('a web hook’s redirect takes the event to no other server', async () => {
  const other = await aServer((_, response) => response.end())
  const { url, heard } = await aServer((_, response) =>
    response.writeHead(307, { location: other.url }).end(),
  )
  await webhooks.post(tenant, url, '{}')
  expect([heard.length, other.heard.length]).toEqual([1, 0])
  expect(warnings).toEqual([expect.stringMatching(/^notes: the web hook at 127\.0\.0\.1:\d+ answered 307$/)])
})

it('a web hook whose server never answers is given up', async () => {
  const { url, heard } = await aServer(() => undefined)
  const started = performance.now()
  await webhooks.post(tenant, url, '{}')
  expect(performance.now() - started).toBeLessThan((WEBHOOK_SECONDS_MAX + 2) * 1000)
  expect(heard).toHaveLength(1)
  expect(warnings).toEqual([expect.stringContaining('was not reached: TimeoutError')])
})

it('a web hook whose server sends without end is not listened to', async () => {
  const { url } = await aServer((_, response) => {
    const timer = setInterval(() => response.write('x'.repeat(65_536)), 1)
    response.on('close', () => clearInterval(timer))
  })
  const started = performance.now()
  await webhooks.post(tenant, url, '{}')
  expect(performance.now() - started).toBeLessThan(2000)
})

it('a web hook whose server is away is no failure of anything else', async () => {
  await webhooks.post(tenant, 'http://127.0.0.1:1/', '{}')
  expect(warnings).toEqual([expect.stringContaining('was not reached')])
})
