import { once } from 'node:events'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readModules } from '../../src/migrate/files.ts'
import { head } from '../../src/migrate/module.ts'
import { connected, contentsOf, freshSchema } from '../migrate/run.fixture.ts'
import { run } from './processes.ts'

const modules = readModules()
const KEY = 'operator-key'
const ROOT = join(import.meta.dirname, '../..')
let server: ChildProcess
let url: string
let client: Client

beforeAll(async () => {
  client = await connected()
  const args = [join(ROOT, 'cli/migrate.ts'), 'http', '--port', '0', '--json']
  const env = { ...process.env, OPERATOR_KEY: KEY, DATABASE_URL: '' }
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  server = child
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  url = (JSON.parse(line) as { url: string }).url
})
afterAll(async () => {
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await client.end()
})

const send = async (body: unknown, headers: Record<string, string> = { authorization: `Bearer ${KEY}` }) => {
  const response = await fetch(`${url}/migrate`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  expect(response.headers.get('content-type')).toBe('application/json')
  return [response.status, await response.json()]
}
const on = (schema: string, more: object) => ({ schema, database: inject('databaseUrl'), ...more })

describe('npm run migrate -- http', () => {
  it('is healthy without a key', async () => {
    const response = await fetch(`${url}/healthz`)
    expect([response.status, await response.json()]).toEqual([200, { result: 'OK' }])
  })

  it('moves one module, dry or not, and tells its version, as v2 did', async () => {
    const schema = freshSchema()
    const core = (more: object) => on(schema, { migration: 'core', ...more })
    expect(await send(core({ command: 'version' }))).toEqual([400, { error: 'no migration' }])
    expect(await send(core({ command: 'up', command_arg: '1', dry_run: true }))).toEqual([
      200,
      { result: 'ok' },
    ])
    expect(await contentsOf(client, schema)).toBeNull()
    expect(await send(core({ command: 'up', command_arg: '1' }))).toEqual([200, { result: 'ok' }])
    const [first] = modules[0]?.migrations ?? []
    expect(await send(core({ command: 'version' }))).toEqual([200, { result: String(first?.version) }])
    await send(core({ command: 'up' }))
    expect(await send(core({ command: 'up' }))).toEqual([200, { result: 'no change' }])
    const version = String(modules[0] ? head(modules[0]) : 0)
    expect(await send(core({ command: 'version' }))).toEqual([200, { result: version }])
    expect(await send(core({ command: 'force', command_arg: version }))).toEqual([200, { result: 'ok' }])
    expect(await send(core({ command: 'down', command_arg: '99' }))).toEqual([200, { result: 'ok' }])
    expect(await send(core({ command: 'down' }))).toEqual([200, { result: 'no change' }])
  })

  it('makes a fresh schema in one request', async () => {
    const schema = freshSchema()
    expect(await send(on(schema, { command: 'up' }))).toEqual([200, { result: 'ok' }])
    for (const module of modules) {
      const { rows } = await client.query(`select version::int from ${schema}._${module.name}_version`)
      expect(rows).toEqual([{ version: head(module) }])
    }
  })

  it('refuses a dirty module with 409, and tells what failed with 500', async () => {
    const schema = freshSchema()
    await send(on(schema, { command: 'up', migration: 'core' }))
    await client.query(`create table ${schema}._auth_identity ()`)
    expect(await send(on(schema, { command: 'up', migration: 'auth' }))).toEqual([
      500,
      { error: expect.stringMatching(/^auth\/\d+_\w+\.up\.sql:\d+: relation "\w+" already exists: create /) },
    ])
    await client.query(`update ${schema}._core_version set dirty = true`)
    expect(await send(on(schema, { command: 'up', migration: 'core' }))).toEqual([
      409,
      { error: expect.stringMatching(/^core: Dirty database version \d+\. Fix and force version\.$/) },
    ])
    const lost = { command: 'up', migration: 'core', schema, database: 'postgres://ana:hush@127.0.0.1:1/x' }
    const [status, answer] = await send(lost)
    expect([status, JSON.stringify(answer)]).toEqual([
      500,
      expect.stringMatching(/^\{"error":"cannot connect/),
    ])
    expect(JSON.stringify(answer)).not.toContain('hush')
  })

  it.each([
    ['{', 400, 'the request is not valid JSON'],
    ['[]', 400, 'missing module'],
    [{ command: 'up', dry_run: 'yes' }, 400, 'dry_run is not what it must be'],
    [{ command: 'version' }, 400, 'missing module'],
    [{ migration: 'x', command: 'up' }, 404, 'unknown migration: x'],
    [{ migration: 'controller', command: 'up' }, 404, 'unknown migration: controller'],
    [{ migration: 'core' }, 400, 'undefined command'],
    [{ migration: 'core', command: 'up', command_arg: 'all' }, 400, 'invalid step'],
    [{ migration: 'core', command: 'up', command_arg: '0' }, 400, 'invalid step'],
    [{ migration: 'core', command: 'force', command_arg: '7' }, 400, 'unknown version'],
    [{ migration: 'core', command: 'up', schema: 'a' }, 400, 'missing db url'],
    [{ migration: 'core', command: 'up', database: 'postgres://x/y' }, 400, 'missing schema'],
    [' '.repeat(70_000), 400, 'a request has at most 65536 bytes'],
  ])('%j is answered %i', async (body, status, error) => {
    expect(await send(body)).toEqual([status, { error }])
  })

  it('takes no request without the key, and knows no other path', async () => {
    const refused = [401, { error: 'operator key not accepted' }]
    expect(await send({}, {})).toEqual(refused)
    expect(await send({}, { authorization: 'Bearer wrong' })).toEqual(refused)
    const response = await fetch(`${url}/other`, { headers: { authorization: `Bearer ${KEY}` } })
    expect(response.status).toBe(404)
  })
})

it('needs a key, and a port that is free', async () => {
  expect(await run('migrate.ts', ['http'], { OPERATOR_KEY: '' })).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: http needs the key that it accepts: OPERATOR_KEY in the environment\n',
  })
  expect(await run('migrate.ts', ['http', '--schema', 'x'], { OPERATOR_KEY: KEY })).toMatchObject({
    code: 2,
    stderr: 'error: --schema is for each request to http to say\n',
  })
  const taken = await run('migrate.ts', ['http', '--port', new URL(url).port], { OPERATOR_KEY: KEY })
  expect(taken).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: cannot listen .+EADDRINUSE.+\n$/),
  })
})
