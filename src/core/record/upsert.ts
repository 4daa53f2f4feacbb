import { sql, type SQL } from 'drizzle-orm'
import { foldLoginId, loginIdFault, STANDARD_LOGIN_ID_KEYS } from '../login-id.ts'
import { BoundedMap } from '../bounded-map.ts'
import { STATEMENTS_CACHED_MAX } from '../limits.ts'
import { inTenant, literal, prepare, type Prepared } from '../sql.ts'
import { mayAccess, type AccessEntry } from './access.ts'
import type { Fields } from './fields.ts'
import type { RecordType } from './types.ts'

/** A record to save, parsed. `access` null: the record keeps what it has. */
export type RecordDraft = {
  readonly type: string
  readonly key: string
  readonly access: readonly AccessEntry[] | null
  readonly fields: Fields
}
export type Writer = {
  readonly userId: string
  /** The master key writes whatever it likes. */
  readonly isMaster: boolean
  /** `_database_id`: empty for the public database, a user id for a private one. */
  readonly databaseId: string
}

/**
 * The fields whose columns a save sets: all that were given, but hints that Postgres fills itself, and nulls for columns
 * that do not exist: those store nothing (the old server refused the record).
 */
export const writtenFields = (fields: Fields, columns: RecordType['columns']): string[] =>
  Object.keys(fields)
    .filter((name) => fields[name]?.writes && (fields[name].type !== null || Object.hasOwn(columns, name)))
    .toSorted()

/** The one parameter of an upsert's text: the row's columns by name. */
export function rowValues(
  { type, key, access, fields }: RecordDraft,
  writer: Writer,
): Record<string, unknown> {
  const values: Record<string, unknown> = {
    _id: key,
    _database_id: writer.databaseId,
    _owner_id: writer.userId,
    _access: access,
    _created_by: writer.userId,
    _updated_by: writer.userId,
  }
  for (const [name, field] of Object.entries(fields)) if (field.writes) values[name] = field.column
  if (type === 'user') values['_login_ids'] = changedLoginIds(fields)
  return values
}

/** The first field of a user record that cannot be the login id it stands for, and why; null where all can. */
export function refusedLoginId(fields: Fields): { readonly field: string; readonly fault: string } | null {
  for (const field of STANDARD_LOGIN_ID_KEYS) {
    const given = fields[field]
    const fault = given?.writes && given.type !== null ? loginIdFault(given.column) : null
    if (fault) return { field, fault }
  }
  return null
}

/** A user record's auth fields are copies of the user's login ids; a save that names them changes both. */
export const changedLoginIds = (fields: Fields) =>
  STANDARD_LOGIN_ID_KEYS.filter((name) => fields[name]?.writes).map((name) => {
    const value = fields[name]?.column
    return {
      key: name,
      value: typeof value === 'string' ? value : null,
      folded: typeof value === 'string' ? foldLoginId(name, value) : null,
    }
  })

const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)
const isLoginIdKey = (name: string): boolean => STANDARD_LOGIN_ID_KEYS.some((key) => key === name)
// Our own names in these statements begin with an underscore, as no field can: `row_to_json(x)` means a column x first.
const RESERVED = ['_id', '_database_id', '_owner_id', '_access', '_created_by', '_updated_by']
const utcNow = sql`timezone('utc', now())`
const column = (name: string): SQL => sql.identifier(name).getSQL()

/**
 * The text that saves one record of a type, its row as `$1` (a jsonb, see `rowValues`), and answers the stored row as
 * JSON. New: the writer owns it. Existing: given fields overwrite, the rest stays; owner and creation never change.
 * Refuses: SG102 where the writer may not, SG109 where the id lives in another database (ids are unique per type
 * across all databases: v1 protocol, section 5.3). User records are made with their user, never by a save.
 * The type's known columns decide only which numbers advance a sequence.
 */
export function upsertText(
  schema: string,
  draft: RecordDraft,
  writer: Writer,
  columns: RecordType['columns'],
): string {
  const written = writtenFields(draft.fields, columns)
  const sequences = written.filter((name) => columns[name] === 'sequence')
  const shape = JSON.stringify([draft.type, written, sequences, draft.access !== null, writer.isMaster])
  const known = shapes.get(shape)
  const prepared =
    known ?? prepare(upsert(draft.type, written, sequences, draft.access !== null, writer.isMaster))
  if (!known) shapes.set(shape, prepared)
  return prepared(schema).text
}

const shapes = new BoundedMap<string, Prepared>(STATEMENTS_CACHED_MAX)

function upsert(
  type: string,
  written: readonly string[],
  sequences: readonly string[],
  setsAccess: boolean,
  isMaster: boolean,
): SQL {
  const table = inTenant(type)
  const user = sql.raw(`($1 ->> '_updated_by')`)
  const mayWrite = isMaster ? sql`true` : mayAccess(column('_row'), 'write', user, type)
  const overwritten = ['_updated_by', ...(setsAccess ? ['_access'] : []), ...written]
  const changesFrom = (source: SQL) =>
    list([
      sql`"_updated_at" = ${utcNow}`,
      ...overwritten.map((name) => sql`${column(name)} = ${source}.${column(name)}`),
    ])
  const given = sql`jsonb_populate_record(null::${table}, $1) as _given`
  const inserted = [...RESERVED, ...written]
  const saved =
    type === 'user'
      ? sql`update ${table} as _row set ${changesFrom(sql`_given`)} from ${given}
          where _row."_id" = _given."_id" and _row."_database_id" = _given."_database_id" and ${mayWrite} returning _row.*`
      : sql`insert into ${table} as _row (${list(inserted.map(column))}, "_created_at", "_updated_at")
          select ${list(inserted.map((name) => sql`_given.${column(name)}`))}, ${utcNow}, ${utcNow} from ${given}
          on conflict ("_id") do update set ${changesFrom(sql`excluded`)}
          where _row."_database_id" = excluded."_database_id" and ${mayWrite} returning _row.*`
  const effects = [
    ...(type === 'user' && written.some(isLoginIdKey) ? [setLoginIds] : []),
    ...sequences.map((name) => advanceSequence(type, name)),
  ]
  // Read in a condition that always holds, so that Postgres runs them.
  const withEffects = effects.length > 0 ? sql` where concat(${list(effects)}) is not null` : sql``
  const refuse = inTenant('_core_refuse')
  return sql`with _saved as (${saved})
    select coalesce((select row_to_json(_saved) from _saved${withEffects}), case
      when exists (select from ${table} where "_id" = $1 ->> '_id' and "_database_id" <> $1 ->> '_database_id')
      then ${refuse}('SG109', 'the id is taken in another database')
      else ${refuse}('SG102', 'no write access') end)`
}

const setLoginIds = sql`(select count(${inTenant('_auth_set_login_id')}(_saved."_id", l.key, l.value, l.folded))
  from jsonb_to_recordset($1 -> '_login_ids') as l(key text, value text, folded text))`

/** A number given for a sequence moves the sequence to it, never back (v1 protocol, section 5.10). */
const advanceSequence = (type: string, field: string): SQL =>
  sql`${inTenant('_record_advance')}(${literal(type)}, ${literal(field)}, _saved.${column(field)})`
