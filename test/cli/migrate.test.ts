import * as fs from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, escapeIdentifier } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { readModules } from '../../src/migrate/files.ts'
import { head, type Module } from '../../src/migrate/module.ts'
import { planDown, planUp } from '../../src/migrate/plan.ts'
import { migrate } from '../../src/migrate/run.ts'
import { run } from './processes.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations')
const RUNNERS = 8

const modules = readModules()
const atHead = modules.map((module) => ({ module: module.name, from: null, to: head(module) }))

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

async function connected(): Promise<Client> {
  const opened = new Client(inject('databaseUrl'))
  await opened.connect()
  return opened
}

let count = 0
const freshSchema = () => `migrate_${process.pid}_${(count += 1)}`
const up = (schema: string, given: readonly Module[] = modules) => migrate(sessionOf(client), schema, given)

/** Every relation, function and type of a schema, by name; null where there is no such schema. */
async function contents(schema: string): Promise<readonly string[] | null> {
  const { rows: found } = await client.query(`select 1 from pg_namespace where nspname = $1`, [schema])
  if (found.length === 0) return null
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = $1 and relkind in ('r', 'v', 'm', 'S', 'f', 'p')
      union all select proname || '()' from pg_proc join pg_namespace n on n.oid = pronamespace where nspname = $1
      union all select 'type ' || typname from pg_type t join pg_namespace n on n.oid = typnamespace
        where nspname = $1 and typrelid = 0 and typelem = 0 order by name`,
    [schema],
  )
  return rows.map(({ name }) => name)
}

describe('the migrations', () => {
  it('are in the bundle as in the folder, up files only', async () => {
    const text = fs
      .readFileSync(join(MIGRATIONS, 'bundle.ts'), 'utf8')
      .replaceAll(/^import (\w+) from '(.+\.sql)'$/gm, (_, name: string, path: string) => {
        const file = fs.readFileSync(join(MIGRATIONS, path), 'utf8')
        return `const ${name} = ${JSON.stringify(file)}`
      })
    const bundle: unknown = await import(
      `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(text, { mode: 'transform' }))}`
    )
    const withoutDown = modules.map(({ name, migrations }) => ({
      name,
      migrations: migrations.map(({ version, name, up }) => ({ version, name, up })),
    }))
    expect(bundle).toMatchObject({ modules: withoutDown })
  })

  it('can each be undone', () => {
    const all = modules.flatMap(({ migrations }) => migrations)
    expect(all.filter(({ down }) => down === undefined)).toEqual([])
    expect(all.length).toBeGreaterThan(2)
  })
})

describe('readModules', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('reads in order of version, and refuses what it would pass over', () => {
    fs.mkdirSync(join(folder, 'a'))
    for (const name of ['9_first.up.sql', '10_second.up.sql', '10_second.down.sql'])
      fs.writeFileSync(join(folder, 'a', name), name)
    const [a] = readModules(folder, ['a'])
    expect(a?.migrations).toEqual([
      { version: 9, name: 'first', up: '9_first.up.sql' },
      { version: 10, name: 'second', up: '10_second.up.sql', down: '10_second.down.sql' },
    ])
    expect(() => readModules(folder, [])).toThrow('migrations/a is no module')
    for (const [name, message] of [
      ['10_other.up.sql', 'has the version of'],
      ['11_third.down.sql', 'has no up file'],
      ['notes.sql', 'is not named'],
    ] as const) {
      fs.writeFileSync(join(folder, 'a', name), '')
      expect(() => readModules(folder, ['a'])).toThrow(message)
      fs.rmSync(join(folder, 'a', name))
    }
  })
})

describe('the plan', () => {
  const [one, two] = [
    { version: 1, name: 'one', up: 'up 1', down: 'down 1' },
    { version: 2, name: 'two', up: 'up 2', down: 'down 2' },
  ] as const
  const module: Module = { name: 'm', migrations: [one, two] }
  const sqlOf = (steps: readonly { sql: string; version: number | null }[]) =>
    steps.map(({ sql, version }) => [sql, version])

  it.each([
    [
      null,
      undefined,
      [
        ['up 1', 1],
        ['up 2', 2],
      ],
    ],
    [null, 1, [['up 1', 1]]],
    [1, undefined, [['up 2', 2]]],
    [2, undefined, []],
    // An older code beside a newer schema takes nothing back.
    [3, undefined, []],
  ] as const)('up from %j, %j steps', (from, steps, expected) => {
    expect(sqlOf(planUp(module, from, steps))).toEqual(expected)
  })

  it.each([
    [null, undefined, []],
    [
      2,
      undefined,
      [
        ['down 2', 1],
        ['down 1', null],
      ],
    ],
    [2, 1, [['down 2', 1]]],
    [1, 5, [['down 1', null]]],
  ] as const)('down from %j, %j steps', (from, steps, expected) => {
    const plan = planDown(module, from, steps)
    expect(plan.ok && sqlOf(plan.value)).toEqual(expected)
  })

  it('refuses to go down from an unknown version, or without the file', () => {
    expect(planDown(module, 3)).toMatchObject({ ok: false, error: expect.stringContaining('m is at 3') })
    const without = { name: 'm', migrations: [{ version: 1, name: 'one', up: '' }] }
    expect(planDown(without, 1)).toMatchObject({ ok: false, error: expect.stringContaining('no down file') })
  })
})

describe('the runner', () => {
  it.each([freshSchema(), `we"ird '%s' ${process.pid}`])(
    'brings a fresh schema %s to head, once',
    async (schema) => {
      expect(await up(schema)).toEqual({ ok: true, value: atHead })
      const made = await contents(schema)
      expect(made).toEqual(
        expect.arrayContaining(['_core_version', '_core_user', '_auth_version', '_record_version']),
      )

      await client.query(
        `insert into ${escapeIdentifier(schema)}._core_user (id) values ('kept') on conflict do nothing`,
      )
      expect(await up(schema)).toEqual({
        ok: true,
        value: atHead.map(({ module, to }) => ({ module, from: to, to })),
      })
      expect(await contents(schema)).toEqual(made)
      const { rows } = await client.query(`select id from ${escapeIdentifier(schema)}._core_user`)
      expect(rows).toEqual([{ id: 'kept' }])
    },
  )

  it('rolls a dry run back, up and down', async () => {
    const schema = freshSchema()
    const dry = (direction: 'up' | 'down') =>
      migrate(sessionOf(client), schema, modules, { direction, dryRun: true })
    expect(await dry('up')).toEqual({ ok: true, value: atHead })
    expect(await contents(schema)).toBeNull()
    await up(schema)
    const made = await contents(schema)
    const back = atHead.map(({ module, to }) => ({ module, from: to, to: null })).toReversed()
    expect(await dry('down')).toEqual({ ok: true, value: back })
    expect(await contents(schema)).toEqual(made)
  })

  it('undoes every migration, leaving only the version tables', async () => {
    const schema = freshSchema()
    const versions = modules.map(({ name }) => `_${name}_version`).toSorted()
    await up(schema)
    const made = await contents(schema)
    expect((await migrate(sessionOf(client), schema, modules, { direction: 'down' })).ok).toBe(true)
    expect(await contents(schema)).toEqual(versions)
    expect(await up(schema)).toEqual({ ok: true, value: atHead })
    expect(await contents(schema)).toEqual(made)
  })

  it('names the file and line that failed, and leaves the schema as it was', async () => {
    const schema = freshSchema()
    const good = { version: 1, name: 'good', up: 'create table kept (id int)' }
    const bad = {
      version: 2,
      name: 'bad',
      up: 'create table lost (id int);\n\nselect nothing from\n  nowhere;',
    }
    expect(await up(schema, [{ name: 'own', migrations: [bad] }])).toEqual({
      ok: false,
      error: { module: 'own', migration: 'own/2_bad.up.sql:4', message: 'relation "nowhere" does not exist' },
    })
    expect(await contents(schema)).toBeNull()

    await up(schema, [{ name: 'own', migrations: [good] }])
    expect((await up(schema, [{ name: 'own', migrations: [good, bad] }])).ok).toBe(false)
    expect(await contents(schema)).toEqual(['_own_version', 'kept'])
    const { rows } = await client.query(`select version::int, dirty from "${schema}"._own_version`)
    expect(rows).toEqual([{ version: 1, dirty: false }])
  })

  it(`lets ${RUNNERS} at once apply each migration once`, async () => {
    const schema = freshSchema()
    const runners = await Promise.all(Array.from({ length: RUNNERS }, connected))
    const outcomes = await Promise.all(runners.map((runner) => migrate(sessionOf(runner), schema, modules)))
    await Promise.all(runners.map((runner) => runner.end()))
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
    const applied = outcomes.flatMap((each) =>
      each.ok ? each.value.filter(({ from, to }) => from !== to) : [],
    )
    expect(applied.map(({ module }) => module).toSorted()).toEqual(modules.map(({ name }) => name).toSorted())
  })
})

describe('npm run migrate', () => {
  it('moves a schema and says from where to where', async () => {
    const schema = freshSchema()
    const command = (...args: string[]) =>
      run('migrate.ts', [...args, '--schema', schema, '--database', inject('databaseUrl')])
    expect((await command('up', '--dry-run')).stdout).toMatch(/^migrate_\w+ +core +- → \d+$.+dry run$/ms)
    expect(await contents(schema)).toBeNull()
    expect(JSON.parse((await command('up', '--json')).stdout)).toEqual({
      schema,
      dry_run: false,
      modules: atHead,
    })
    expect((await command()).stdout.match(/at head$/gm)).toHaveLength(modules.length)
    expect((await command('down', '--module', 'record')).stdout).toMatch(/ +record +\d+ → -$/m)
    expect((await command('status')).stdout).toMatch(/ +record +- +\d+ +behind$/m)
    // The auth tables stand on those of core.
    const refused = await command('down', '--module', 'core', '--json')
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: core\/\d+_\w+\.down\.sql.*: .+\n$/),
    })
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { name: 'Failed' } })
  })

  it.concurrent.for([
    [['up'], 'error: up of which schema? --app or --schema\n'],
    [['sideways'], 'error: no command "sideways": one of status, up, down\n'],
    [['--module', 'x'], 'error: no module "x": one of core, auth, record\n'],
    [['--app', 'a', '--schema', 'b'], 'error: --schema or --app, not both\n'],
  ] as const)('%j is answered with how to ask', async ([args, stderr], { expect }) => {
    expect(await run('migrate.ts', args)).toEqual({ code: 2, stdout: '', stderr })
  })
})
