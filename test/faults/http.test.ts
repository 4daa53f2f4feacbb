import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, putTenant, startWorker, type RunningWorker } from '../../local/workerd.ts'
import { newDocument } from '../../src/gateway/document/compose.ts'

const HOST = 'raw.localhost'
const SILENCE_MS = 300

let dir: string
let tenants: string
let worker: RunningWorker
beforeAll(async () => {
  dir = bundle('wrangler.toml')
  tenants = await mkdtemp(join(tmpdir(), 'skygear-http-'))
  const document = newDocument({ name: 'raw', random: () => crypto.randomUUID(), production: false })
  putTenant(tenants, `host:${HOST}`, JSON.stringify(document))
  const bindings = { DATABASE_URL: 'postgres://nobody@nowhere.invalid/none', LOG_SAMPLE: '0' }
  worker = await startWorker({ bundle: dir, entry: 'worker.js', tenants, bindings })
})
afterAll(async () => {
  await worker.stop()
  for (const folder of [dir, tenants]) await rm(folder, { recursive: true, force: true })
})

/** What workerd answers to exactly these bytes, until it closes the connection or says no more. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(worker.url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setTimeout(SILENCE_MS, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
const statuses = (answer: string) => [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)
const request = (headers: readonly string[], body = '') =>
  ['POST / HTTP/1.1', ...headers, '', body].join('\r\n')

describe('a request as bytes', () => {
  it('is answered', async () => {
    const answer = await raw(request([`Host: ${HOST}`, 'Content-Length: 2'], '{}'))
    expect(statuses(answer)).toEqual(['200'])
    expect(answer).toContain('"status":"OK"')
  })

  it('longer than it says: the rest is never part of its body', async () => {
    const answer = await raw(request([`Host: ${HOST}`, 'Content-Length: 2'], `{}${'x'.repeat(100_000)}`))
    // The body is the two bytes; what follows is never a whole request.
    expect(statuses(answer)).toEqual(['200'])
  })

  it.each([
    ['two lengths', ['Content-Length: 2', 'Content-Length: 3']],
    ['a length that is no number', ['Content-Length: many']],
    ['a negative length', ['Content-Length: -1']],
  ])('with %s is refused by the runtime, before any code of ours', async (_, headers) => {
    const answer = await raw(request([`Host: ${HOST}`, ...headers], '{}'))
    expect(answer).not.toBe('')
    expect(answer).not.toContain('x-skygear-request-id')
  })

  it('that says it is beyond all bounds is refused before it has come', async () => {
    const answer = await raw(request([`Host: ${HOST}`, 'Content-Length: 99999999999999999999999'], '{}'))
    expect(statuses(answer)).toEqual(['413'])
  })

  it('with a length and chunks is read as one or refused, never as two requests', async () => {
    const smuggled = 'POST /auth/signup HTTP/1.1\r\nHost: other.localhost\r\nContent-Length: 0\r\n\r\n'
    const answer = await raw(
      request([`Host: ${HOST}`, 'Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
    )
    expect(statuses(answer).filter((status) => status === '404')).toEqual([])
  })

  it.each([
    ['two hosts', [`Host: ${HOST}`, 'Host: other.localhost']],
    ['no host', []],
    ['an empty host', ['Host: ']],
    ['a host with a path', [`Host: ${HOST}/x`]],
    ['a host with a user', [`Host: me@${HOST}`]],
  ])('with %s is refused by the runtime as well', async (_, headers) => {
    const answer = await raw(request([...headers, 'Content-Length: 2'], '{}'))
    expect(answer).not.toBe('')
    expect(answer).not.toContain('x-skygear-request-id')
  })
})
