import type { Client } from 'pg'

/**
 * Tables in drizzle-kit's words, by `public.<name>`: the schema that it leaves out of its SQL. Its own types are made
 * by zod, which is not installed.
 */
export type Tables = Readonly<Record<string, Table>>
export type Table = {
  readonly name: string
  readonly schema: ''
  readonly columns: ByName<Column>
  readonly indexes: ByName<ReturnType<typeof indexOf>>
  readonly foreignKeys: ByName<ReturnType<typeof foreignKeyOf>>
  readonly compositePrimaryKeys: ByName<Named & { readonly columns: readonly string[] }>
  readonly uniqueConstraints: ByName<
    Named & { readonly nullsNotDistinct: boolean; readonly columns: readonly string[] }
  >
  readonly checkConstraints: ByName<Named & { readonly value: string }>
  readonly policies: Readonly<Record<string, never>>
  readonly isRLSEnabled: false
}
export type Named = { readonly name: string }
type ByName<T extends Named> = Readonly<Record<string, T>>
type Column = Named & {
  readonly type: string
  readonly primaryKey: boolean
  readonly notNull: boolean
  readonly default?: string
}

/** The names of a schema's tables. */
export async function tableNames(client: Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = $1 order by 1`,
    [schema],
  )
  return rows.map(({ name }) => name)
}

/**
 * Tables as the catalogues of Postgres have them. Types and defaults are in Postgres' own words, so that two
 * schemas can be compared. Operator classes and `nulls not distinct` are not read.
 */
export async function readTables(client: Client, schema: string, names: readonly string[]): Promise<Tables> {
  const tables: Record<string, Table> = {}
  for (const name of names) tables[`public.${name}`] = await readTable(client, schema, name)
  return tables
}

async function readTable(client: Client, schema: string, name: string): Promise<Table> {
  const values = [schema, name]
  const { rows: columns } = await client.query<ColumnRow>(COLUMNS, values)
  const { rows: constraints } = await client.query<ConstraintRow>(CONSTRAINTS, values)
  const { rows: indexes } = await client.query<IndexRow>(INDEXES, values)
  const of = (kind: ConstraintRow['kind']) => constraints.filter((each) => each.kind === kind)
  const [key, ...none] = of('p')
  const single = key?.columns.length === 1 ? key.columns[0] : undefined

  return {
    name,
    schema: '',
    columns: byName(columns.map((column) => columnOf(column, column.name === single))),
    indexes: byName(indexes.map(indexOf)),
    foreignKeys: byName(of('f').map((row) => foreignKeyOf(name, row))),
    compositePrimaryKeys: byName(
      key && single === undefined
        ? [key, ...none].map(({ name: id, columns: all }) => ({ name: id, columns: all }))
        : [],
    ),
    uniqueConstraints: byName(
      of('u').map((row) => ({ name: row.name, nullsNotDistinct: false, columns: row.columns })),
    ),
    checkConstraints: byName(of('c').map((row) => ({ name: row.name, value: row.condition ?? '' }))),
    policies: {},
    isRLSEnabled: false,
  }
}

const byName = <T extends Named>(all: readonly T[]): ByName<T> =>
  Object.fromEntries(all.map((each) => [each.name, each]))

/** A serial is an integer that Postgres gave a sequence; as an integer it could not be made again. */
const SERIAL: Readonly<Record<string, string>> = {
  smallint: 'smallserial',
  integer: 'serial',
  bigint: 'bigserial',
}

function columnOf({ name, type, required, value }: ColumnRow, primaryKey: boolean): Column {
  const serial = value?.startsWith('nextval(') ? SERIAL[type] : undefined
  return {
    name,
    type: serial ?? type,
    primaryKey,
    notNull: required,
    ...(value !== null && serial === undefined && { default: value }),
  }
}

const foreignKeyOf = (table: string, row: ConstraintRow) => ({
  name: row.name,
  tableFrom: table,
  tableTo: row.target ?? '',
  columnsFrom: row.columns,
  columnsTo: row.target_columns ?? [],
  onDelete: row.on_delete,
  onUpdate: row.on_update,
})

const indexOf = ({ name, unique, method, condition, columns }: IndexRow) => ({
  name,
  columns,
  isUnique: unique,
  concurrently: false,
  method,
  with: {},
  ...(condition !== null && { where: condition }),
})

type ColumnRow = {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly value: string | null
}
const COLUMNS = `
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
    pg_get_expr(d.adbin, d.adrelid) as value
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = format('%I.%I', $1::text, $2::text)::regclass and a.attnum > 0 and not a.attisdropped
  order by a.attnum`

type ConstraintRow = {
  readonly kind: 'p' | 'u' | 'f' | 'c'
  readonly name: string
  readonly columns: string[]
  readonly target: string | null
  readonly target_columns: string[] | null
  readonly on_delete: string
  readonly on_update: string
  readonly condition: string | null
}
const columnNames = (table: string, key: string) => `(
  select array_agg(a.attname::text order by k.place) from unnest(${key}) with ordinality as k(number, place)
  join pg_attribute a on a.attrelid = ${table} and a.attnum = k.number)`
const actionName = (code: string) => `case ${code} when 'c' then 'cascade' when 'n' then 'set null'
  when 'd' then 'set default' when 'r' then 'restrict' else 'no action' end`
const CONSTRAINTS = `
  select c.contype as kind, c.conname as name, ${columnNames('c.conrelid', 'c.conkey')} as columns,
    t.relname as target, ${columnNames('c.confrelid', 'c.confkey')} as target_columns,
    ${actionName('c.confdeltype')} as on_delete, ${actionName('c.confupdtype')} as on_update,
    pg_get_expr(c.conbin, c.conrelid) as condition
  from pg_constraint c left join pg_class t on t.oid = c.confrelid
  where c.conrelid = format('%I.%I', $1::text, $2::text)::regclass and c.contype in ('p', 'u', 'f', 'c')
  order by c.conname`

type IndexRow = {
  readonly name: string
  readonly unique: boolean
  readonly method: string
  readonly condition: string | null
  readonly columns: {
    readonly expression: string
    readonly isExpression: boolean
    readonly asc: boolean
    readonly nulls: string
  }[]
}
const INDEXES = `
  select i.relname as name, x.indisunique as unique, m.amname as method,
    pg_get_expr(x.indpred, x.indrelid) as condition,
    (select jsonb_agg(jsonb_build_object(
        'expression', coalesce(a.attname::text, pg_get_indexdef(x.indexrelid, k.place::int, true)),
        'isExpression', a.attname is null,
        'asc', x.indoption[k.place - 1] & 1 = 0,
        'nulls', case when x.indoption[k.place - 1] & 2 = 0 then 'last' else 'first' end
      ) order by k.place)
      from unnest(x.indkey::int2[]) with ordinality as k(number, place)
      left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number) as columns
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
  where x.indrelid = format('%I.%I', $1::text, $2::text)::regclass
    and not exists (select from pg_constraint c where c.conindid = x.indexrelid and c.contype in ('p', 'u'))
  order by i.relname`
