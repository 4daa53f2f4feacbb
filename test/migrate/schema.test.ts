import { join } from 'node:path'
import { is, SQL } from 'drizzle-orm'
import { getTableConfig, PgDialect, PgTable, type PgColumn } from 'drizzle-orm/pg-core'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as asset from '../../drizzle/asset.ts'
import * as auth from '../../drizzle/auth.ts'
import * as controller from '../../drizzle/controller.ts'
import * as core from '../../drizzle/core.ts'
import * as record from '../../drizzle/record.ts'
import { quoteIdentifier } from '../../src/core/sql.ts'
import { FOLDER, readModule, readModules } from '../../src/migrate/files.ts'
import { CONTROLLER } from '../../src/migrate/order.ts'
import { migrate } from '../../src/migrate/run.ts'

/** What the migrations make besides tables: the gears call these by name. */
const FUNCTIONS = [
  '_asset_forget(text[])',
  '_auth_claims(jsonb)',
  '_auth_code_hash(text, text)',
  '_auth_ensure_identity(text)',
  '_auth_find_by_fields(jsonb)',
  '_auth_find_reset(text, text, bigint)',
  '_auth_forget_resets()',
  '_auth_issue_code(text, text, text, text, text, text, timestamp without time zone, integer)',
  '_auth_keep_unique(jsonb)',
  '_auth_keep_verified()',
  '_auth_link_oauth(text, text, text, jsonb, jsonb)',
  '_auth_lock_identities(text)',
  '_auth_note(jsonb, integer)',
  '_auth_prepare_verification(text, text[])',
  '_auth_prove_identity()',
  '_auth_redeem_reset(text, text, bigint)',
  '_auth_redeem_verification(text, text, integer)',
  '_auth_remember_password(text, text, bigint, timestamp without time zone)',
  '_auth_require_fresh_password(text, integer)',
  '_auth_require_password(text, timestamp without time zone, text)',
  '_auth_require_unique(jsonb, boolean)',
  '_auth_require_verified(text)',
  '_auth_set_login_id(text, text, text, text)',
  '_auth_set_password(text, timestamp without time zone, text)',
  '_auth_settle_identities()',
  '_auth_stale_unique(jsonb)',
  '_auth_stand_in(text)',
  '_core_guard(jsonb, text, text)',
  '_core_guard(jsonb, text, text, text[], text[])',
  '_core_note_modules()',
  '_core_refuse(text, text, text)',
  '_core_require_admin(text)',
  '_core_require_enabled(_core_user)',
  '_core_revise()',
  '_core_shape(text)',
  '_record_advance(text, text, bigint)',
  '_record_all(text, text[], jsonb, boolean)',
  '_record_columns(text)',
  '_record_describe(text, text)',
  '_record_each(text[], jsonb, boolean)',
  '_record_extend(jsonb)',
  '_record_fingerprint(text)',
  '_record_grants(text, text)',
  '_record_index(text, jsonb, boolean)',
  '_record_index_order(text)',
  '_record_require(text, text)',
  '_record_table(text)',
  '_record_why(text, jsonb)',
]
const TRIGGERS = [
  '_auth_authenticator_password: _auth_forget_resets',
  '_auth_authenticator_password: _auth_proved_by',
  '_auth_identity: _auth_found_by',
  '_auth_identity: _auth_not_found_by',
  '_core_module: _core_note_modules',
  '_record_creation: _core_revise',
  '_record_default_access: _core_revise',
  '_record_field_access: _core_revise',
]
const EXTENSIONS = ['citext', 'cube', 'earthdistance']

const SETS = [
  {
    of: 'an app',
    modules: readModules(),
    drizzle: [core, auth, record, asset],
    functions: FUNCTIONS,
    triggers: TRIGGERS,
  },
  {
    of: 'a config database',
    modules: [readModule(CONTROLLER, join(FOLDER, CONTROLLER))],
    drizzle: [controller],
    functions: [],
    triggers: [],
  },
]

type Column = { readonly type: string; readonly nullable: boolean; readonly default: string | null }
type ForeignKey = { readonly columns: string; readonly target: string; readonly onDelete: string }
/** A table, in words that both sides can be put in. */
type Table = {
  readonly columns: Readonly<Record<string, Column>>
  readonly primaryKey: readonly string[]
  /** Lists of columns, with the constraint's name where `drizzle/` gives it one. */
  readonly uniques: readonly string[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly indexes: readonly string[]
}

const dialect = new PgDialect()

/** Postgres writes the type of every constant; the declarations do not. */
const plainDefault = (text: string): string => text.replaceAll(/::[a-z ]+(?=[,)]|$)/g, '')

function declaredDefault({ hasDefault, default: given, generatedIdentity }: PgColumn): string | null {
  if (!hasDefault || generatedIdentity) return null
  if (is(given, SQL)) return plainDefault(dialect.sqlToQuery(given).sql)
  const text = JSON.stringify(given)
  return typeof given === 'object' ? `'${text}'` : text
}

const namesOf = (columns: readonly { readonly name: string }[]): string[] => columns.map(({ name }) => name)
const withoutZone = (type: string): string => (type === 'timestamp' ? 'timestamp without time zone' : type)

function ofDeclaration(table: PgTable): Table {
  const { columns, primaryKeys, uniqueConstraints, foreignKeys, indexes } = getTableConfig(table)
  const [together] = primaryKeys
  return {
    columns: Object.fromEntries(
      columns.map((column) => [
        column.name,
        {
          type: withoutZone(column.getSQLType()),
          nullable: !column.notNull,
          default: declaredDefault(column),
        },
      ]),
    ),
    primaryKey: together ? namesOf(together.columns) : namesOf(columns.filter(({ primary }) => primary)),
    uniques: [
      ...columns.filter(({ isUnique }) => isUnique).map(({ name }) => name),
      ...uniqueConstraints.map((unique) => `${unique.getName()}: ${namesOf(unique.columns).join()}`),
    ].toSorted(),
    foreignKeys: foreignKeys
      .map((key) => {
        const { columns: own, foreignTable, foreignColumns } = key.reference()
        const target = `${getTableConfig(foreignTable).name} ${namesOf(foreignColumns).join()}`
        return { columns: namesOf(own).join(), target, onDelete: key.onDelete ?? 'no action' }
      })
      .toSorted((a, b) => a.columns.localeCompare(b.columns)),
    indexes: indexes.map(({ config }) => `${config.name}: ${namesOf(config.columns as PgColumn[]).join()}`),
  }
}

const client = new Client({ connectionString: inject('databaseUrl') })
beforeAll(() => client.connect())
afterAll(() => client.end())

type ConstraintRow = {
  readonly kind: 'p' | 'u' | 'f'
  readonly name: string
  readonly columns: readonly string[]
  readonly target: string | null
  readonly on_delete: string
}

/** A table as the catalogues of Postgres have it. */
async function ofPostgres(schema: string, name: string, named: readonly string[]): Promise<Table> {
  const values = [schema, name]
  const columns = await client.query<{
    name: string
    type: string
    nullable: boolean
    default: string | null
  }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
       pg_get_expr(d.adbin, d.adrelid) as default
     from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = format('%I.%I', $1::text, $2::text)::regclass and a.attnum > 0 and not a.attisdropped
     order by a.attnum`,
    values,
  )
  const columnNames = (table: string, key: string) =>
    `(select array_agg(a.attname::text order by k.place) from unnest(${key}) with ordinality as k(number, place)
      join pg_attribute a on a.attrelid = ${table} and a.attnum = k.number)`
  const { rows: constraints } = await client.query<ConstraintRow>(
    `select c.contype as kind, c.conname as name, ${columnNames('c.conrelid', 'c.conkey')} as columns,
       t.relname || ' ' || array_to_string(${columnNames('c.confrelid', 'c.confkey')}, ',') as target,
       case c.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'r' then 'restrict'
         else 'no action' end as on_delete
     from pg_constraint c left join pg_class t on t.oid = c.confrelid
     where c.conrelid = format('%I.%I', $1::text, $2::text)::regclass and c.contype in ('p', 'u', 'f')`,
    values,
  )
  const { rows: indexes } = await client.query<{ name: string; columns: string[] }>(
    `select i.relname as name, ${columnNames('x.indrelid', 'x.indkey::int2[]')} as columns
     from pg_index x join pg_class i on i.oid = x.indexrelid
     where x.indrelid = format('%I.%I', $1::text, $2::text)::regclass
       and not exists (select from pg_constraint c where c.conindid = x.indexrelid and c.contype in ('p', 'u'))`,
    values,
  )
  return {
    columns: Object.fromEntries(
      columns.rows.map(({ name: column, default: given, ...rest }) => [
        column,
        { ...rest, default: given && plainDefault(given) },
      ]),
    ),
    primaryKey: constraints.find(({ kind }) => kind === 'p')?.columns ?? [],
    uniques: constraints
      .filter(({ kind }) => kind === 'u')
      .map((unique) => (named.includes(unique.name) ? `${unique.name}: ` : '') + unique.columns.join())
      .toSorted(),
    foreignKeys: constraints
      .filter(({ kind }) => kind === 'f')
      .map((key) => ({ columns: key.columns.join(), target: key.target ?? '', onDelete: key.on_delete }))
      .toSorted((a, b) => a.columns.localeCompare(b.columns)),
    indexes: indexes.map((index) => `${index.name}: ${index.columns.join()}`).toSorted(),
  }
}

describe.each(SETS)(
  'the migrations of $of make what drizzle/ declares:',
  ({ modules, drizzle, functions, triggers }) => {
    const schema = `schema_test_${crypto.randomUUID()}`
    const strings = async (query: string): Promise<string[]> =>
      (await client.query({ text: query, values: [schema], rowMode: 'array' })).rows.map(([name]) =>
        String(name),
      )
    const declared = Object.fromEntries(
      drizzle
        .flatMap((module) => Object.values<unknown>(module))
        .filter((value) => is(value, PgTable))
        .map((table) => [getTableConfig(table).name, table]),
    )
    /** The runner's own. */
    const books = modules.flatMap(({ name }) => [`_${name}_version`, `_${name}_migration`])

    beforeAll(async () => {
      const migrated = await migrate(client, schema, modules)
      if (!migrated.ok) throw new Error(migrated.error.message)
    })
    afterAll(() => client.query(`drop schema if exists ${quoteIdentifier(schema)} cascade`))

    it('the same tables', async () => {
      const made = await strings(`select tablename from pg_tables where schemaname = $1`)
      expect(Object.keys(declared).length).toBeGreaterThan(4)
      expect(made.toSorted()).toEqual([...Object.keys(declared), ...books].toSorted())
    })

    it.each(Object.keys(declared))('the columns, keys, constraints and indexes of %s', async (name) => {
      const table = declared[name]
      if (!table) throw new Error('not declared')
      const named = getTableConfig(table).uniqueConstraints.map((unique) => unique.getName() ?? '')
      expect(await ofPostgres(schema, name, named)).toEqual(ofDeclaration(table))
    })

    it('and these functions', async () => {
      const made = await strings(
        `select p.proname || '(' || (select coalesce(string_agg(
         case when n.nspname = $1 then t.typname else format_type(t.oid, null) end, ', ' order by place), '')
         from unnest(p.proargtypes) with ordinality as a(type, place)
         join pg_type t on t.oid = a.type join pg_namespace n on n.oid = t.typnamespace) || ')'
       from pg_proc p where p.pronamespace = (select oid from pg_namespace where nspname = $1)`,
      )
      expect(made.toSorted()).toEqual(functions)
    })

    it('and these triggers', async () => {
      const made = await strings(
        `select c.relname || ': ' || tgname from pg_trigger g join pg_class c on c.oid = g.tgrelid
         where c.relnamespace = (select oid from pg_namespace where nspname = $1) and not g.tgisinternal`,
      )
      expect(made.toSorted()).toEqual(triggers)
    })

    it('and these extensions, in the schema that every app sees', async () => {
      const made = await strings(
        `select extname from pg_extension where extnamespace = 'public'::regnamespace and $1 <> ''`,
      )
      expect(made).toEqual(expect.arrayContaining(EXTENSIONS))
    })

    it('and nothing else: no view, sequence but an identity’s, or type of its own', async () => {
      const others = await strings(
        `select relname from pg_class where relnamespace = (select oid from pg_namespace where nspname = $1)
         and relkind not in ('r', 'i', 't')
         and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'i')
       union all select typname from pg_type
         where typnamespace = (select oid from pg_namespace where nspname = $1) and typtype in ('e', 'd')`,
      )
      expect(others).toEqual([])
    })
  },
)
