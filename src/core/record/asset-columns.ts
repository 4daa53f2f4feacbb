import { sql, type SQL } from 'drizzle-orm'
import { inTenant, literal } from '../sql.ts'
import type { RecordType } from './types.ts'

/** The fields of a type that hold assets. */
export const assetFields = (columns: RecordType['columns']): readonly string[] =>
  Object.keys(columns).filter((name) => columns[name] === 'asset')

/** What the asset's row says, as an AssetValue; null where the field is. */
export const assetJson = (row: SQL, field: string): SQL =>
  sql`(select json_build_object('$name', _asset.id, '$content_type', _asset.content_type, 'access', _asset.access)
    from ${inTenant('_asset')} as _asset where _asset.id = ${row}.${sql.identifier(field)})`

/** A row as JSON, whatever columns it has, with what is known of the assets in it. */
export function rowWithAssets(row: SQL, columns: RecordType['columns']): SQL {
  const fields = assetFields(columns)
  if (fields.length === 0) return sql`row_to_json(${row})`
  const cases = fields.map((name) => sql`when ${literal(name)} then ${assetJson(row, name)}`)
  return sql`(select json_object_agg(f.key, case f.key ${sql.join(cases, sql` `)} else f.value end)
    from json_each(row_to_json(${row})) as f)`
}
