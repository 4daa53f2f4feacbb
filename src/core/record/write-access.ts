import { sql, type SQL } from 'drizzle-orm'
import { inTenant, literal } from '../sql.ts'
import { rowWithAssets } from './asset-columns.ts'
import { grantOf, type FieldMode, type Grant, type Ruled, type Viewer } from './field-access.ts'

/**
 * What a save does with the fields that it is given, as the type's rules let the writer (v1 protocol, section 5.4, step
 * 5c). Rows: `_given` is what was sent, `_row` what is stored, `_saved` what is stored afterwards.
 */
export type FieldGuard = {
  /** `"field" = value` for each field that an existing record takes. */
  readonly updates: (sent: Sent) => readonly SQL[]
  /** Column and value of each field that a new record takes. */
  readonly inserts: readonly { readonly name: string; readonly value: SQL }[]
  /** Sequences that a written number may move. */
  readonly advanced: readonly string[]
  /** As text arrays, the fields that make an atomic save fail; null where none can. */
  readonly denied: { readonly whereStored: SQL; readonly whereNew: SQL } | null
  /** `_saved` as JSON, without what the writer may not read; null: the whole row. */
  readonly readable: SQL | null
}

/** A field's value as it was sent; `isInserted`: a new record would take it whoever creates it. */
type Sent = (name: string, isInserted: boolean) => SQL

type Save = { readonly type: string; readonly written: readonly string[]; readonly isMaster: boolean }

const column = (row: string, name: string): SQL => sql`${sql.identifier(row)}.${sql.identifier(name)}`
const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)

export function fieldGuard({ type, written, isMaster }: Save, ruled: Ruled, isAtomic: boolean): FieldGuard {
  const user = sql.raw(`($1 ->> '_updated_by')`)
  const stored: Viewer = { user, isOwner: false }
  // Whoever creates a record is its owner (v1 protocol, section 5.9).
  const creator: Viewer = { user, isOwner: true }
  const grant = (viewer: Viewer, row: string, name: string, mode: FieldMode): Grant =>
    isMaster ? 'always' : grantOf(ruled, viewer, sql.identifier(row).getSQL(), type, name, mode)
  const fields = written.map((name) => ({
    name,
    update: grant(stored, '_row', name, 'write'),
    insert: grant(creator, '_given', name, 'write'),
  }))
  const guarded = fields.filter(({ update, insert }) => update !== 'always' || insert !== 'always')
  return {
    updates: (sent) =>
      fields.flatMap(({ name, update, insert }) => {
        const value = sent(name, insert === 'always')
        const field = sql.identifier(name)
        return update === 'never' ? [] : [sql`${field} = ${choice(update, value, column('_row', name))}`]
      }),
    inserts: fields.flatMap(({ name, insert }) => {
      // A sequence numbers the record itself where a number may not be given: no value stands for "as ever".
      const isOff = insert === 'never' || (insert !== 'always' && ruled.columns[name] === 'sequence')
      return isOff ? [] : [{ name, value: choice(insert, column('_given', name), sql`null`) }]
    }),
    advanced: fields
      .filter(({ name, update }) => update !== 'never' && ruled.columns[name] === 'sequence')
      .map(({ name }) => name),
    denied:
      isAtomic && guarded.length > 0
        ? {
            whereStored: names(
              guarded.map(({ name, update }) => ({
                name,
                condition: both(
                  not(update),
                  // What cannot be read is not compared: whether it was equal would tell what it is.
                  oneOf(
                    not(grant(stored, '_row', name, 'read')),
                    sql`${column('_row', name)}::text is distinct from ${column('_given', name)}::text`,
                  ),
                ),
              })),
            ),
            whereNew: names(
              guarded.map(({ name, insert }) => ({
                name,
                condition: both(not(insert), sql`${column('_given', name)} is not null`),
              })),
            ),
          }
        : null,
    readable: readable(ruled, (name) => grant(stored, '_saved', name, 'read')),
  }
}

/** A row of what may be read, by the columns that are known: one that is not is nobody's to read yet. */
function readable({ columns }: Ruled, grant: (name: string) => Grant): SQL | null {
  const fields = Object.keys(columns)
    .filter((name) => !name.startsWith('_'))
    .map((name) => ({ name, condition: grant(name) }))
  if (fields.every(({ condition }) => condition === 'always')) return null
  return sql`(select json_object_agg(f.key, f.value) from json_each(${rowWithAssets(sql`_saved`, columns)}) as f
    where left(f.key, 1) = '_' or f.key = any (${names(fields)}))`
}

/** The names whose condition holds, as an array. */
function names(fields: readonly { readonly name: string; readonly condition: Grant }[]): SQL {
  const parts = fields.flatMap(({ name, condition }) =>
    condition === 'never' ? [] : [choice(condition, literal(name), sql`null`)],
  )
  return sql`array_remove(array[${list(parts)}]::text[], null)`
}

/** Whether the user holds one of the roles that may create records of the type; null where everybody may. */
export const mayCreate = (creators: readonly string[], user: SQL): SQL | null =>
  creators.length === 0
    ? null
    : sql`exists (select from ${inTenant('_auth_role')} as _held
        where _held.auth_id = ${user} and _held.role_id in (${list(creators.map(literal))}))`

const choice = (condition: Grant, granted: SQL, otherwise: SQL): SQL =>
  condition === 'always'
    ? granted
    : condition === 'never'
      ? otherwise
      : sql`case when ${condition} then ${granted} else ${otherwise} end`

const not = (grant: Grant): Grant =>
  grant === 'always' ? 'never' : grant === 'never' ? 'always' : sql`(not ${grant})`
const both = (a: Grant, b: Grant): Grant =>
  a === 'never' || b === 'never' ? 'never' : a === 'always' ? b : b === 'always' ? a : sql`(${a} and ${b})`
const oneOf = (a: Grant, b: Grant): Grant =>
  a === 'always' || b === 'always' ? 'always' : a === 'never' ? b : b === 'never' ? a : sql`(${a} or ${b})`
