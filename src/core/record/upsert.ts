import { sql, type SQL } from 'drizzle-orm'
import { foldLoginId, isLoginId, STANDARD_LOGIN_ID_KEYS } from '../login-id.ts'
import { BoundedMap } from '../bounded-map.ts'
import { STATEMENT_SHAPES_CHARS_MAX } from '../limits.ts'
import { inTenant, literal, prepare, type Prepared } from '../sql.ts'
import { mayAccess, type AccessEntry } from './access.ts'
import { assetFields, rowWithAssets } from './asset-columns.ts'
import { rulesShape, type Ruled } from './field-access.ts'
import type { Fields } from './fields.ts'
import { columnFor } from './geometry.ts'
import type { RecordType } from './types.ts'
import type { FieldType } from './value.ts'
import { fieldGuard, mayCreate, type FieldGuard } from './write-access.ts'

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
  /** A field that may not be written refuses its record, instead of being left out. */
  readonly isAtomic: boolean
  /** See Tenant. */
  readonly userKeys: readonly (readonly string[])[]
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
  columns: RecordType['columns'],
): Record<string, unknown> {
  const values: Record<string, unknown> = {
    _id: key,
    _database_id: writer.databaseId,
    _owner_id: writer.userId,
    _access: access,
    _created_by: writer.userId,
    _updated_by: writer.userId,
  }
  for (const [name, field] of Object.entries(fields))
    if (field.writes) values[name] = columnFor(field, columns[name])
  if (type === 'user') values['_login_ids'] = changedLoginIds(fields, writer.userKeys)
  return values
}

/**
 * A user record's auth fields are copies of the user's login ids; a save that names them changes both. `folded` null: it is
 * to be none, as it has no value, or is one user's only together with other fields.
 */
export const changedLoginIds = (fields: Fields, userKeys: Writer['userKeys']) =>
  STANDARD_LOGIN_ID_KEYS.filter((name) => fields[name]?.writes).map((name) => {
    const value = fields[name]?.column
    const isText = typeof value === 'string'
    return {
      key: name,
      value: isText ? value : null,
      folded: isText && isLoginId(userKeys, name) ? foldLoginId(name, value) : null,
    }
  })

const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)
const isLoginIdKey = (name: string): boolean => STANDARD_LOGIN_ID_KEYS.some((key) => key === name)
// Our own names in these statements begin with an underscore, as no field can: `row_to_json(x)` means a column x first.
const RESERVED = ['_id', '_database_id', '_owner_id', '_access', '_created_by', '_updated_by']
const utcNow = sql`timezone('utc', now())`
const column = (name: string): SQL => sql.identifier(name).getSQL()

/**
 * Makes the text that saves one record of a type, its row as `$1` (a jsonb, see `rowValues`), and answers the stored row
 * as JSON, as far as the writer may read it. New: the writer owns it, and where it comes without `_access` it gets the
 * type's default. Existing: given fields overwrite, the rest stays; owner, creation and, where none is given, access
 * never change.
 * Refuses: SG102 where the writer may not write, or create, the record; SG109 where the id lives in another database
 * (ids are unique per type across all databases: v1 protocol, section 5.3), with nothing of whose it is; SG123 where an
 * atomic save gives fields that the writer may not write; 23503 where a reference leads nowhere, or into another user's
 * private database, which is not to be told from nowhere. User records are made with their user, never by a save.
 */
export function upsertTexts(
  schema: string,
  type: string,
  ruled: Ruled,
  writer: Writer,
): (draft: RecordDraft) => UpsertTexts {
  const { isMaster, isAtomic } = writer
  const { columns } = ruled
  const { creators = [], default: byDefault = null } = ruled.access ?? {}
  const rules = isMaster ? '' : rulesShape(type, ruled)
  // Rules look into every column: what a plan has to hide is in the text.
  const ofType = JSON.stringify([
    [type, isMaster, creators, byDefault, assetFields(columns)],
    rules !== '' && [rules, isAtomic, Object.keys(columns)],
  ])
  return (draft) => {
    const written = writtenFields(draft.fields, columns)
    const save: Save = { type, written, setsAccess: draft.access !== null, isMaster }
    const types = written.map((name) => columns[name])
    const shape = ofType + JSON.stringify([written, types, save.setsAccess])
    const known = shapes.get(shape)
    const prepared = known ?? upsert(save, ruled, fieldGuard(save, ruled, isAtomic))
    if (!known) shapes.set(shape, prepared)
    return { text: prepared.text(schema).text, why: prepared.why(schema).text }
  }
}

export const targetOf = (type: FieldType | undefined): string | null =>
  /^ref\((.*)\)$/s.exec(type ?? '')?.[1] ?? null

/** `text` answers nothing where it stores nothing; `why`, of the same parameter, then refuses. */
type UpsertTexts = { readonly text: string; readonly why: string }

const shapes = new BoundedMap<string, Readonly<Record<keyof UpsertTexts, Prepared>>>(
  STATEMENT_SHAPES_CHARS_MAX,
  (shape) => shape.length,
)

/** What is saved, as far as the text of the statement goes. */
export type Save = {
  readonly type: string
  readonly written: readonly string[]
  readonly setsAccess: boolean
  readonly isMaster: boolean
}

function upsert(
  { type, written, setsAccess, isMaster }: Save,
  ruled: Ruled,
  fields: FieldGuard,
): Readonly<Record<keyof UpsertTexts, Prepared>> {
  const table = inTenant(type)
  const user = sql.raw(`($1 ->> '_updated_by')`)
  const mayWrite = isMaster ? sql`true` : mayAccess(column('_row'), 'write', user, type)
  const creation = isMaster ? null : mayCreate(ruled.access?.creators ?? [], user)
  const changes = (sent: Parameters<FieldGuard['updates']>[0]) =>
    list([
      sql`"_updated_at" = ${utcNow}`,
      ...['_updated_by', ...(setsAccess ? ['_access'] : [])].map(
        (name) => sql`${column(name)} = ${sent(name, true)}`,
      ),
      ...fields.updates(sent),
    ])
  // Rules may look into any column, sent or not.
  const isRuled = !isMaster && (ruled.access?.fields ?? []).length > 0
  const given = isRuled
    ? sql`jsonb_populate_record(null::${table}, $1) as _given`
    : givenRow(type, written, ruled)
  // What was left out of the insert is not among what it excludes.
  const excluded = (name: string, isInserted: boolean) =>
    isInserted ? sql`excluded.${column(name)}` : sql`(select _given.${column(name)} from ${given})`
  const byDefault = ruled.access?.default ?? null
  const reserved = (name: string) =>
    name === '_access' && !setsAccess && byDefault
      ? sql`${literal(JSON.stringify(byDefault))}::jsonb`
      : sql`_given.${column(name)}`
  const isThere = sql`exists (select from ${table} as _there where _there."_id" = $1 ->> '_id')`
  const permitted = fields.denied ? [sql`(select cardinality(keys) = 0 from _denied)`] : []
  const insertable = [...(creation ? [sql`(${isThere} or ${creation})`] : []), ...permitted]
  const all = (conditions: readonly SQL[]) => sql.join([...conditions], sql` and `)
  const saved =
    type === 'user'
      ? sql`update ${table} as _row set ${changes((name) => sql`_given.${column(name)}`)} from ${given}
          where ${all([sql`_row."_id" = _given."_id" and _row."_database_id" = _given."_database_id" and ${mayWrite}`, ...permitted])}`
      : sql`insert into ${table} as _row
            (${list([...RESERVED, ...fields.inserts.map(({ name }) => name)].map(column))}, "_created_at", "_updated_at")
          select ${list([...RESERVED.map(reserved), ...fields.inserts.map(({ value }) => value)])}, ${utcNow}, ${utcNow}
          from ${given}${insertable.length > 0 ? sql` where ${all(insertable)}` : sql``}
          on conflict ("_id") do update set ${changes(excluded)}
          where _row."_database_id" = excluded."_database_id" and ${mayWrite}`
  const effects = [
    ...(type === 'user' && written.some(isLoginIdKey) ? [setLoginIds(written.filter(isLoginIdKey))] : []),
    ...fields.advanced.map((name) => advanceSequence(type, name)),
    ...(isMaster
      ? []
      : written.flatMap((name) => refuseForeign(type, name, targetOf(ruled.columns[name]), user))),
  ]
  // Read in a condition that always holds, so that Postgres runs them.
  const withEffects = effects.length > 0 ? sql` where concat(${list(effects)}) is not null` : sql``
  const ofDatabase = sql`_row."_id" = $1 ->> '_id' and _row."_database_id" = $1 ->> '_database_id'`
  const isElsewhere = sql`exists (select from ${table} where "_id" = $1 ->> '_id' and "_database_id" <> $1 ->> '_database_id')`
  // Who may write the record learns which fields are not for them to write; nobody else.
  const whereDenied = fields.denied
    ? sql` when (select cardinality(keys) > 0 from _denied)
        and coalesce((select ${mayWrite} from ${table} as _row where ${ofDatabase}), ${type === 'user' ? sql`false` : (creation ?? sql`true`)})
      then ${refuse}('SG123', 'may not write some fields', (select json_build_object('arguments', keys)::text from _denied))`
    : sql``
  const denied = fields.denied
    ? sql`_denied as (select coalesce(
        (select ${fields.denied.whereStored} from ${table} as _row, ${given} where ${ofDatabase}),
        (select ${fields.denied.whereNew} from ${given})) as keys)`
    : null
  // Postgres plans half as much where nothing is done with the row but to answer it.
  const text =
    denied || fields.readable || effects.length > 0
      ? sql`with ${denied ? sql`${denied}, ` : sql``}_saved as (${saved} returning _row.*)
          select ${fields.readable ?? rowWithAssets(sql`_saved`, ruled.columns)} from _saved${withEffects}`
      : sql`${saved} returning ${rowWithAssets(sql`_row`, ruled.columns)}`
  const why = sql`${denied ? sql`with ${denied} ` : sql``}select case
    when ${isElsewhere}${creation ? sql` and ${creation}` : sql``}
    then ${refuse}('SG109', 'the id is taken in another database')${whereDenied}
    else ${refuse}('SG102', 'no write access') end`
  return { text: prepare(text), why: prepare(why) }
}

/**
 * What was sent, as a row called `_given`: as `jsonb_populate_record` makes it, which looks up every column at every
 * call (measured: a fifth of a save). Types that have no wire form of their own are left to it.
 */
function givenRow(type: string, written: readonly string[], { columns }: Ruled): SQL {
  const fields = [
    ...RESERVED.map((name) => ({ name, value: sentAs(name === '_access' ? 'json' : 'string', name) })),
    ...written.map((name) => ({ name, value: sentAs(columns[name] ?? '', name) })),
  ]
  const row = fields.map(({ name, value }) => {
    const ofAnyType = sql`(jsonb_populate_record(null::${inTenant(type)}, $1)).${column(name)}`
    return sql`${value ?? ofAnyType} as ${column(name)}`
  })
  return sql`(select ${list(row)}) as _given`
}

function sentAs(type: FieldType, name: string): SQL | null {
  const text = sql`($1 ->> ${literal(name)})`
  switch (type) {
    case 'number':
      return sql`${text}::double precision`
    case 'integer':
    case 'sequence':
      return sql`${text}::bigint`
    case 'boolean':
      return sql`${text}::boolean`
    case 'datetime':
      return sql`${text}::timestamp`
    case 'location':
      return sql`${text}::point`
    case 'json':
      return sql`nullif($1 -> ${literal(name)}, 'null')`
    case 'string':
    case 'asset':
      return text
    default:
      return targetOf(type) === null ? null : text
  }
}

const refuse = inTenant('_core_refuse')

/**
 * What Postgres answers to a reference that leads nowhere, to one into another's private database: that there is such
 * an id is not the writer's to learn, nor is keeping its owner from deleting it. What was there before may stay.
 */
export function refuseForeign(type: string, name: string, target: string | null, user: SQL): SQL[] {
  if (target === null) return []
  const given = sql`_saved.${column(name)}`
  const before = sql`(select _old.${column(name)} from ${inTenant(type)} as _old where _old."_id" = _saved."_id")`
  const isReachable = sql`exists (select from ${inTenant(target)} as _target
    where _target."_id" = ${given} and _target."_database_id" in ('', ${user}))`
  // A record that is being made is not there yet for a statement's own conditions.
  const isOther = type === target ? sql`${given} <> _saved."_id"` : sql`${given} is not null`
  return [
    sql`case when ${isOther} and ${given} is distinct from ${before} and not ${isReachable}
      then ${refuse}('23503', 'refers to nothing') end`,
  ]
}

/** Those of the writer's login ids that the record now says as well: some may not have been the writer's to write. */
const setLoginIds = (keys: readonly string[]) => {
  const held = keys.map((key) => sql`(${literal(key)}, _saved.${column(key)}::text)`)
  return sql`(select count(${inTenant('_auth_set_login_id')}(_saved."_id", l.key,
      case when l.folded is not null then l.value end, l.folded))
    from jsonb_to_recordset($1 -> '_login_ids') as l(key text, value text, folded text)
    join (values ${list(held)}) as h(key, value) on h.key = l.key and h.value is not distinct from l.value)`
}

/** A number given for a sequence moves the sequence to it, never back (v1 protocol, section 5.10). */
export const advanceSequence = (type: string, field: string): SQL =>
  sql`${inTenant('_record_advance')}(${literal(type)}, ${literal(field)}, _saved.${column(field)})`
