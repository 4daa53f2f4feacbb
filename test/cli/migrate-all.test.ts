import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { migrate as migrateCommand } from '../../cli/migrate.ts'
import { readModules } from '../../src/migrate/files.ts'
import { head } from '../../src/migrate/module.ts'
import { CONFIG_DATABASE, configOf, insertApp } from '../fixtures/config-database.ts'
import { runHere } from './in-process.ts'
import { run } from './processes.ts'

const modules = readModules()
const database = `all_${process.pid}`
const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-all-'))
let url: string
let client: Client

const withDatabase = async (work: (admin: Client) => Promise<unknown>) => {
  const admin = new Client(inject('databaseUrl'))
  await admin.connect()
  await work(admin)
  await admin.end()
}

beforeAll(async () => {
  await withDatabase((admin) => admin.query(`create database ${database}`))
  url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${database}` }).href
  client = new Client(url)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await withDatabase((admin) => admin.query(`drop database ${database} with (force)`))
  fs.rmSync(folder, { recursive: true, force: true })
})

type Row = Readonly<Record<'module' | 'status', string>> & {
  readonly apps: readonly string[]
  readonly schema: string | null
  readonly error: string | null
  readonly from: number | null
  readonly to: number | null
}
const migrate = (...args: readonly string[]) =>
  run('migrate.ts', [...args, '--all', '--config-database', url])
const rowsOf = async (...args: readonly string[]) =>
  JSON.parse((await migrate(...args, '--json')).stdout) as readonly Row[]
/** Each app's modules with what became of them. */
const said = (rows: readonly Row[]) => rows.map(({ apps, status }) => `${apps.join('+')} ${status}`)
const each = <T>(value: T) => modules.map(() => value)
const app = (n: number, name: string, schema: string, at: string = url, plan = 'p-1') =>
  client.query(insertApp(n, name, plan, configOf(n, name, at, schema), []))
const contents = async (schema: string) =>
  (await client.query('select 1 from pg_tables where schemaname = $1', [schema])).rowCount

describe('up --all', () => {
  beforeEach(async () => {
    await client.query('drop schema if exists app_config, app_one, app_two, app_old cascade')
    await client.query(CONFIG_DATABASE)
  })

  it('brings the schema of every app to head, each once, and a second run finds nothing to do', async () => {
    await app(1, 'one', 'app_one')
    await app(2, 'two', 'app_two')
    await app(3, 'twin', 'app_two')
    const first = await migrate('up')
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/^APP +SCHEMA +MODULE +FROM +TO +STATUS$/m)
    expect(first.stdout).toMatch(/^one +app_one +core +- +\d+ +migrated$/m)
    expect(first.stdout).toMatch(/^twin, two +app_two +core +- +\d+ +migrated$/m)
    expect(first.stderr).toMatch(/^2 schemas\n1\/2 app_\w+: core - → \d+, auth .+\n2\/2 app_.+\n$/)
    expect(await rowsOf('status')).toMatchObject(
      ['app_one', 'app_two'].flatMap((schema) =>
        modules.map((module) => ({ schema, module: module.name, to: head(module), status: 'at head' })),
      ),
    )
    const second = await migrate('up')
    expect(second.stderr).toBe('0 of 2 schemas have somewhere to go\n')
    expect(second.stdout.match(/ no change$/gm)).toHaveLength(2 * modules.length)
  })

  it('goes on where an app fails, says which and why, and a second run resumes', async () => {
    await app(1, 'bad', 'app_one')
    await app(2, 'good', 'app_two')
    await app(3, 'lost', 'x', 'postgres://me:hush@127.0.0.1:1/x')
    await app(4, 'odd', 'x', 'nowhere')
    await client.query('create schema app_one; create table app_one._auth_identity ()')
    const report = join(folder, 'report.json')
    const { code, stdout, stderr } = await migrate('up', '--json', '--report', report)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: 3 apps failed$/m)
    expect(stdout + stderr).not.toContain('hush')
    const rows = JSON.parse(stdout) as readonly Row[]
    const of = (name: string) => rows.filter(({ apps }) => apps.includes(name))
    expect(of('bad')).toMatchObject([
      { module: 'core', from: null, status: 'migrated', error: null },
      { module: 'auth', to: null, status: 'failed', error: expect.stringMatching(/^auth\/.+already exists/) },
      { module: 'record', status: 'not run' },
      { module: 'asset', status: 'not run' },
    ])
    expect(of('good')).toMatchObject(each({ status: 'migrated' }))
    expect(of('lost')[0]).toMatchObject({ error: expect.stringMatching(/^cannot connect to .+ECONNREFUSED/) })
    expect(of('odd')[0]).toMatchObject({ schema: null, error: 'its database is no URL' })
    expect(JSON.parse(fs.readFileSync(report, 'utf8'))).toMatchObject({ command: 'up', rows })

    await client.query('drop table app_one._auth_identity; delete from app_config.app where name > $$good$$')
    const again = await migrate('up', '--report', report, '--continue')
    expect(again).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^1 schemas\n1\/1 app_one: auth - → /),
    })
    expect((JSON.parse(fs.readFileSync(report, 'utf8')) as { rows: Row[] }).rows).toHaveLength(8)
  })

  it('is rolled back in a dry run, and down goes a step back', async () => {
    await app(1, 'one', 'app_one')
    expect(said(await rowsOf('up', '--dry-run'))).toEqual(each('one rolled back'))
    expect(await contents('app_one')).toBe(0)
    await migrate('up')
    expect(await rowsOf('down', '--module', 'record')).toMatchObject([
      { module: 'record', status: 'migrated' },
    ])
    expect(await rowsOf('status')).toMatchObject([{}, {}, { module: 'record', status: 'behind' }, {}])
  })

  it('reads documents as old as they come, and takes another host for all', async () => {
    const { hostname } = new URL(url)
    const moved = url.replace(hostname, 'db.internal')
    const old = {
      version: '1',
      app_name: 'old',
      app_config: { database_url: moved, database_schema: 'app_old' },
      user_config: {},
    }
    await client.query(insertApp(1, 'old', 'p-1', old, []))
    await app(2, 'two', 'app_two', moved)
    expect(said(await rowsOf('up', '--hostname-override', hostname))).toEqual([
      ...each('old migrated'),
      ...each('two migrated'),
    ])
  })

  it('takes the apps of a plan or a version', async () => {
    await app(1, 'one', 'app_one')
    await app(2, 'two', 'app_two', url, 'p-2')
    await client.query(`update app_config.app set auth_version = 'nightly' where name = 'two'`)
    expect(said(await rowsOf('status', '--filter', 'plan=default'))).toEqual(each('one behind'))
    expect(said(await rowsOf('status', '--filter', 'auth_version=nightly'))).toEqual(each('two behind'))
    const both = ['--filter', 'auth_version=nightly', '--filter=plan=default']
    expect(await migrate('status', ...both)).toMatchObject({ code: 0, stdout: 'no apps\n' })
  })

  it('refuses a dirty module, and one that other files migrated', async () => {
    await app(1, 'one', 'app_one')
    await app(2, 'two', 'app_two')
    await migrate('up')
    await client.query(
      'update app_one._core_version set dirty = true; update app_two._core_version set version = 7',
    )
    const rows = await rowsOf('up')
    expect(rows.filter(({ error }) => error !== null)).toMatchObject([
      { apps: ['one'], module: 'core', error: expect.stringMatching(/^core: Dirty database version/) },
      { apps: ['two'], module: 'core', error: 'core is at 7, which its migrations do not have' },
    ])
  })

  it('takes every file once where two runners meet', async () => {
    for (let i = 1; i <= 6; i++) await app(i, `app${i}`, `both_${i}`)
    const runs = await Promise.all([rowsOf('up', '--concurrency', '3'), rowsOf('up', '--concurrency', '3')])
    for (let i = 1; i <= 6; i++) {
      const { rows } = await client.query(
        modules
          .map(({ name }) => `select count(*)::int from both_${i}._${name}_migration`)
          .join(' union all '),
      )
      expect(rows).toEqual(modules.map(({ migrations }) => ({ count: migrations.length })))
    }
    const moves = runs.flat().filter(({ status }) => status === 'migrated')
    expect(runs.flat().filter(({ status }) => status === 'failed')).toEqual([])
    expect(moves).toHaveLength(6 * modules.length)
  })
})

describe('what cannot be', () => {
  const filters = 'plan, auth_version, record_version'
  it.for([
    [['up', '--all', '--filter', 'colour=red'], `no filter "colour": one of ${filters}`],
    [['up', '--all', '--filter', 'plan'], '--filter "plan" is not KEY=VALUE'],
    [['up', '--all', '--module', 'controller'], 'controller is no module of an app'],
    [['force', '1', '--all'], '--all is for status, up and down, not force'],
    [['up', '--all', '--app', 'a'], '--all, or one --schema or --app'],
    [['up', '--app', 'a', '--filter', 'plan=x'], '--filter goes with --all'],
    [['up', '--all', '--concurrency', '0'], '--concurrency must be a number from 1 to 64, not "0"'],
    [['up', '--all', '--hostname-override', 'a b'], '"a b" is no hostname'],
    [['up', '--all', '--continue'], '--continue is for up, and needs the --report of the run before'],
    [
      ['up', '--all', '--report', '/nowhere/at/all.json'],
      '--report /nowhere/at/all.json: its folder is not there, or may not be written',
    ],
  ] as const)('%j is answered with how to ask', async ([args, line]) => {
    const { code, stdout, stderr } = await runHere(migrateCommand, args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.startsWith(`error: ${line}`) && stderr.endsWith('\n')).toBe(true)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it.each([
    ['a database that is no config database', () => inject('databaseUrl'), /this is no config database/],
    ['one that is not there', () => 'postgres://ana:hunter2@127.0.0.1:1/none', /ECONNREFUSED/],
  ])('%s is one line', async (_, at, reason) => {
    const { code, stdout, stderr } = await run('migrate.ts', ['up', '--all', '--config-database', at()])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error: .+\n$/)
    expect(stderr).toMatch(reason)
    expect(stderr).not.toContain('hunter2')
  })
})
