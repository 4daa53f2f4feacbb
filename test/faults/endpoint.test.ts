import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { failureStatus } from '../../src/core/failure.ts'
import { failureOf } from '../../src/core/fault.ts'
import { neonDatabase, useLocalEndpoint } from '../../src/platform/neon.ts'

/** What the endpoint answers next. */
let answer: (response: ServerResponse) => void
let server: Server
let endpoint: string
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    request.on('end', () => answer(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const statement = { text: 'select 1 as one', values: [] }
/** A database of this test's own, which waits for a second at most. */
const database = () => {
  const url = new URL(inject('databaseUrl'))
  url.searchParams.set('application_name', crypto.randomUUID())
  return neonDatabase(url.href, 1)
}
const send =
  (status: number, body: string, type = 'application/json') =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': type }).end(body)
const sendPostgres = (code: string) => send(400, JSON.stringify({ code, message: 'secret host 10.0.0.1' }))

const FAULTS: readonly [string, (response: ServerResponse) => void][] = [
  ['answers 500', send(500, '{"message":"boom"}')],
  ['answers 502 in HTML', send(502, '<html>Bad gateway</html>', 'text/html')],
  ['answers 503', send(503, 'busy', 'text/plain')],
  ['answers 504 with nothing', send(504, '')],
  ['answers 429', send(429, '{}')],
  ['answers 200 in HTML', send(200, '<html>Welcome to Wi-Fi</html>', 'text/html')],
  ['answers 200 with nothing', send(200, '')],
  ['answers 200 with other JSON', send(200, '{"results":null}')],
  ['answers 200 with results that are none', send(200, '{"results":[null]}')],
  ['answers 400 in HTML', send(400, '<html>', 'text/html')],
  ['answers 400 without a reason', send(400, '{}')],
  ['has lost Postgres', send(400, '{"message":"connection closed","code":"","severity":""}')],
  ['hangs up', (response) => response.socket?.destroy()],
  [
    'hangs up in the middle of its answer',
    (response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"results":[')
      setTimeout(() => response.socket?.destroy(), 20)
    },
  ],
  ['never answers', () => undefined],
  [
    'never ends its answer',
    (response) => {
      response.writeHead(200)
      response.write('{"results":[')
    },
  ],
  ['says that Postgres shuts down', sendPostgres('57P01')],
  ['says that Postgres has crashed', sendPostgres('57P02')],
  ['says that Postgres starts up', sendPostgres('57P03')],
  ['says that the session was idle', sendPostgres('57P05')],
  ['says that there are too many connections', sendPostgres('53300')],
  ['says that the disk is full', sendPostgres('53100')],
  ['says that memory is out', sendPostgres('53200')],
  ['says that the connection failed', sendPostgres('08006')],
  ['says that the protocol was violated', sendPostgres('08P01')],
]

describe('an endpoint that', () => {
  it.each(FAULTS)('%s is a database that is away: 10002/503 and Retry-After, in time', async (_, fault) => {
    useLocalEndpoint(endpoint)
    answer = fault
    const began = Date.now()
    const outcome = await database().transact([statement])
    expect(Date.now() - began).toBeLessThan(2_000)
    if (outcome.ok) throw new Error('an answer')
    const failure = failureOf(outcome.error)
    expect([failure.name, failureStatus(failure)]).toEqual(['UnexpectedUnableToOpenDatabase', 503])
    expect(failure.retryAfterSeconds).toBeGreaterThan(0)
    expect(failure.message).not.toMatch(/secret|10\.0|boom/)
  })

  it('is mended serves the next statement', async () => {
    useLocalEndpoint(inject('neonEndpoint'))
    expect(await database().transact([statement])).toEqual({ ok: true, value: [[{ one: 1 }]] })
  })

  it.each([
    ['57014', 'ResponseTimeout', 503],
    ['40P01', 'UnexpectedUnableToOpenDatabase', 503],
    ['54000', 'InvalidArgument', 400],
    ['54011', 'InvalidArgument', 400],
    ['22021', 'InvalidArgument', 400],
  ])('hands on SQLSTATE %s: it is %s/%d', (code, name, status) => {
    const failure = failureOf({ code, message: 'x' })
    expect([failure.name, failureStatus(failure)]).toEqual([name, status])
  })
})
