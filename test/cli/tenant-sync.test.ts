import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { appId, CONFIG_DATABASE, configOf, insertApp } from '../fixtures/config-database.ts'
import { skygearV2 } from '../fixtures/skygear-v2.ts'
import { run } from './processes.ts'

const database = `sync_${process.pid}`
const data = fs.mkdtempSync(join(tmpdir(), 'skygear-test-sync-'))
let url: string
let client: Client

beforeAll(async () => {
  const admin = new Client(inject('databaseUrl'))
  await admin.connect()
  await admin.query(`create database ${database}`)
  await admin.end()
  url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${database}` }).href
  client = new Client(url)
  await client.connect()
  await client.query(CONFIG_DATABASE)
  await client.query(skygearV2('app'))
  await client.query(
    insertApp(1, 'notes', 'p-2', configOf(1, 'notes', url, 'notes_only'), [
      ['notes.cluster.test', 'default'],
      ['notes.example.com', 'microservices'],
      ['accounts.example.com', 'auth'],
    ]) +
      insertApp(2, 'alpha', 'p-1', configOf(2, 'alpha', url, 'app'), [['alpha.cluster.test', 'default']]) +
      insertApp(3, 'bare', 'p-1', configOf(3, 'bare', url, 'bare'), []) +
      insertApp(4, 'lost', 'p-1', configOf(4, 'lost', 'postgres://me:hush@127.0.0.1:1/x', 'x'), [
        ['lost.cluster.test', 'default'],
      ]),
  )
  await client.query(`insert into app_config.deployment_route values
    ('r-1', 'one', '/api', '${appId(1)}', 'http-service', '{"backend_url":"http://api.test"}', true),
    ('r-0', 'zero', '/old', '${appId(1)}', 'http-service', '{}', false)`)
  await client.query(`insert into app_config.deployment_hook values
    ('h-1', 'one', '[{"event":"after_login","url":"https://hook.test/"}]', '${appId(1)}', true)`)
  await tenant('create', 'ours')
}, 60_000)
afterAll(async () => {
  await client.end()
  fs.rmSync(data, { recursive: true, force: true })
})

const tenant = (...args: string[]) => run('tenant.ts', [...args, '--data', data])
const sync = (...args: string[]) => tenant('sync', '--config-database', url, ...args)
const shown = async (host: string) => JSON.parse((await tenant('show', host, '--json')).stdout) as unknown
const hosts = async () =>
  (JSON.parse((await tenant('list', '--json')).stdout) as readonly { host: string }[]).map(({ host }) => host)

// One cluster's story, each step on what the one before left: a command over local KV takes seconds.

it('a dry run shows what would be, and stores nothing', async () => {
  const { code, stdout } = await sync('--dry-run')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\+ plan basic$/m)
  expect(stdout).toMatch(/^\+ host notes\.cluster\.test$/m)
  expect(stdout).toMatch(/^nothing was stored: this was a dry run$/m)
  expect(await hosts()).toEqual(['ours.localhost'])
})

it('sync stores plans, documents with routes and hooks, and aliases; the rest is told', async () => {
  const { code, stdout } = await sync('--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    dry_run: false,
    not_served: [
      {
        app: 'alpha',
        why: 'its rows are among other apps’ in the schema app, not in app_alpha: run npm run tenant -- import alpha',
      },
      { app: 'bare', why: 'it has no domain' },
      { app: 'lost', why: expect.stringMatching(/^cannot connect to the database at 127\.0\.0\.1:1\/x/) },
    ],
  })
  expect(stdout).not.toContain('hush')
  expect(await hosts()).toEqual([
    'accounts.example.com',
    'notes.cluster.test',
    'notes.example.com',
    'ours.localhost',
  ])
  expect(await shown('notes.cluster.test')).toMatchObject({
    app_id: appId(1),
    app_name: 'notes',
    plan: 'basic',
    gears: { auth: 'live' },
    database_config: { database_schema: 'notes_only' },
    app_config: { clients: [{ client_name: 'web' }] },
    deployment_routes: [{ version: 'one', path: '/api', type: 'http-service' }],
    hooks: [{ event: 'after_login' }],
  })
  expect(await shown('accounts.example.com')).toEqual({ alias_of: 'notes.cluster.test', assignment: 'auth' })
  expect((await tenant('plan', 'basic')).stdout).toBe('basic: record, relation, pubsub, asset\n')
})

it('a second sync finds nothing to do', async () => {
  expect((await sync()).stdout).toMatch(/^the documents are so already$/m)
})

it('a change is stored, with secrets unsaid, and what the operator added stays', async () => {
  await tenant('set', 'notes.cluster.test', 'gear_config.record.development_mode', 'true')
  await client.query(`update app_config.config set config =
    jsonb_set(config, '{app_config,master_key}', '"another-master-key"') where id = 'c-1'`)
  const { stdout } = await sync()
  expect(stdout).toMatch(/^~ host notes\.cluster\.test\n {4}- \/app_config\/master_key /m)
  expect(stdout).not.toContain('master-key-of-notes')
  expect(stdout).not.toContain('another-master-key')
  expect(await shown('notes.cluster.test')).toMatchObject({
    gear_config: { record: { development_mode: true } },
  })
})

it('what is gone is removed after asking, and no app that was made here', async () => {
  await client.query(`delete from app_config.domain where domain = 'notes.example.com'`)
  const refused = await sync()
  expect([refused.code, refused.stderr]).toEqual([
    2,
    'error: this removes notes.example.com: it needs --yes where nobody can be asked\n',
  ])
  expect(await hosts()).toContain('notes.example.com')
  expect((await sync('--yes')).stdout).toMatch(/^- host notes\.example\.com$/m)
  expect(await hosts()).toEqual(['accounts.example.com', 'notes.cluster.test', 'ours.localhost'])
})

it('an app of a shared schema is served once it was imported', async () => {
  const copy = (...args: string[]) => run('tenant.ts', ['import', 'alpha', '--config-database', url, ...args])
  expect(await copy('--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^rolled back: this was a dry run$/m),
    stderr: '',
  })
  const { code, stdout } = await copy()
  expect([code, stdout.split('\n')[0]]).toEqual([
    0,
    'app_alpha: 2 users, 2 login ids, 1 passwords, 2 accounts',
  ])
  expect((await copy()).stdout).toBe('app_alpha is there already: nothing was copied\n')
  expect((await sync()).stdout).toMatch(/^\+ host alpha\.cluster\.test$/m)
  expect(await shown('alpha.cluster.test')).toMatchObject({
    database_config: { database_schema: 'app_alpha' },
  })
})

it.each([
  ['nobody', 'the config database has no app nobody'],
  ['notes', 'the schema notes_only has no users of several apps: sync serves it as it is'],
])('what cannot be imported is told in one line: %s', async (name, line) => {
  const { code, stderr } = await run('tenant.ts', ['import', name, '--config-database', url])
  expect([code, stderr]).toEqual([1, `error: ${line}\n`])
})

it('what is no config database is told in one line', async () => {
  const { code, stderr } = await tenant('sync', '--config-database', inject('databaseUrl'))
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: this is no config database: .+\n$/)])
})
