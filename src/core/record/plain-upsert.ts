import { sql, type SQL } from 'drizzle-orm'
import { BoundedMap } from '../bounded-map.ts'
import { STATEMENT_SHAPES_CHARS_MAX } from '../limits.ts'
import type { Statement } from '../ports.ts'
import { inTenant, literal, prepare, type Prepared } from '../sql.ts'
import { mayAccess } from './access.ts'
import { assetFields, rowWithAssets } from './asset-columns.ts'
import { rulesShape, type Ruled } from './field-access.ts'
import {
  advanceSequence,
  refuseForeign,
  targetOf,
  writtenFields,
  type RecordDraft,
  type Writer,
} from './upsert.ts'
import type { FieldType } from './value.ts'
import { mayCreate } from './write-access.ts'

/*
 * Saves that need nothing but the rows themselves, and do with less than a step of a batch each. They do, and refuse,
 * what `upsertTexts` says. Not plain: a user's profile, which has login ids beside it; fields with rules of their own; and
 * columns whose types have no wire form.
 */

/**
 * A record that is saved alone, as a statement of its own: its values are parameters, and nothing catches what Postgres
 * says of it (measured: half of what the same costs as a batch of one). Its one column, `outcome`, is the stored row.
 * `why` is a text that refuses what was not stored. Null where the record is not plain.
 */
export function upsertOne(
  schema: string,
  ruled: Ruled,
  writer: Writer,
  draft: RecordDraft,
  why: string,
): Statement | null {
  const plain = plainOf(ruled, writer, draft)
  if (!plain) return null
  const { definitions, answer } = preparedFor(plain, ruled, writer, 'one')
  const begin = definitions(schema).text
  const values = plain.columns.map(({ name, cast }) => {
    const value = draft.fields[name]?.column ?? null
    return cast === 'jsonb' && value !== null ? JSON.stringify(value) : value
  })
  return {
    definitions: begin,
    text: `${begin} ${answer(schema).text}`,
    values: [
      draft.key,
      writer.databaseId,
      writer.userId,
      draft.access && JSON.stringify(draft.access),
      why,
      ...values,
    ],
    column: 'outcome',
  }
}

/**
 * The text that saves several records of one type with the same fields at once, their rows (see `rowValues`) as `$1`, a
 * jsonb array (measured: a tenth of what as many steps cost). It answers the stored rows as a JSON array in no order,
 * or null where not all could be stored. Null where the records are not plain, or not alike.
 */
export function upsertMany(
  schema: string,
  ruled: Ruled,
  writer: Writer,
  drafts: readonly RecordDraft[],
): string | null {
  const [first] = drafts
  const plain = first && plainOf(ruled, writer, first)
  if (!plain) return null
  const isAlike = (draft: RecordDraft) =>
    draft.type === plain.type &&
    (draft.access !== null) === plain.setsAccess &&
    writtenFields(draft.fields, ruled.columns).join('\0') === plain.columns.map((c) => c.name).join('\0')
  if (!drafts.every(isAlike)) return null
  const { definitions, answer } = preparedFor(plain, ruled, writer, 'many')
  return `${definitions(schema).text} ${answer(schema).text}`
}

type Plain = {
  readonly type: string
  readonly setsAccess: boolean
  readonly columns: readonly { readonly name: string; readonly cast: string }[]
}

function plainOf(ruled: Ruled, writer: Writer, { type, access, fields }: RecordDraft): Plain | null {
  if (type === 'user' || !(writer.isMaster || rulesShape(type, ruled) === '')) return null
  const columns: { name: string; cast: string }[] = []
  for (const name of writtenFields(fields, ruled.columns)) {
    const cast = castOf(ruled.columns[name])
    if (cast === null) return null
    columns.push({ name, cast })
  }
  return { type, setsAccess: access !== null, columns }
}

type Texts = Readonly<Record<'definitions' | 'answer', Prepared>>
const shapes = new BoundedMap<string, Texts>(STATEMENT_SHAPES_CHARS_MAX, (shape) => shape.length)

function preparedFor(plain: Plain, ruled: Ruled, writer: Writer, count: 'one' | 'many'): Texts {
  const { creators, default: byDefault } = ruled.access ?? {}
  const types = plain.columns.map(({ name }) => [name, ruled.columns[name]])
  const shape = JSON.stringify([
    count,
    plain.type,
    writer.isMaster,
    creators,
    byDefault,
    plain.setsAccess,
    types,
    assetFields(ruled.columns),
  ])
  const known = shapes.get(shape)
  const prepared = known ?? upsert(plain, ruled, writer, count === 'one' ? parameters(plain) : rows(plain))
  if (!known) shapes.set(shape, prepared)
  return prepared
}

/** Where a save's values come from, as SQL. */
type Given = {
  readonly id: SQL
  readonly databaseId: SQL
  readonly user: SQL
  readonly access: SQL
  readonly fields: readonly SQL[]
  /** Rows to insert, made of these values; `where` only some of them. */
  readonly source: (values: SQL, where: SQL | null) => SQL
  /** What answers `record`, a row of `from`. */
  readonly answer: (record: SQL, from: SQL) => SQL
}

const column = (name: string): SQL => sql.identifier(name).getSQL()
const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)
const utcNow = sql`timezone('utc', now())`

const FIRST_FIELD = 6
function parameters({ columns }: Plain): Given {
  const [id, databaseId, user] = [sql.raw('$1::text'), sql.raw('$2::text'), sql.raw('$3::text')]
  const refusal = sql`${inTenant('_record_why')}($5,
    jsonb_build_object('_id', ${id}, '_database_id', ${databaseId}, '_updated_by', ${user}))`
  return {
    id,
    databaseId,
    user,
    access: sql.raw('$4::jsonb'),
    fields: columns.map(({ cast }, i) => sql.raw(`$${FIRST_FIELD + i}::${cast}`)),
    // A list of values is planned for less than a query (measured: a fifth of the statement).
    source: (values, where) => (where ? sql`select ${values} where ${where}` : sql`values (${values})`),
    answer: (record, from) => sql`select coalesce((select ${record} ${from}), ${refusal}) as outcome`,
  }
}

function rows({ columns }: Plain): Given {
  const reserved = ['_id', '_database_id', '_owner_id'].map((name) => sql`${column(name)} text`)
  const fields = columns.map(({ name, cast }) => sql`${column(name)} ${sql.raw(cast)}`)
  const given = sql`jsonb_to_recordset($1) as _given(${list([...reserved, sql`"_access" jsonb`, ...fields])})`
  const of = (name: string) => sql`_given.${column(name)}`
  return {
    id: of('_id'),
    databaseId: of('_database_id'),
    user: sql`($1 -> 0 ->> '_updated_by')`,
    access: of('_access'),
    fields: columns.map(({ name }) => of(name)),
    source: (values, where) => sql`select ${values} from ${given}${where ? sql` where ${where}` : sql``}`,
    answer: (record, from) =>
      sql`select case when count(*) = jsonb_array_length($1) then json_agg(${record}) end ${from}`,
  }
}

function upsert(plain: Plain, ruled: Ruled, { isMaster }: Writer, given: Given): Texts {
  const { type, columns, setsAccess } = plain
  const table = inTenant(type)
  const byDefault = ruled.access?.default ?? null
  const access = byDefault
    ? sql`coalesce(${given.access}, ${literal(JSON.stringify(byDefault))}::jsonb)`
    : given.access
  const row: readonly (readonly [string, SQL])[] = [
    ['_id', given.id],
    ['_database_id', given.databaseId],
    ['_owner_id', given.user],
    ['_access', access],
    ['_created_by', given.user],
    ['_updated_by', given.user],
    ['_created_at', utcNow],
    ['_updated_at', utcNow],
    ...columns.map(({ name }, i) => [name, given.fields[i] ?? sql`null`] as const),
  ]
  const updated = [
    '_updated_at',
    '_updated_by',
    ...(setsAccess ? ['_access'] : []),
    ...columns.map((c) => c.name),
  ]
  const creation = isMaster ? null : mayCreate(ruled.access?.creators ?? [], given.user)
  const isThere = sql`exists (select from ${table} as _there where _there."_id" = ${given.id})`
  const source = given.source(
    list(row.map(([, value]) => value)),
    creation && sql`(${isThere} or ${creation})`,
  )
  const isHere = sql`_row."_database_id" = excluded."_database_id"`
  const mayWrite = isMaster
    ? isHere
    : sql`${isHere} and ${mayAccess(column('_row'), 'write', given.user, type)}`
  const changes = list(updated.map((name) => sql`${column(name)} = excluded.${column(name)}`))
  const saved = sql`insert into ${table} as _row (${list(row.map(([name]) => column(name)))}) ${source}
    on conflict ("_id") do update set ${changes} where ${mayWrite}`
  const effects = columns.flatMap(({ name }) => [
    ...(ruled.columns[name] === 'sequence' ? [advanceSequence(type, name)] : []),
    ...(isMaster ? [] : refuseForeign(type, name, targetOf(ruled.columns[name]), given.user)),
  ])
  // Effects are read in a condition that always holds, so that Postgres runs them.
  const [returning, record, from] =
    effects.length > 0
      ? [
          sql`_row.*`,
          rowWithAssets(sql`_saved`, ruled.columns),
          sql`from _saved where concat(${list(effects)}) is not null`,
        ]
      : [sql`${rowWithAssets(sql`_row`, ruled.columns)} as _record`, sql`_record`, sql`from _saved`]
  return {
    definitions: prepare(sql`with _saved as (${saved} returning ${returning})`),
    answer: prepare(given.answer(record, from)),
  }
}

/** What a value of the type is for Postgres; null where only Postgres knows. */
function castOf(type: FieldType | undefined): string | null {
  switch (type) {
    case 'number':
      return 'double precision'
    case 'integer':
    case 'sequence':
      return 'bigint'
    case 'boolean':
      return 'boolean'
    case 'datetime':
      return 'timestamp'
    case 'location':
      return 'point'
    case 'json':
      return 'jsonb'
    case 'string':
    case 'asset':
      return 'text'
    default:
      return targetOf(type) === null ? null : 'text'
  }
}
