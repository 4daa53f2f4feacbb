import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'

const url = inject('databaseUrl')
const headers = { 'neon-connection-string': url, 'neon-raw-text-output': 'true', 'neon-array-mode': 'true' }
const MB = 1024 * 1024
const TOO_LARGE = 'response is too large (max is 67108864 bytes)'

/** An endpoint alone in a process, so that its memory can be measured. */
let child: ChildProcess
let port: number

beforeAll(async () => {
  const module = new URL('../../local/neon/endpoint.ts', import.meta.url).href
  const script = `const { startNeonEndpoint } = await import(${JSON.stringify(module)})
    const { port } = await startNeonEndpoint({ databases: [${JSON.stringify(url)}] })
    let peak = 0
    setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5)
    process.on('message', () => { process.send({ peak }); peak = process.memoryUsage.rss() })
    process.send({ port })`
  child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [message] = (await once(child, 'message')) as [{ port: number }]
  port = message.port
})
afterAll(() => void child.kill())
afterEach(() => void vi.unstubAllEnvs())

/** The most memory the endpoint has used since the last call, in bytes; right after a call, what it uses now. */
async function peakMemory(): Promise<number> {
  child.send('peak')
  const [message] = (await once(child, 'message')) as [{ peak: number }]
  return message.peak
}

async function ask(body: unknown): Promise<IncomingMessage> {
  const sent = request({ port, path: '/sql', method: 'POST', headers })
  sent.end(JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const post = async (body: unknown) => {
  const response = await ask(body)
  return { status: response.statusCode, json: JSON.parse(await readAll(response)) as unknown }
}

/** How Neon describes the column of text that all of these have. */
const FIELD = {
  name: 'v',
  dataTypeID: 25,
  tableID: 0,
  columnID: 0,
  dataTypeSize: -1,
  dataTypeModifier: -1,
  format: 'text',
}
/** `mb` MB of JSON in rows of 1 KB, each with brackets, quotes and a comma. */
const rows = (mb: number) => `select repeat('x', 1019) from generate_series(1, ${mb * 1024})`

describe('a large answer', () => {
  it('arrives whole, whatever is in it', async () => {
    const text = `select i, nullif(i % 3, 0), repeat('é"\\\\', 100) || chr(1) as "v""" from generate_series(1, 50000) i`
    const { status, json } = await post({ query: text })
    const expected = Array.from({ length: 50_000 }, (_, i) => [
      String(i + 1),
      (i + 1) % 3 === 0 ? null : String((i + 1) % 3),
      `${'é"\\\\'.repeat(100)}\u0001`,
    ])
    expect(status).toBe(200)
    expect(json).toMatchObject({ command: 'SELECT', rowCount: 50_000, rowAsArray: true })
    expect((json as { rows: unknown }).rows).toEqual(expected)
  })

  it('of a batch arrives whole, between small ones', async () => {
    const { json } = await post({
      queries: [{ query: 'select 1' }, { query: rows(5) }, { query: 'select 2' }],
    })
    const { results } = json as { results: { rows: unknown[] }[] }
    expect(results.map((result) => result.rows.length)).toEqual([1, 5 * 1024, 1])
  })

  it('costs no memory while it is read slowly, and keeps no session', async () => {
    await post({ query: rows(50) })
    await sleep(300)
    await peakMemory()
    const before = await peakMemory()
    const responses = await Promise.all(Array.from({ length: 4 }, () => ask({ query: rows(50) })))
    const statuses = responses.map((response) => response.statusCode)
    expect(statuses).toEqual(Array(4).fill(200))
    const busy = await post({
      query: `select 1 from pg_stat_activity where query like $1 and state <> 'idle'`,
      params: [`${rows(50)}%`],
    })
    expect(busy.json).toMatchObject({ rows: [] })
    // A little of each at a time, for a second; then the rest.
    let bytes = 0
    for (const response of responses)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        response.pause()
      })
    for (let i = 0; i < 20; i += 1) {
      await sleep(50)
      for (const response of responses) response.resume()
    }
    expect(bytes).toBeLessThan(100 * MB)
    const ended = responses.map((response) => once(response, 'end'))
    for (const response of responses)
      response.removeAllListeners('data').on('data', (chunk: Buffer) => (bytes += chunk.length))
    for (const response of responses) response.resume()
    await Promise.all(ended)
    expect(bytes).toBeGreaterThan(4 * 50 * MB)
    const growth = (await peakMemory()) - before
    expect(growth).toBeLessThan(160 * MB)
  })

  it('leaves no file and no open file behind, read or not', async () => {
    const open = () =>
      fs.existsSync(`/proc/${child.pid}/fd`)
        ? fs.readdirSync(`/proc/${child.pid}/fd`).filter((fd) => {
            try {
              return fs.readlinkSync(`/proc/${child.pid}/fd/${fd}`).includes('neon-answer-')
            } catch {
              return false
            }
          })
        : []
    const left = await ask({ query: rows(50) })
    left.destroy()
    await post({ query: rows(70) })
    await post({ query: `${rows(5)} union all select (1 / 0)::text` })
    await expect.poll(open).toEqual([])
    expect(fs.readdirSync(tmpdir()).filter((name) => name.startsWith('neon-answer-'))).toEqual([])
  })
})

describe('an answer of more than 64 MB', () => {
  it('is 507 when a row comes after more than 64 MB of JSON, and not before', async () => {
    const head = JSON.stringify({ fields: [FIELD], rows: [] }).length - ']}'.length
    /** Of 64 MB and `more` bytes up to the last quote, in rows of 1 MB; then two empty rows. */
    const beyond = (more: number, count: number) => ({
      query: `select repeat('x', case i when 1 then $1::int when 65 then 0 when 66 then 0 else $2 end) as v
        from generate_series(1, ${count}) i`,
      params: [String(MB - head - 4 + more), String(MB - 5)],
    })
    const exact = await ask(beyond(0, 65))
    expect(exact.statusCode).toBe(200)
    expect(await readAll(exact)).toHaveLength(
      64 * MB + `,[""],"command":"SELECT","rowCount":65,"rowAsArray":true}`.length + 1,
    )
    const refused = { status: 507, json: { message: TOO_LARGE, code: '', severity: '' } }
    expect(await post(beyond(1, 65))).toMatchObject(refused)
    expect(await post(beyond(0, 66))).toMatchObject(refused)
  })

  it('counts a batch as one answer, and keeps nothing of it', async () => {
    const name = `big_${crypto.randomUUID().replaceAll('-', '')}`
    const queries = [`create table ${name} (x int)`, rows(40), rows(400)].map((query) => ({ query }))
    expect((await post({ queries })).status).toBe(507)
    expect((await post({ query: `select to_regclass('${name}')` })).json).toMatchObject({ rows: [[null]] })
  })

  it.each([
    ['rows without end', `select repeat('x', 1000), generate_series(1, 1000000000)`],
    ['one value of 150 MB', `select repeat('x', 150000000)`],
  ])(
    'breaks %s off without holding them',
    async (_, query) => {
      await sleep(300)
      await peakMemory()
      const before = await peakMemory()
      expect(await post({ query })).toMatchObject({ status: 507, json: { message: TOO_LARGE } })
      const growth = (await peakMemory()) - before
      expect(growth).toBeLessThan(250 * MB)
      expect(await post({ query: 'select 1' })).toMatchObject({ status: 200, json: { rows: [['1']] } })
    },
    60_000,
  )
})

it('an error after a million rows is still a 400', async () => {
  const query = 'select 1 / (1000000 - i) from generate_series(1, 1000000) i'
  expect(await post({ query })).toMatchObject({ status: 400, json: { code: '22012' } })
})

it('an answer that finds no room for its file is a 500 that says so, and costs no session', async () => {
  vi.stubEnv('TMPDIR', '/nowhere/at/all')
  const single = await startNeonEndpoint({ databases: [url], poolSize: 1 })
  const send = async (query: string): Promise<{ status: number; json: unknown }> => {
    const body = JSON.stringify({ query })
    const answer = await fetch(`${single.url}/sql`, { method: 'POST', headers, body })
    return { status: answer.status, json: await answer.json() }
  }
  const message = expect.stringContaining('the answer could not be kept: ENOENT') as unknown
  expect(await send(rows(5))).toMatchObject({ status: 500, json: { message } })
  expect(await send('select 1')).toMatchObject({ status: 200, json: { rows: [['1']] } })
  await single.close()
})
