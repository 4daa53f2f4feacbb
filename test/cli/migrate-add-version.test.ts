import { sql } from 'drizzle-orm'
import {
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  unique,
  varchar,
} from 'drizzle-orm/pg-core'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import * as core from '../../drizzle/core.ts'
import { addVersion, fileNameOf } from '../../cli/migrate/add-version.ts'
import { readTables, tableNames } from '../../cli/migrate/catalogue.ts'
import { difference } from '../../cli/migrate/difference.ts'
import { sessionOf } from '../../cli/migrate/session.ts'
import { FOLDER, readModule, readModules } from '../../src/migrate/files.ts'
import { CONTROLLER, MODULE_ORDER } from '../../src/migrate/order.ts'
import { migrate } from '../../src/migrate/run.ts'
import { connected, freshSchema } from '../migrate/run.fixture.ts'
import { run } from './processes.ts'

const NOW = 1_800_000_000_999

let client: Client
const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
beforeAll(async () => {
  client = await connected()
})
beforeEach(() => {
  fs.rmSync(folder, { recursive: true })
  fs.cpSync(FOLDER, folder, { recursive: true })
})
afterAll(async () => {
  await client.end()
  fs.rmSync(folder, { recursive: true })
})

const add = (declared: Record<string, unknown>, module = 'core') =>
  addVersion(client, module, 'next', { folder: join(folder, module), declared, now: NOW })
const written = (paths: readonly string[]) => paths.map((path) => fs.readFileSync(path, 'utf8'))

describe('today', () => {
  it.each([...MODULE_ORDER, CONTROLLER])('drizzle/%s.ts has what the migrations make', async (name) => {
    const place = MODULE_ORDER.findIndex((each) => each === name)
    const modules = [...readModules().slice(0, Math.max(place, 0)), readModule(name, join(FOLDER, name))]
    const declared = (await import(`../../drizzle/${name}.ts`)) as Record<string, unknown>
    expect(await difference(client, modules, declared)).toEqual({ up: [], down: [] })
  })
})

describe('a new version', () => {
  it('where nothing is new has files that say so, after all others', async () => {
    const paths = await add(core)
    expect(paths).toEqual(['up', 'down'].map((way) => join(folder, 'core', `1800000000_next.${way}.sql`)))
    expect(written(paths)).toEqual(Array(2).fill('-- drizzle/core.ts has nothing new.\n'))
    const [again] = await add(core)
    expect(again).toBe(join(folder, 'core', '1800000001_next.up.sql'))
  })

  it('has the new column, and takes it back', async () => {
    const role = pgTable('_role', {
      id: text().primaryKey(),
      byDefault: boolean('by_default').notNull().default(false),
      isAdmin: boolean('is_admin').notNull().default(false),
      label: text().notNull().default('none'),
    })
    expect(written(await add({ ...core, role }))).toEqual([
      `ALTER TABLE "_role" ADD COLUMN "label" text DEFAULT 'none'::text NOT NULL;\n`,
      'ALTER TABLE "_role" DROP COLUMN "label";\n',
    ])
  })

  it('drops and adds what was renamed: it does not ask', async () => {
    const role = pgTable('_role', {
      id: text().primaryKey(),
      standard: boolean('standard').notNull().default(false),
      isAdmin: boolean('is_admin').notNull().default(false),
    })
    const [up = ''] = written(await add({ ...core, role }))
    expect(up.trim().split('\n')).toEqual([
      'ALTER TABLE "_role" ADD COLUMN "standard" boolean DEFAULT false NOT NULL;',
      'ALTER TABLE "_role" DROP COLUMN "by_default";',
    ])
  })

  it('leads to the declared tables exactly, and back, whatever they have', async () => {
    const tag = pgTable(
      '_core_tag',
      {
        number: serial().primaryKey(),
        userId: text('user_id')
          .notNull()
          .references(() => core.user.id, { onDelete: 'cascade', onUpdate: 'restrict' }),
        name: varchar({ length: 20 }).notNull().unique(),
        amount: integer().default(3),
        at: timestamp({ withTimezone: true }).notNull().defaultNow(),
      },
      (t) => [
        index('_core_tag_user_id_idx')
          .on(t.userId.desc())
          .where(sql`amount > 1`),
        index('_core_tag_lower_idx').on(sql`lower(name)`),
        unique('_core_tag_both').on(t.userId, t.amount),
      ],
    )
    // Without its key to the user, and with another key of its own.
    const userRole = pgTable(
      '_auth_role',
      {
        userId: text('auth_id').notNull(),
        roleId: text('role_id')
          .notNull()
          .references(() => core.role.id),
      },
      (t) => [primaryKey({ columns: [t.roleId, t.userId] })],
    )
    const { session: _, ...others } = core
    const declared = { ...others, userRole, tag }
    const before = await tablesOf(MODULE_ORDER.slice(0, 1))
    const [up = '', down = ''] = written(await add(declared))
    expect(up + down).not.toMatch(/"public"|skygear_add_version/)
    expect(up).toContain('DROP TABLE "_core_session"')
    expect(await difference(client, [readModule('core', join(folder, 'core'))], declared)).toEqual({
      up: [],
      down: [],
    })
    expect(await tablesOf(MODULE_ORDER.slice(0, 1), 'and back')).toEqual(before)
  })

  it('of a module upon others names their tables without a schema', async () => {
    const note = pgTable('_auth_note', {
      id: text().primaryKey(),
      userId: text('user_id')
        .notNull()
        .references(() => core.user.id),
    })
    const auth = await import('../../drizzle/auth.ts')
    const [up = ''] = written(await add({ ...auth, note }, 'auth'))
    expect(up).toContain('CREATE TABLE "_auth_note"')
    expect(up).toContain('REFERENCES "_core_user"("id")')
  })
})

/** What the folder's modules make; `and back` goes up and then one step down. */
async function tablesOf(names: readonly string[], then?: 'and back') {
  const schema = freshSchema()
  const modules = names.map((name) => readModule(name, join(folder, name)))
  const up = await migrate(sessionOf(client), schema, modules)
  if (!up.ok) throw new Error(up.error.message)
  if (then === 'and back') {
    const down = await migrate(sessionOf(client), schema, modules, { direction: 'down', steps: 1 })
    if (!down.ok) throw new Error(down.error.message)
  }
  const tables = (await tableNames(client, schema)).filter((name) => !/_(version|migration)$/.test(name))
  const found = await readTables(client, schema, tables)
  // What is dropped and added again is last.
  return Object.entries(found).map(([name, { columns, ...table }]) => [
    name,
    Object.values(columns).toSorted((a, b) => a.name.localeCompare(b.name)),
    table,
  ])
}

describe('npm run migrate -- add-version', () => {
  it('writes the pair, and prints its paths', async () => {
    const source = join(folder, 'core')
    const asked = ['add-version', '--module', 'core', '--name', 'Written by a test!', '--source', source]
    const { code, stdout } = await run('migrate.ts', [...asked, '--database', inject('databaseUrl')])
    expect(code).toBe(0)
    const [up = '', down] = stdout.trim().split('\n')
    expect(up).toMatch(/\/core\/\d{10}_written_by_a_test\.up\.sql$/)
    expect(down).toBe(up.replace('.up.', '.down.'))
    const { migrations } = readModule('core', join(folder, 'core'))
    expect(migrations.at(-1)).toMatchObject({
      name: 'written_by_a_test',
      up: expect.stringContaining('nothing new'),
    })
  })

  it.each([
    ['Adds "labels" to roles', 'adds_labels_to_roles'],
    ['  a--b  ', 'a_b'],
  ])('makes of %j a part of a file’s name', (description, name) => {
    expect(fileNameOf(description)).toBe(name)
  })
})
