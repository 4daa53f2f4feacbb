import { sql, type SQL } from 'drizzle-orm'
import { isGeometry } from '../../../core/record/geometry.ts'
import type { FieldType } from '../../../core/record/value.ts'
import type { Metres, Operand } from './condition.ts'
import type { Column } from './path.ts'

/** A side of a comparison, as SQL. */
export function operand(o: Operand): SQL {
  switch (o.kind) {
    case 'column':
      return isGeometry(o.type) ? place(o) : columnOf(o)
    case 'distance':
      return metres(o)
    default:
      return cast(sql.placeholder(o.name), o.type)
  }
}

export const columnOf = ({ row, name }: Column): SQL => sql`${sql.identifier(row)}.${sql.identifier(name)}`

/** A parameter with its type said, where Postgres would otherwise guess; text is left to fit citext as well. */
function cast(value: ReturnType<typeof sql.placeholder>, type: FieldType): SQL {
  switch (type) {
    case 'number':
    case 'integer':
    case 'sequence':
      return sql`${value}::double precision`
    case 'boolean':
      return sql`${value}::boolean`
    case 'datetime':
      return sql`${value}::timestamp`
    case 'location':
      return sql`${value}::point`
    case 'json':
      return sql`${value}::jsonb`
    default:
      return sql`${value}`
  }
}

/** The operand's place as a point, longitude first. A geometry of PostGIS may be no point: then it is nowhere. */
export function place(o: Operand): SQL {
  if (o.kind !== 'column' || !isGeometry(o.type)) return operand(o)
  const column = columnOf(o)
  return sql`(case when geometrytype(${column}) = 'POINT' then point(st_x(${column}), st_y(${column})) end)`
}

/**
 * Written as in the index of a location column, or Postgres would not see that it is the same. To a tenth of a
 * millimetre: sines of the smallest numbers that there are underflow, which is an error to Postgres.
 */
const onEarth = (point: SQL): SQL =>
  sql`ll_to_earth(round((${point})[1]::numeric, 9)::double precision, round((${point})[0]::numeric, 9)::double precision)`

/** Metres along a great circle. */
export const metres = (distance: Metres): SQL => sql`earth_distance(${earths(distance)})`

/** The straight way through the earth: shorter, but in the same order, and an index has it. */
export const chord = ({ of, to }: Metres): SQL => sql`(${onEarth(place(of))} <-> ${onEarth(target(to))})`

/** Within so many metres: first by the index' box, whose corners are further away. */
export function within(distance: Metres, most: Operand): SQL {
  const box = sql`earth_box(${onEarth(target(distance.to))}, ${operand(most)})`
  return sql`(${box} @> ${onEarth(place(distance.of))} and ${metres(distance)} <= ${operand(most)})`
}

const target = (to: string): SQL => sql`${sql.placeholder(to)}::point`
const earths = ({ of, to }: Metres): SQL => sql`${onEarth(place(of))}, ${onEarth(target(to))}`
