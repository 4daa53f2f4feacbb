import { escapeIdentifier, type Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { readModules } from '../../src/migrate/files.ts'
import { head, type Module } from '../../src/migrate/module.ts'
import { force, migrate, type MigrateOptions, type Session } from '../../src/migrate/run.ts'
import { connected, contentsOf, first, freshSchema, own, second } from './run.fixture.ts'

const modules = readModules()
const toHead = modules.map((module) => ({ module: module.name, from: null, to: head(module) }))

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

const up = (schema: string, given: readonly Module[] = modules, options: MigrateOptions = {}) =>
  migrate(sessionOf(client), schema, given, options)
const down = (schema: string, given: readonly Module[] = modules, options: MigrateOptions = {}) =>
  up(schema, given, { direction: 'down', ...options })
type Outcome = Awaited<ReturnType<typeof up>>
/** From where to where each module went. */
const moves = (outcome: Outcome) =>
  outcome.ok ? outcome.value.map(({ module, from, to }) => ({ module, from, to })) : outcome.error

const rowsOf = async (schema: string, table: string, columns: string) =>
  (await client.query(`select ${columns} from ${escapeIdentifier(schema)}.${table} order by 1`)).rows

describe('up', () => {
  it.each([freshSchema(), `we"ird '%s' $skygear$ ${process.pid}`])(
    'brings a fresh schema %s to head, once',
    async (schema) => {
      expect(moves(await up(schema))).toEqual(toHead)
      const made = await contentsOf(client, schema)
      expect(made).toEqual(
        expect.arrayContaining(['_core_version', '_core_user', '_auth_version', '_record_migration']),
      )
      await client.query(`insert into ${escapeIdentifier(schema)}._core_user (id) values ('kept')`)
      expect(moves(await up(schema))).toEqual(toHead.map(({ module, to }) => ({ module, from: to, to })))
      expect(await contentsOf(client, schema)).toEqual(made)
      expect(await rowsOf(schema, '_core_user', 'id')).toEqual([{ id: 'kept' }])
    },
  )

  it('takes at most the steps asked for, and says which files ran', async () => {
    const schema = freshSchema()
    const one = await up(schema, [own(first, second)], { steps: 1 })
    expect(one).toEqual({
      ok: true,
      value: [
        {
          module: 'own',
          from: null,
          to: 1,
          files: [{ name: 'own/1_file.up.sql', sql: first[1] }],
          changed: [],
        },
      ],
    })
    expect(moves(await up(schema, [own(first, second)], { steps: 5 }))).toMatchObject([{ from: 1, to: 2 }])
  })

  it('notes each file with its checksum and time, and forgets it when it is undone', async () => {
    const schema = freshSchema()
    const module = own(first, second)
    await up(schema, [module])
    const noted = await rowsOf(
      schema,
      '_own_migration',
      'version::int, checksum, applied_at is not null as at',
    )
    expect(noted).toEqual([
      { version: 1, checksum: expect.stringMatching(/^[0-9a-f]{64}$/), at: true },
      { version: 2, checksum: expect.stringMatching(/^[0-9a-f]{64}$/), at: true },
    ])
    await down(schema, [module], { steps: 1 })
    expect(await rowsOf(schema, '_own_migration', 'version::int')).toEqual([{ version: 1 }])
  })

  it('names the file, line and statement that failed, and leaves the schema as it was', async () => {
    const schema = freshSchema()
    const bad = [2, 'create table lost (id int);\n\nselect nothing from\n  nowhere;'] as const
    const error = {
      reason: 'failed',
      module: 'own',
      file: 'own/2_file.up.sql',
      line: 4,
      statement: 'select nothing from nowhere;',
      message: 'relation "nowhere" does not exist',
    }
    expect(await up(schema, [own(bad)])).toEqual({ ok: false, error })
    expect(await contentsOf(client, schema)).toBeNull()

    await up(schema, [own(first)])
    expect((await up(schema, [own(first, bad)])).ok).toBe(false)
    expect(await contentsOf(client, schema)).toEqual(['_own_migration', '_own_version', 'one'])
    expect(await rowsOf(schema, '_own_version', 'version::int, dirty')).toEqual([
      { version: 1, dirty: false },
    ])
  })

  it.each([
    // Postgres gives no place for either.
    ['create table a (id int);\n-- twice\ncreate table a (id int);', 3, 'create table a (id int);'],
    [
      `create table a (id int primary key);\ninsert into a values (1),\n(1)`,
      2,
      'insert into a values (1), (1)',
    ],
    ['do $$ begin\n  perform nothing;\nend $$', 1, 'do $$ begin perform nothing; end $$'],
    [`select ${'1 + '.repeat(100)}'a'`, 1, expect.stringMatching(/^select 1 .{150}…$/)],
  ])('finds the statement that failed in %j', async (sql, line, statement) => {
    expect(await up(freshSchema(), [own([1, sql])])).toMatchObject({ ok: false, error: { line, statement } })
  })

  it('upon an applied file that has changed runs nothing new, and says what to do', async () => {
    const schema = freshSchema()
    await up(schema, [own(first)])
    const edited = [1, `${first[1]} -- edited`, first[2]] as const
    expect(await up(schema, [own(edited)])).toMatchObject({ ok: true, value: [{ to: 1, changed: [1] }] })
    expect(await up(schema, [own(edited, second)])).toMatchObject({
      ok: false,
      error: { reason: 'changed', message: expect.stringMatching(/^own 1 changed .+ force 1 --module own$/) },
    })
    expect(await contentsOf(client, schema)).not.toContain('two')
    // The way back is open: that is how a file that is still being written is tried again.
    expect((await down(schema, [own(edited)])).ok).toBe(true)
    expect(await up(schema, [own(edited, second)])).toMatchObject({
      ok: true,
      value: [{ to: 2, changed: [] }],
    })
  })

  it('goes on in a schema of before the checksums: of its files nothing is known', async () => {
    const schema = freshSchema()
    await up(schema, [own(first)])
    await client.query(`drop table ${schema}._own_migration`)
    const edited = [1, `${first[1]} -- edited`, first[2]] as const
    expect(await up(schema, [own(edited, second)])).toMatchObject({
      ok: true,
      value: [{ from: 1, to: 2, changed: [] }],
    })
    expect(await rowsOf(schema, '_own_migration', 'version::int')).toEqual([{ version: 2 }])
  })

  it('fails where a constraint that waits for the commit does not hold', async () => {
    const schema = freshSchema()
    const late = 'create table a (id int primary key, up int references a initially deferred)'
    expect(await up(schema, [own([1, `${late}; insert into a values (1, 2)`])])).toMatchObject({
      ok: false,
      error: { reason: 'failed', module: 'own', message: expect.stringContaining('foreign key') },
    })
    expect(await contentsOf(client, schema)).toBeNull()
  })

  it('makes a fresh app in few trips', async () => {
    const schema = freshSchema()
    const texts: string[] = []
    const counting: Session = {
      query: (text, values) => {
        texts.push(text)
        return sessionOf(client).query(text, values)
      },
    }
    await migrate(counting, schema, modules)
    // begin, lock, open, read, one a file, write, commit
    expect(texts).toHaveLength(modules.flatMap(({ migrations }) => migrations).length + 6 * modules.length)
  })
})

describe('a dry run', () => {
  it('runs everything, up and down, and leaves nothing', async () => {
    const schema = freshSchema()
    const dry = await up(schema, modules, { dryRun: true })
    expect(moves(dry)).toEqual(toHead)
    expect(dry.ok && dry.value[0]?.files[0]?.sql).toContain('create table _core_user')
    expect(await contentsOf(client, schema)).toBeNull()
    await up(schema)
    const made = await contentsOf(client, schema)
    const back = toHead.map(({ module, to }) => ({ module, from: to, to: null })).toReversed()
    expect(moves(await down(schema, modules, { dryRun: true }))).toEqual(back)
    expect(await contentsOf(client, schema)).toEqual(made)
  })

  it('tells what would fail', async () => {
    const schema = freshSchema()
    expect((await up(schema, [own([1, 'nonsense'])], { dryRun: true })).ok).toBe(false)
    expect(await contentsOf(client, schema)).toBeNull()
  })
})

describe('a dirty module', () => {
  const dirty = async () => {
    const schema = freshSchema()
    await up(schema, [own(first)])
    await client.query(`update ${schema}._own_version set dirty = true`)
    return schema
  }

  it.each(['up', 'down'] as const)('does not go %s', async (direction) => {
    const schema = await dirty()
    expect(await up(schema, [own(first, second)], { direction })).toMatchObject({
      ok: false,
      error: { reason: 'dirty', message: 'own: Dirty database version 1. Fix and force version.' },
    })
    expect(await contentsOf(client, schema)).toEqual(['_own_migration', '_own_version', 'one'])
  })

  it('is clean after force, which runs nothing', async () => {
    const schema = await dirty()
    const forced = await force(sessionOf(client), schema, own(first, second), 2)
    expect(moves(forced)).toEqual([{ module: 'own', from: 1, to: 2 }])
    expect(await rowsOf(schema, '_own_version', 'version::int, dirty')).toEqual([
      { version: 2, dirty: false },
    ])
    expect(await contentsOf(client, schema)).not.toContain('two')
  })
})

describe('force', () => {
  it('takes changed files as they are, and forgets those above', async () => {
    const schema = freshSchema()
    await up(schema, [own(first, second)])
    const edited = [1, `${first[1]} -- edited`] as const
    await force(sessionOf(client), schema, own(edited, second), 1)
    expect(await rowsOf(schema, '_own_migration', 'version::int')).toEqual([{ version: 1 }])
    await client.query(`drop table ${schema}.two`)
    expect(await up(schema, [own(edited, second)])).toMatchObject({ ok: true, value: [{ from: 1, to: 2 }] })
  })

  it('refuses a version that the files do not have, and changes nothing in a dry run', async () => {
    const schema = freshSchema()
    await up(schema, [own(first)])
    expect(await force(sessionOf(client), schema, own(first), 7)).toMatchObject({
      ok: false,
      error: { reason: 'plan', message: 'own has no version 7' },
    })
    await force(sessionOf(client), schema, own(first, second), 2, { dryRun: true })
    expect(await rowsOf(schema, '_own_version', 'version::int')).toEqual([{ version: 1 }])
  })
})
