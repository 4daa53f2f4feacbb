import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { migrate as migrateCommand } from '../../cli/migrate.ts'
import { readModules } from '../../src/migrate/files.ts'
import { head } from '../../src/migrate/module.ts'
import { connected, contentsOf, freshSchema } from '../migrate/run.fixture.ts'
import { runHere } from './in-process.ts'
import { run } from './processes.ts'

const modules = readModules()
const heads = modules.map((module) => ({ module: module.name, version: head(module) }))

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

const migrate = (...args: readonly string[]) =>
  run('migrate.ts', [...args, '--database', inject('databaseUrl')])
const jsonOf = async (...args: readonly string[]) => JSON.parse((await migrate(...args, '--json')).stdout)

describe('npm run migrate', () => {
  it('moves a schema, says from where to where, and what stands where', async () => {
    const schema = freshSchema()
    const on = ['--schema', schema]
    expect((await migrate(...on)).stdout).toMatch(
      /^\w+ +core +-\n\w+ +auth +-\n\w+ +record +-\n\w+ +asset +-\n$/,
    )
    const dry = await migrate('up', '--dry-run', ...on)
    expect(dry.stdout).toMatch(
      /^-- core\/\d+_\w+\.up\.sql$.+^create table _core_user .+^\w+ +core +- → \d+$/ms,
    )
    expect(dry.stdout).toMatch(/^rolled back: this was a dry run$/m)
    expect(await contentsOf(client, schema)).toBeNull()

    expect(await jsonOf('up', ...on)).toEqual({
      schema,
      dry_run: false,
      modules: modules.map((module) => ({
        module: module.name,
        from: null,
        to: head(module),
        changed: [],
        files: module.migrations.map(({ version, name }) => ({
          name: `${module.name}/${version}_${name}.up.sql`,
        })),
      })),
    })
    expect(await jsonOf('version', ...on)).toMatchObject(
      heads.map((each) => ({ schema, ...each, dirty: false })),
    )
    expect((await migrate('status', ...on)).stdout.match(/at head$/gm)).toHaveLength(modules.length)
    expect((await migrate('up', ...on)).stdout.match(/, no change$/gm)).toHaveLength(modules.length)
    expect((await migrate('down', '99', '--module', 'record', ...on)).stdout).toMatch(/ +record +\d+ → -$/m)
    expect((await migrate('status', ...on)).stdout).toMatch(/ +record +- +\d+ +behind$/m)
    // The auth tables stand on those of core.
    const refused = await migrate('down', '99', '--module', 'core', '--json', ...on)
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: core\/\d+_\w+\.down\.sql:\d+: .+: drop table \w+;\n$/),
    })
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { name: 'Failed' } })
  })

  it('takes several modules, in their order, and as many steps as asked', async () => {
    const schema = freshSchema()
    const report = await jsonOf('up', '1', '--module=auth', '--module', 'core', '--schema', schema)
    expect(report.modules).toMatchObject([{ module: 'core' }, { module: 'auth' }])
    expect(await contentsOf(client, schema)).not.toContain('_record_version')
  })

  it('keeps the config database apart: in app_config unless told otherwise, and under its old name too', async () => {
    const schema = freshSchema()
    expect(await jsonOf('up', '--dry-run', '--module', 'gateway')).toMatchObject({
      schema: 'app_config',
      modules: [{ module: 'controller', from: null }],
    })
    await migrate('up', '--module', 'controller', '--schema', schema)
    expect(await contentsOf(client, schema)).toEqual(
      expect.arrayContaining(['plan', 'app', 'domain', 'config', 'deployment_route']),
    )
    const { rows } = await client.query(`select name, is_default from ${schema}.plan`)
    expect(rows).toEqual([{ name: 'default', is_default: true }])
    const inSchema = (await jsonOf('status')).filter((each: { schema: string }) => each.schema === schema)
    expect(inSchema).toMatchObject([{ module: 'controller' }])
    expect(await jsonOf('down', '--module', 'controller', '--schema', schema)).toMatchObject({
      modules: [{ to: null }],
    })
  })

  it('shows what is dirty, refuses it, and cleans it by force', async () => {
    const schema = freshSchema()
    const on = ['--module', 'core', '--schema', schema]
    await migrate('up', ...on)
    await client.query(`update ${schema}._core_version set dirty = true`)
    const version = head(modules[0] ?? { name: '', migrations: [] })
    expect((await migrate(...on)).stdout).toMatch(/ +core +\d+, dirty\n$/)
    expect((await migrate('status', ...on)).stdout).toMatch(/ +at head, dirty\n$/)
    expect(await migrate('up', ...on)).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: core: Dirty database version ${version}. Fix and force version.\n`,
    })
    expect((await migrate('force', String(version), ...on)).code).toBe(0)
    expect((await migrate('status', ...on)).stdout).toMatch(/ +at head\n$/)
  })

  it('waits for another runner, and says for whom', async () => {
    const schema = freshSchema()
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtextextended('skygear.migrate.' || $1, 0))`, [
      schema,
    ])
    const running = migrate('up', '--schema', schema)
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`
    await expect.poll(async () => (await client.query(waiting)).rowCount, { timeout: 10_000 }).toBe(1)
    await client.query('commit')
    expect(await running).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        new RegExp(
          `^${schema} is being migrated by session \\d+ \\(test\\) since [\\w:-]+Z: waiting for it\n$`,
        ),
      ),
    })
  })

  it('reports a file that has changed since', async () => {
    const schema = freshSchema()
    const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
    const file = join(folder, '1_a.up.sql')
    fs.writeFileSync(file, 'create table a (id int);')
    const on = ['--module', 'core', '--source', folder, '--schema', schema]
    await migrate('up', ...on)
    fs.appendFileSync(file, '\n-- more')
    expect((await migrate('status', ...on)).stdout).toMatch(/ +at head, 1 changed after it was applied\n$/)
    expect(await migrate('up', ...on)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1, no change, 1 changed after it was applied\n$/),
    })
    fs.writeFileSync(join(folder, '2_b.up.sql'), 'create table b (id int);')
    expect(await migrate('up', ...on)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: core 1 changed after it was applied: .+\n$/),
    })
    expect(await migrate('down', ...on)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: core 1 has no down file\n',
    })
    fs.rmSync(folder, { recursive: true })
  })
})

it('says of a file that came after a later one that it was passed over', async () => {
  const schema = freshSchema()
  const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
  const on = ['--module', 'core', '--source', folder, '--schema', schema]
  for (const version of [1, 3]) fs.writeFileSync(join(folder, `${version}_a.up.sql`), 'select 1')
  await migrate('up', ...on)
  fs.writeFileSync(join(folder, '2_late.up.sql'), 'select 1')
  expect((await migrate('status', ...on)).stdout).toMatch(/ +at head, 2 came later and was passed over\n$/)
  fs.rmSync(folder, { recursive: true })
})

describe('what cannot be', () => {
  const names = 'version, status, up, down, force, add-version, http'
  it.for([
    [['up'], 'up of which schema? --app or --schema'],
    [['sideways'], `no command "sideways": one of ${names}`],
    [['--module', 'x'], `no module "x": one of ${modules.map(({ name }) => name).join(', ')}, controller`],
    [['--app', 'a', '--schema', 'b'], '--schema or --app, not both'],
    [['version', '2'], 'unexpected "2"'],
    [['up', 'all', '--app', 'a'], 'N must be a number from 1 to 10000, not "all"'],
    [['force', '--app', 'a', '--module', 'core'], 'force which version?'],
    [['force', '7', '--app', 'a'], 'force of which --module? A version is of one'],
    [['force', '7', '--app', 'a', '--module', 'core'], 'core has no version 7'],
    [['up', '--app', 'a', '--source', 'x'], '--source is for one --module'],
    [['add-version', '--name', 'x'], 'add-version of which --module?'],
    [['add-version', '--module', 'core'], '--name must say in a few words what the version does'],
  ] as const)('%j is answered with how to ask', async ([args, stderr]) => {
    expect(await runHere(migrateCommand, args)).toEqual({ code: 2, stdout: '', stderr: `error: ${stderr}\n` })
  })

  it.each([
    ['a database that is not there', 'postgres://ana:hunter2@127.0.0.1:1/none', /ECONNREFUSED/],
    [
      'a wrong password',
      () => {
        const url = new URL(inject('databaseUrl'))
        url.password = 'hunter2'
        return url.href
      },
      /password authentication failed/,
    ],
    ['a database that is no URL', 'hunter2', /must be a URL/],
  ])('%s is one line without the password', async (_, url, reason) => {
    const database = typeof url === 'string' ? url : url()
    const { code, stdout, stderr } = await run('migrate.ts', ['up', '--app', 'a', '--database', database])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: .+\n$/)
    expect(stderr).toMatch(reason)
    expect(stderr).not.toContain('hunter2')
  })
})
