import { err, ok, type Result } from '../result.ts'
import { isAssetRef } from '../asset/name.ts'
import { wellKnownText } from './geometry.ts'
import { formatRecordId, isStorable, parseRecordId } from './name.ts'
import { instantOf } from './instant.ts'

/**
 * The schema type of a field (v1 protocol, section 5.2): string, number, boolean, json, datetime, location, integer,
 * sequence, geometry (PostGIS'), `ref(<type>)`, and `unknown(<Postgres type>)` for a column of a type that has no wire
 * form.
 */
export type FieldType = string

/** A field's value as it was sent: what its column must be, and what goes into it. */
export type FieldValue = {
  /** Null: a null says nothing of the type. */
  readonly type: FieldType | null
  /** As `jsonb_populate_record` takes it. */
  readonly column: unknown
  /** `{"$type":"seq"}` and `{"$type":"unknown"}` ask for a column but write nothing. */
  readonly writes: boolean
}

const value = (type: FieldType, column: unknown): Result<FieldValue, string> =>
  ok({ type, column, writes: true })

/** Wire value → column value. The error says what is wrong, without quoting the value. */
export function decodeValue(wire: unknown): Result<FieldValue, string> {
  switch (typeof wire) {
    case 'string':
      return isStorable(wire) ? value('string', wire) : err('is not valid Unicode text')
    case 'number':
      return Number.isFinite(wire) ? value('number', wire) : err('is out of range')
    case 'boolean':
      return value('boolean', wire)
    case 'object':
      break
    default:
      return err('is not a JSON value')
  }
  if (wire === null) return ok({ type: null, column: null, writes: true })
  if (!Array.isArray(wire) && '$type' in wire) return decodeTagged(wire)
  return isStorableJson(wire)
    ? value('json', wire)
    : err('holds text that is not valid Unicode, or a number out of range')
}

function decodeTagged(wire: { readonly $type: unknown }): Result<FieldValue, string> {
  const given = wire as Readonly<Record<string, unknown>>
  switch (wire.$type) {
    case 'date': {
      const instant = typeof given['$date'] === 'string' ? instantOf(given['$date']) : null
      return instant === null ? err('$date is not an RFC 3339 time') : value('datetime', instant)
    }
    case 'ref': {
      const id = parseRecordId(given['$id'])
      return id ? value(`ref(${id.type})`, id.key) : err('$id is not a record id')
    }
    case 'geo': {
      const { $lng: lng, $lat: lat } = given
      return typeof lng === 'number' && typeof lat === 'number' && Math.abs(lng) <= 180 && Math.abs(lat) <= 90
        ? value('location', `(${lng},${lat})`)
        : err('$lng and $lat are not a place on earth')
    }
    case 'seq':
      return ok({ type: 'sequence', column: null, writes: false })
    case 'unknown':
      return ok({ type: null, column: null, writes: false })
    case 'asset': {
      const name = given['$name']
      return typeof name === 'string' && isAssetRef(name)
        ? value('asset', name)
        : err('$name is not the name of an asset')
    }
    case 'geojson': {
      const text = wellKnownText(given['$val'])
      return text === null
        ? err('$val is not a geometry of GeoJSON in two dimensions')
        : value('geometry', text)
    }
    default:
      return err('$type is not one of date, ref, asset, geo, geojson, seq, unknown')
  }
}

/** Whether Postgres' jsonb can hold it as it is. */
export function isStorableJson(json: unknown): boolean {
  if (typeof json === 'string') return isStorable(json)
  if (typeof json === 'number') return Number.isFinite(json)
  if (typeof json !== 'object' || json === null) return true
  return Array.isArray(json)
    ? json.every(isStorableJson)
    : Object.entries(json).every(([key, member]) => isStorable(key) && isStorableJson(member))
}

/** Column value, as `row_to_json` gives it, → wire value. */
export function encodeValue(type: FieldType, column: unknown): unknown {
  switch (type) {
    case 'datetime':
      return { $type: 'date', $date: `${String(column)}Z` }
    case 'location': {
      const [lng, lat] = String(column).slice(1, -1).split(',').map(Number)
      return { $type: 'geo', $lng: lng, $lat: lat }
    }
    default:
  }
  const parameter = /^(ref|unknown)\((.*)\)$/s.exec(type)
  if (parameter?.[1] === 'ref')
    return { $type: 'ref', $id: formatRecordId({ type: parameter[2] ?? '', key: String(column) }) }
  if (parameter?.[1] === 'unknown') return { $type: 'unknown', $underlying_type: parameter[2] }
  return column
}
