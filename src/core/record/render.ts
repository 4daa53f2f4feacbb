import type { AssetUrls, AssetValue } from '../asset/url.ts'
import { isGeometry } from './geometry.ts'
import type { RecordType } from './types.ts'
import { encodeValue, type FieldType } from './value.ts'

/** A row of a record table, as `row_to_json` gives it. */
export type RecordRow = Readonly<Record<string, unknown>> & {
  readonly _id: string
  readonly _created_at: string
  readonly _updated_at: string
}

/** A record on the wire (v1 protocol, section 5.1). */
export type RecordJson = Readonly<Record<string, unknown>> & { readonly _id: string }

/** Null columns are left out; timestamps of the reserved columns are plain strings. */
export function renderRecord(
  type: string,
  columns: RecordType['columns'],
  row: RecordRow,
  urls: AssetUrls,
): RecordJson {
  const json: Record<string, unknown> & { _id: string } = {
    _id: `${type}/${row._id}`,
    _type: 'record',
    _access: row['_access'] ?? null,
  }
  if (row['_owner_id']) json['_ownerID'] = row['_owner_id']
  json['_created_at'] = `${row._created_at}Z`
  if (row['_created_by']) json['_created_by'] = row['_created_by']
  json['_updated_at'] = `${row._updated_at}Z`
  if (row['_updated_by']) json['_updated_by'] = row['_updated_by']
  for (const [name, column] of Object.entries(row)) {
    if (name.startsWith('_') || column === null) continue
    json[name] = encodeColumn(columns[name] ?? 'json', column, urls)
  }
  return json
}

/** PostGIS makes GeoJSON of a geometry in a row: a point is the place that Skygear kept in it (v1 protocol, section 5.2). */
function encodeColumn(type: FieldType, column: unknown, urls: AssetUrls): unknown {
  if (type === 'asset') return encodeAsset(column, urls)
  if (!isGeometry(type)) return encodeValue(type, column)
  // Before PostGIS 3 a geometry in a row is text that only PostGIS reads.
  if (typeof column !== 'object' || column === null) return { $type: 'unknown', $underlying_type: type }
  const { type: shape, coordinates } = column as { readonly type?: unknown; readonly coordinates?: unknown }
  if (shape !== 'Point' || !Array.isArray(coordinates)) return { $type: 'geojson', $val: column }
  const [$lng, $lat] = coordinates as readonly unknown[]
  return { $type: 'geo', $lng, $lat }
}

/** By its row where that was read along, else by its name alone (v1 protocol, section 5.2). */
function encodeAsset(column: unknown, urls: AssetUrls): unknown {
  const asset = typeof column === 'string' ? { $name: column } : (column as AssetValue)
  const { $name, $content_type } = asset
  return { $type: 'asset', $name, ...($content_type && { $content_type }), $url: urls(asset) }
}
