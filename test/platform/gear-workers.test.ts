import { expect, it } from 'vitest'
import { passTo } from '../../src/gateway/gear-workers.ts'

/** What the other Worker is asked, told by what it answers. */
const mirror = {
  fetch: async (request: Request) =>
    Response.json({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }),
}

it('a request is passed to another Worker whole, in the Worker’s runtime too', async () => {
  const body = 'é'.repeat(200_000)
  const request = new Request('http://notes.example:8787/record/save?a=b', {
    method: 'POST',
    headers: { 'x-skygear-api-key': 'k', 'x-skygear-is-master-key': 'true', 'content-type': 'text/x' },
    body: new Blob([body]).stream(),
  })
  const kept = request.clone()
  await request.text()
  const passed = await passTo(mirror, kept, 'id-1')
  const told: unknown = passed.ok && (await passed.value.json())
  expect(told).toMatchObject({
    url: 'http://notes.example:8787/record/save?a=b',
    method: 'POST',
    body,
    headers: { 'x-skygear-api-key': 'k', 'x-skygear-request-id': 'id-1', 'content-type': 'text/x' },
  })
  expect(JSON.stringify(told)).not.toContain('is-master-key')
})

it('a socket that the other Worker opens is passed back', async () => {
  const open = {
    fetch: async () => {
      const { 0: client, 1: server } = new WebSocketPair()
      server.accept()
      return new Response(null, { status: 101, webSocket: client })
    },
  }
  const passed = await passTo(open, new Request('http://notes.example/pubsub'), 'id-1')
  expect(passed.ok && passed.value.status).toBe(101)
  expect(passed.ok && passed.value.webSocket).toBeTruthy()
})
