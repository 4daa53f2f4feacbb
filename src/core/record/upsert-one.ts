import { sql, type SQL } from 'drizzle-orm'
import { BoundedMap } from '../bounded-map.ts'
import { STATEMENTS_CACHED_MAX } from '../limits.ts'
import type { Statement } from '../ports.ts'
import { inTenant, literal, prepare, type Prepared } from '../sql.ts'
import { mayAccess } from './access.ts'
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

/**
 * A record that is saved alone as a statement of its own (see `upsertTexts` for what it does and refuses): its values are
 * parameters, and nothing catches what Postgres says of it (measured: half of what the same costs as a batch of one).
 * Its one column, `outcome`, is the stored row. `why` is a text that refuses what was not stored.
 * Null where a record needs more: a user's profile, which has login ids beside it, fields with rules of their own, and
 * columns whose types have no wire form.
 */
export function upsertOne(
  schema: string,
  ruled: Ruled,
  writer: Writer,
  draft: RecordDraft,
  why: string,
): Statement | null {
  const { type, key, access, fields } = draft
  const written = writtenFields(fields, ruled.columns)
  const columns = written.map((name) => ({ name, cast: castOf(ruled.columns[name]) }))
  const isPlain = writer.isMaster || rulesShape(type, ruled) === ''
  if (type === 'user' || !isPlain || columns.some(({ cast }) => cast === null)) return null
  const shape = JSON.stringify([
    [type, writer.isMaster, ruled.access?.creators, ruled.access?.default, access !== null],
    written.map((name) => [name, ruled.columns[name]]),
  ])
  const known = shapes.get(shape)
  const prepared = known ?? upsert(type, columns, ruled, writer, access !== null)
  if (!known) shapes.set(shape, prepared)
  const definitions = prepared.definitions(schema).text
  const values = columns.map(({ name, cast }) => {
    const value = fields[name]?.column ?? null
    return cast === 'jsonb' && value !== null ? JSON.stringify(value) : value
  })
  return {
    definitions,
    text: `${definitions} ${prepared.answer(schema).text}`,
    values: [key, writer.databaseId, writer.userId, access && JSON.stringify(access), why, ...values],
    column: 'outcome',
  }
}

const shapes = new BoundedMap<string, Readonly<Record<'definitions' | 'answer', Prepared>>>(
  STATEMENTS_CACHED_MAX,
)

const [id, databaseId, user, access, why] = ['$1::text', '$2::text', '$3::text', '$4::jsonb', '$5'].map(
  (each) => sql.raw(each),
) as [SQL, SQL, SQL, SQL, SQL]
const FIRST_FIELD = 6

const column = (name: string): SQL => sql.identifier(name).getSQL()
const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)
const utcNow = sql`timezone('utc', now())`

function upsert(
  type: string,
  columns: readonly { readonly name: string; readonly cast: string | null }[],
  ruled: Ruled,
  { isMaster }: Writer,
  setsAccess: boolean,
): Readonly<Record<'definitions' | 'answer', Prepared>> {
  const table = inTenant(type)
  const byDefault = ruled.access?.default ?? null
  const given: readonly (readonly [string, SQL])[] = [
    ['_id', id],
    ['_database_id', databaseId],
    ['_owner_id', user],
    ['_access', byDefault ? sql`coalesce(${access}, ${literal(JSON.stringify(byDefault))}::jsonb)` : access],
    ['_created_by', user],
    ['_updated_by', user],
    ['_created_at', utcNow],
    ['_updated_at', utcNow],
    ...columns.map(({ name, cast }, i) => [name, sql.raw(`$${FIRST_FIELD + i}::${cast}`)] as const),
  ]
  const updated = [
    '_updated_at',
    '_updated_by',
    ...(setsAccess ? ['_access'] : []),
    ...columns.map((c) => c.name),
  ]
  const creation = isMaster ? null : mayCreate(ruled.access?.creators ?? [], user)
  const isThere = sql`exists (select from ${table} as _there where _there."_id" = ${id})`
  const row = list(given.map(([, value]) => value))
  // A list of values is planned for less than a query (measured: a fifth of the statement).
  const source = creation ? sql`select ${row} where ${isThere} or ${creation}` : sql`values (${row})`
  const mayWrite = isMaster ? sql`` : sql` and ${mayAccess(column('_row'), 'write', user, type)}`
  const saved = sql`insert into ${table} as _row (${list(given.map(([name]) => column(name)))}) ${source}
    on conflict ("_id") do update set ${list(updated.map((name) => sql`${column(name)} = excluded.${column(name)}`))}
    where _row."_database_id" = excluded."_database_id"${mayWrite}`
  const effects = columns.flatMap(({ name }) => [
    ...(ruled.columns[name] === 'sequence' ? [advanceSequence(type, name)] : []),
    ...(isMaster ? [] : refuseForeign(type, name, targetOf(ruled.columns[name]), user)),
  ])
  const refusal = sql`${inTenant('_record_why')}(${why},
    jsonb_build_object('_id', ${id}, '_database_id', ${databaseId}, '_updated_by', ${user}))`
  // Effects are read in a condition that always holds, so that Postgres runs them.
  const [returning, record] =
    effects.length > 0
      ? [sql`_row.*`, sql`row_to_json(_saved) from _saved where concat(${list(effects)}) is not null`]
      : [sql`row_to_json(_row) as _record`, sql`_record from _saved`]
  return {
    definitions: prepare(sql`with _saved as (${saved} returning ${returning})`),
    answer: prepare(sql`select coalesce((select ${record}), ${refusal}) as outcome`),
  }
}

/** What a value of the type is, as a parameter; null where only Postgres knows. */
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
