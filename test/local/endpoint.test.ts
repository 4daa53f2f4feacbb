import { neon, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'
import { freePort } from '../../local/ports.ts'

const url = inject('databaseUrl')
const headers = { 'neon-connection-string': url, 'neon-raw-text-output': 'true', 'neon-array-mode': 'true' }
let endpoint: NeonEndpoint

beforeAll(async () => {
  endpoint = await startNeonEndpoint({ databases: [url, 'postgres://nobody:secret@127.0.0.1:1/none'] })
})
afterAll(() => endpoint.close())

async function post(body: unknown, more: Record<string, string> = {}, path = '/sql') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(endpoint.url + path, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: text,
  })
  const json: unknown = await response.json()
  return { status: response.status, json }
}

describe('POST /sql without the driver', () => {
  it('has the shape of an answer of Neon', async () => {
    const field = { tableID: 0, columnID: 0, dataTypeModifier: -1, format: 'text' }
    expect(await post({ query: 'select 1 as a, null as b, true as c', params: [] })).toEqual({
      status: 200,
      json: {
        command: 'SELECT',
        rowCount: 1,
        rows: [['1', null, 't']],
        fields: [
          { name: 'a', dataTypeID: 23, dataTypeSize: 4, ...field },
          { name: 'b', dataTypeID: 25, dataTypeSize: -1, ...field },
          { name: 'c', dataTypeID: 16, dataTypeSize: 1, ...field },
        ],
        rowAsArray: true,
      },
    })
  })

  it('gives objects without array mode, and lets a query decide for itself', async () => {
    const query = 'select 1 as a'
    const objects = await post({ query }, { 'neon-array-mode': 'false' })
    expect(objects.json).toMatchObject({ rows: [{ a: '1' }], rowAsArray: false })
    const both = await post({ queries: [{ query }, { query, arrayMode: false }] })
    expect(both.json).toMatchObject({ results: [{ rows: [['1']] }, { rows: [{ a: '1' }] }] })
  })

  it.each<[string, string]>([
    ['another host', 'postgres://u:p@10.0.0.1/x'],
    ['another port', url.replace(/:\d+\//, ':2/')],
    ['a host in disguise', `${url}?host=10.0.0.1`],
    ['a socket in disguise', `${url}?host=/var/run`],
  ])('refuses %s', async (_, connection) => {
    const { status, json } = await post({ query: 'select 1' }, { 'neon-connection-string': connection })
    expect(status).toBe(400)
    expect(json).toMatchObject({
      message: expect.stringContaining('is not a database served here') as string,
    })
  })
})

describe('the endpoint', () => {
  it('asks for a password, unless a database is given to it without one', async () => {
    const bare = 'postgres://nobody@127.0.0.1:1/none'
    const refused = await post({ query: 'select 1' }, { 'neon-connection-string': bare })
    expect([refused.status, refused.json]).toEqual([
      400,
      expect.objectContaining({ message: 'missing authentication credentials: required password' }),
    ])
    const trusting = await startNeonEndpoint({ databases: [bare] })
    const body = JSON.stringify({ query: 'select 1' })
    const answer = await fetch(`${trusting.url}/sql`, {
      method: 'POST',
      headers: { ...headers, 'neon-connection-string': bare },
      body,
    })
    expect(await answer.json()).toMatchObject({ message: "Couldn't connect to compute node" })
    await trusting.close()
  })

  it('counts trips, failed ones included', async () => {
    const before = endpoint.trips()
    await post({ query: 'select 1' })
    await post({ queries: [{ query: 'select 1' }, { query: 'select 2' }] })
    await post({ query: 'select bogus' })
    expect(endpoint.trips() - before).toBe(3)
    const response = await fetch(`${endpoint.url}/trips`)
    expect(await response.json()).toEqual({ trips: before + 3 })
  })

  it('says through the driver that a database is not reachable, or refuses the login', async () => {
    neonConfig.fetchEndpoint = `${endpoint.url}/sql`
    const nowhere = neon('postgres://nobody:secret@127.0.0.1:1/none')
    await expect(nowhere`select 1`).rejects.toThrow(/500.*Couldn't connect to compute node/)
    const stranger = new URL(url)
    stranger.password = 'wrong'
    await expect(neon(stranger.href)`select 1`).rejects.toMatchObject({
      message: "password authentication failed for user 'postgres'",
      code: '',
    })
    stranger.href = url
    stranger.pathname = '/missing'
    await expect(neon(stranger.href)`select 1`).rejects.toMatchObject({ code: '3D000' })
  })

  it('translates what a client asks for into the real database', async () => {
    const alias = await startNeonEndpoint({ databases: [url], database: () => url })
    neonConfig.fetchEndpoint = `${alias.url}/sql`
    expect(await neon('postgres://someone:else@db.example/app')`select 1 as a`).toEqual([{ a: 1 }])
    await alias.close()
  })

  it('tells whoever wants to know of the statements that it is sent', async () => {
    const heard: unknown[] = []
    const telling = await startNeonEndpoint({ databases: [url], heard: (work) => heard.push(work) })
    const body = JSON.stringify({ query: 'select $1::int', params: [7] })
    await fetch(`${telling.url}/sql`, { method: 'POST', headers, body })
    await telling.close()
    const statement = { text: 'select $1::int', params: ['7'], arrayMode: true }
    expect(heard).toEqual([{ begin: null, statements: [statement], rawText: true }])
  })

  it('breaks off the statement of a client that has left', async () => {
    const leave = AbortSignal.timeout(200)
    const body = JSON.stringify({ query: `select pg_sleep(60), 'left-${endpoint.port}'` })
    await expect(
      fetch(`${endpoint.url}/sql`, { method: 'POST', headers, body, signal: leave }),
    ).rejects.toThrow()
    const asleep = { query: `select 1 from pg_stat_activity where query like $1 and state = 'active'` }
    const params = [`select pg_sleep(60), 'left-${endpoint.port}'%`]
    await expect
      .poll(() => post({ ...asleep, params }), { timeout: 5000 })
      .toMatchObject({ json: { rows: [] } })
  })

  it('survives sessions that Postgres ends', async () => {
    const end = { query: 'select pg_terminate_backend(pg_backend_pid())' }
    expect(await post(end)).toMatchObject({ status: 400, json: { code: '57P01', severity: 'FATAL' } })
    expect(await post({ query: 'select 1' })).toMatchObject({ status: 200 })
  })

  it('closes while a statement runs', async () => {
    const brief = await startNeonEndpoint({ databases: [url] })
    const body = JSON.stringify({ query: 'select pg_sleep(60)' })
    const hanging = fetch(`${brief.url}/sql`, { method: 'POST', headers, body }).catch(() => 'cut off')
    await expect.poll(() => brief.trips()).toBe(1)
    await brief.close()
    expect(await hanging).toBe('cut off')
  })

  it('names the port it cannot have', async () => {
    const { port } = endpoint
    await expect(startNeonEndpoint({ databases: [url], port })).rejects.toThrow(`127.0.0.1:${port}`)
    await expect(freePort(port, '--neon-port')).rejects.toThrow(`Port ${port} is in use`)
    await expect(freePort(port, '--neon-port')).rejects.toThrow('--neon-port')
    expect(await freePort()).toBeGreaterThan(0)
  })
})
