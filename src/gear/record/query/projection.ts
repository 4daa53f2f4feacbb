import { sql, type SQL } from 'drizzle-orm'
import { assetFields, assetJson } from '../../../core/record/asset-columns.ts'
import type { FieldAccess } from '../../../core/record/field-access.ts'
import type { RecordType } from '../../../core/record/types.ts'
import { ANY_ROW } from './path.ts'

/**
 * The columns of a row that its reader gets, those in `granted` where the row grants it, those in `assets` with what is
 * known of the asset; null: the whole row as it is.
 */
export type Projection = {
  readonly all: readonly string[]
  readonly granted: readonly string[]
  readonly assets: readonly string[]
} | null

/**
 * What a reader sees of a type's records: the reserved fields, and those of the others that the rules let be read
 * (v1 protocol, section 5.9) and, where `desired` names some, that are wanted (section 5.6).
 */
export function projection(
  type: string,
  columns: RecordType['columns'],
  access: FieldAccess,
  desired: ReadonlySet<string> | null = null,
): Projection {
  const all: string[] = []
  const granted: string[] = []
  const names = Object.keys(columns)
  for (const name of names) {
    if (!name.startsWith('_') && desired?.has(name) === false) continue
    const grant = access.grant(ANY_ROW, type, name, 'read')
    if (grant === 'never') continue
    all.push(name)
    if (grant !== 'always') granted.push(name)
  }
  const assets = assetFields(columns)
  const isWhole = all.length === names.length && granted.length === 0 && assets.length === 0
  return isWhole ? null : { all, granted, assets }
}

/** A row as JSON, with nothing in it that its reader may not read: a hidden value never leaves the database. */
export function rowJson(row: SQL, type: string, fields: Projection, access: FieldAccess): SQL {
  if (!fields) return sql`row_to_json(${row})`
  const columns = fields.all.map((name) => {
    const isAsset = fields.assets.includes(name)
    const column = isAsset ? assetJson(row, name) : sql`${row}.${sql.identifier(name)}`
    const grant = fields.granted.includes(name) ? access.grant(row, type, name, 'read') : 'always'
    if (typeof grant !== 'string')
      return sql`case when ${grant} then ${column} end as ${sql.identifier(name)}`
    return isAsset ? sql`${column} as ${sql.identifier(name)}` : column
  })
  return sql`(select row_to_json(_seen) from (select ${sql.join(columns, sql`, `)}) as _seen)`
}
