import type { FieldType, FieldValue } from './value.ts'

/** A column of PostGIS, or a value for one. */
export const isGeometry = (type: FieldType): boolean => type === 'geometry'

/** What a column of this type takes for the value: PostGIS writes a place in its own way. */
export const columnFor = ({ type, column }: FieldValue, of: FieldType | undefined): unknown =>
  type === 'location' && isGeometry(of ?? '') ? `POINT${String(column).replace(',', ' ')}` : column

/** How deep positions are nested, and of what lines they are parts (RFC 7946, section 3.1). */
const SHAPES: Readonly<Record<string, { readonly depth: number; readonly isLine: (line: Line) => boolean }>> =
  {
    Point: { depth: 0, isLine: () => true },
    MultiPoint: { depth: 1, isLine: () => true },
    LineString: { depth: 1, isLine: isString },
    MultiLineString: { depth: 2, isLine: isString },
    Polygon: { depth: 2, isLine: isRing },
    MultiPolygon: { depth: 3, isLine: isRing },
  }
/** Positions as text, each. */
type Line = readonly string[]
function isString(line: Line): boolean {
  return line.length >= 2
}
/** Postgres would fail over a ring that is not closed, and not as over a bad value. */
function isRing(line: Line): boolean {
  return line.length >= 4 && line[0] === line.at(-1)
}

/**
 * A geometry of GeoJSON (RFC 7946, section 3.1) as well-known text, which every PostGIS reads as a column's value; null
 * where it is none, or an empty one. `bbox` and foreign members are passed over.
 */
export function wellKnownText(geojson: unknown): string | null {
  if (typeof geojson !== 'object' || geojson === null) return null
  const { type, coordinates, geometries } = geojson as Readonly<Record<string, unknown>>
  if (type === 'GeometryCollection') {
    const parts = Array.isArray(geometries) ? geometries.map(wellKnownText) : []
    return parts.length > 0 && !parts.includes(null) ? `GEOMETRYCOLLECTION(${parts.join(',')})` : null
  }
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type)) return null
  const shape = SHAPES[type]
  const text = shape ? nested(coordinates, shape.depth, shape.isLine) : null
  if (text === null) return null
  return type.toUpperCase() + (shape?.depth === 0 ? `(${text})` : text)
}

function nested(coordinates: unknown, depth: number, isLine: (line: Line) => boolean): string | null {
  if (!Array.isArray(coordinates)) return null
  if (depth === 0) return isPosition(coordinates) ? coordinates.join(' ') : null
  const parts = coordinates
    .map((part: unknown) => nested(part, depth - 1, isLine))
    .filter((part) => part !== null)
  const isWhole = parts.length === coordinates.length && parts.length > 0 && (depth > 1 || isLine(parts))
  return isWhole ? `(${parts.join(',')})` : null
}

/** Longitude and latitude. An altitude is refused: Skygear's columns have two dimensions. */
const isPosition = (given: readonly unknown[]): boolean =>
  given.length === 2 && given.every((number) => typeof number === 'number' && Number.isFinite(number))
