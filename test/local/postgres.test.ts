import { Client as NeonClient, neonConfig } from '@neondatabase/serverless'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'
import { startPostgres } from '../../local/postgres.ts'

let folder: string
let dataDir: string

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
  fs.chmodSync(folder, 0o711)
  dataDir = join(folder, 'pg')
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const start = () => startPostgres({ dataDir, persistent: true, durable: false })

async function ask(url: string, text: string): Promise<unknown> {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

describe('startPostgres', () => {
  it('keeps data and password across stop and start, in UTF-8 and UTC', async () => {
    const first = await start()
    await ask(first.url, `create table kept as select 'ž' as v`)
    await first.stop()
    await first.stop()
    await expect(ask(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED')

    const second = await start()
    expect(await ask(second.url, 'select v, upper(v) as u from kept')).toEqual([{ v: 'ž', u: 'Ž' }])
    const settings = `select current_setting('server_encoding') as e, current_setting('timezone') as z,
      current_setting('max_connections') as c`
    expect(await ask(second.url, settings)).toEqual([{ e: 'UTF8', z: 'UTC', c: '200' }])
    await second.stop()
  })

  it('removes everything when it is not persistent', async () => {
    const postgres = await startPostgres({ dataDir, persistent: false, durable: false })
    expect(fs.existsSync(`${dataDir}.log`)).toBe(true)
    await postgres.stop()
    expect(fs.readdirSync(folder)).toEqual([])
  })

  it('is durable unless told otherwise', async () => {
    const postgres = await startPostgres({ dataDir, persistent: false })
    expect(await ask(postgres.url, 'show fsync')).toEqual([{ fsync: 'on' }])
    await postgres.stop()
  })

  it('starts over a postmaster.pid whose process is gone, another program, or missing', async () => {
    for (const pid of [2 ** 22 - 1, process.pid, '']) {
      const first = await start()
      await first.stop()
      const lock = join(dataDir, 'postmaster.pid')
      fs.writeFileSync(lock, `${pid}\n`)
      const { uid, gid } = fs.statSync(dataDir)
      fs.chownSync(lock, uid, gid)
      const postgres = await start()
      expect(await ask(postgres.url, 'select 1 as a')).toEqual([{ a: 1 }])
      await postgres.stop()
    }
  })

  it('does not share a directory with a live Postgres', async () => {
    const first = await start()
    await expect(start()).rejects.toThrow(/another Postgres \(pid \d+\) uses it; stop that: kill \d+$/)
    expect(await ask(first.url, 'select 1 as a')).toEqual([{ a: 1 }])
    await first.stop()
  }, 20_000)

  it('refuses a used port, and a directory of other things, in one line', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const used = startPostgres({ dataDir, port, persistent: true })
    await expect(used).rejects.toThrow(/^Port \d+ is in use: .* --postgres-port\.$/)
    server.close()
    const elsewhere = startPostgres({ dataDir: folder, persistent: true })
    await expect(elsewhere).rejects.toThrow(/^Cannot use .* for Postgres: it holds something else; .*$/)
  })

  it('shows the reason when Postgres does not start', async () => {
    const first = await start()
    await first.stop()
    fs.writeFileSync(join(first.dataDir, 'PG_VERSION'), '9.6\n')
    await expect(start()).rejects.toThrow(/did not start: .*incompatible with server/)
  })

  it('ends with the process that started it, even one that is killed', async () => {
    const module = new URL('../../local/postgres.ts', import.meta.url).href
    const script = `const { startPostgres } = await import(${JSON.stringify(module)})
      const { url } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, persistent: true, durable: false })
      console.log(url); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const url = line.toString().trim()
    expect(await ask(url, 'select 1 as a')).toEqual([{ a: 1 }])
    child.kill('SIGKILL')
    await expect.poll(() => fs.existsSync(join(dataDir, 'postmaster.pid')), { timeout: 5000 }).toBe(false)
  })
})

describe('the endpoint before a Postgres that asks for SCRAM or for no password', () => {
  it.each(['scram-sha-256', 'trust'])('%s', async (method) => {
    const postgres = await start()
    fs.writeFileSync(join(postgres.dataDir, 'pg_hba.conf'), `host all all 127.0.0.1/32 ${method}\n`)
    await ask(postgres.url, 'select pg_reload_conf(), pg_sleep(0.2)')
    const endpoint = await startNeonEndpoint({ databases: [postgres.url] })
    neonConfig.wsProxy = `127.0.0.1:${endpoint.port}/v1`
    neonConfig.useSecureWebSocket = false
    neonConfig.pipelineTLS = false
    neonConfig.pipelineConnect = false
    const client = new NeonClient(postgres.url)
    await client.connect()
    expect((await client.query('select 1 as a')).rows).toEqual([{ a: 1 }])
    await client.end()
    await endpoint.close()
    await postgres.stop()
  })
})
