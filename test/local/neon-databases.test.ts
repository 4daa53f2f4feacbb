import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'

const url = inject('databaseUrl')
const name = `neon_${crypto.randomUUID().replaceAll('-', '')}`
/** The server's URL with something else in one place. */
const but = (change: Partial<Pick<URL, 'pathname' | 'username' | 'password' | 'search'>>) =>
  Object.assign(new URL(url), change).href
const other = but({ pathname: `/${name}` })
let endpoint: NeonEndpoint

type Reply = { readonly status: number; readonly json: { readonly rows?: unknown } }

beforeAll(async () => {
  endpoint = await startNeonEndpoint({ databases: [url] })
  await post({ query: `create database ${name}` })
})
afterAll(async () => {
  await endpoint.close()
  const client = new Client(url)
  await client.connect()
  await client.query(`drop database ${name} with (force)`)
  await client.end()
})

async function post(body: unknown, connection = url, more: Record<string, string> = {}): Promise<Reply> {
  const headers = {
    'neon-connection-string': connection,
    'neon-raw-text-output': 'true',
    'neon-array-mode': 'true',
  }
  const answer = await fetch(`${endpoint.url}/sql`, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as { rows?: unknown } }
}

describe('databases by connection string', () => {
  it('are apart, side by side', async () => {
    await post({ query: 'create table only_here (x int)' }, other)
    const query = `select current_database(), to_regclass('only_here')`
    const both = await Promise.all([
      post({ query }),
      post({ query }, other),
      post({ query }),
      post({ query }, other),
    ])
    const here = [name, 'only_here']
    expect(both.map(({ json }) => json.rows)).toEqual([
      [['postgres', null]],
      [here],
      [['postgres', null]],
      [here],
    ])
  })

  it('whose server hangs up say "connection closed", and as much of it as Neon does', async () => {
    // Lets anybody in (AuthenticationOk and ReadyForQuery), and hears nothing that comes after.
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1'))
        socket.once('data', () => socket.destroy())
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const mute = `postgres://any:body@127.0.0.1:${port}/none`
    const own = await startNeonEndpoint({ databases: [mute] })
    const headers = { 'neon-connection-string': mute, 'neon-raw-text-output': 'true' }
    const answer = await fetch(`${own.url}/sql`, { method: 'POST', headers, body: '{"query":"select 1"}' })
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ message: 'connection closed', code: '', severity: '', detail: null }),
    ])
    await own.close()
    server.close()
  })

  it('take settings', async () => {
    const connection = but({ search: '?options=-c%20statement_timeout%3D80&application_name=mine' })
    const { json } = await post({ query: `select current_setting('application_name')` }, connection)
    expect(json.rows).toEqual([['mine']])
    expect(await post({ query: 'select pg_sleep(10)' }, connection)).toMatchObject({
      status: 400,
      json: { code: '57014' },
    })
  })

  it('may be more than are kept connected', async () => {
    for (let i = 0; i < 20; i += 1) {
      const connection = but({ search: `?application_name=n${i}` })
      expect((await post({ query: 'select 1' }, connection)).json.rows).toEqual([['1']])
    }
  })
})

describe('a statement', () => {
  it.each<[string, unknown, number, Record<string, unknown>]>([
    ['of several statements', { query: 'select 1; select 2' }, 400, { code: '42601' }],
    ['of nothing', { query: '' }, 200, { command: '', rowCount: null, rows: [], fields: [] }],
    ['of a comment', { query: '-- nothing' }, 200, { command: '', rows: [] }],
    ['that copies in', { query: 'copy pg_class from stdin' }, 400, {}],
    [
      'in a batch that takes too long',
      { queries: [{ query: 'set local statement_timeout = 50' }, { query: 'select pg_sleep(9)' }] },
      400,
      { code: '57014' },
    ],
    ['with a zero byte in a parameter', { query: 'select $1::text', params: ['\0'] }, 400, { code: '22021' }],
    ['with more parameters than it names', { query: 'select 1', params: ['1'] }, 400, { code: '08P01' }],
  ])('%s', async (_, body, status, json) => {
    expect(await post(body)).toMatchObject({ status, json })
    expect(await post({ query: 'select 1' })).toMatchObject({ status: 200, json: { rows: [['1']] } })
  })

  it('may send notices, which go nowhere', async () => {
    const query = `do $$ begin raise notice 'n'; raise warning 'w'; end $$`
    expect(await post({ query })).toMatchObject({ status: 200, json: { command: 'DO', rows: [] } })
    const { json } = await post({ queries: [{ query }, { query: 'select 1' }] })
    expect(json).toMatchObject({ results: [{ command: 'DO' }, { rows: [['1']] }] })
  })

  it.each(['RepeatableRead', 'Serializable'])('that lost a race at %s is 40001', async (level) => {
    const table = `race_${level.toLowerCase()}`
    await post(
      { queries: [{ query: `create table ${table} (n int)` }, { query: `insert into ${table} values (0)` }] },
      other,
    )
    const queries = [`select n from ${table}`, 'select pg_sleep(0.4)', `update ${table} set n = n + 1`]
    const loser = post({ queries: queries.map((query) => ({ query })) }, other, {
      'neon-batch-isolation-level': level,
    })
    await expect
      .poll(() =>
        post({
          query: `select 1 from pg_stat_activity where query = 'select pg_sleep(0.4)' and state = 'active'`,
        }).then(({ json }) => json.rows),
      )
      .toHaveLength(1)
    expect(await post({ query: `update ${table} set n = 10` }, other)).toMatchObject({ status: 200 })
    expect(await loser).toMatchObject({ status: 400, json: { code: '40001', severity: 'ERROR' } })
    expect((await post({ query: `select n from ${table}` }, other)).json.rows).toEqual([['10']])
  })
})
