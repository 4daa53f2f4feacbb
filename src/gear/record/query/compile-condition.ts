import { sql, type SQL } from 'drizzle-orm'
import type { FieldAccess } from '../../../core/record/field-access.ts'
import { relatedUsers } from '../../../core/record/relation.ts'
import { isGeometry } from '../../../core/record/geometry.ts'
import type { Comparison } from './ast.ts'
import type { Condition, Operand } from './condition.ts'
import { columnOf, operand, place, within } from './operand.ts'
import { ROW, type Column } from './path.ts'

const OPERATORS = {
  eq: sql`=`,
  neq: sql`<>`,
  gt: sql`>`,
  gte: sql`>=`,
  lt: sql`<`,
  lte: sql`<=`,
  like: sql`like`,
  ilike: sql`ilike`,
} as const

/** A condition as SQL. What it says of a field that the row does not grant its reader is unknown. */
export function compileCondition(c: Condition, access: FieldAccess): SQL {
  switch (c.kind) {
    case 'and':
    case 'or': {
      const of = c.of.map((part) => compileCondition(part, access))
      return sql`(${sql.join(of, c.kind === 'and' ? sql` and ` : sql` or `)})`
    }
    case 'not':
      return sql`(not ${compileCondition(c.of, access)})`
    case 'constant':
      return c.value === null ? sql`(null::boolean)` : c.value ? sql`true` : sql`false`
    default: {
      const grants = columnsOf(c).flatMap((column) => grantOf(column, access) ?? [])
      return grants.length === 0
        ? test(c)
        : sql`(case when ${sql.join(grants, sql` and `)} then ${test(c)} end)`
    }
  }
}

/** Whether the row lets its reader ask about the field; null where it always does. A row that is not there hides nothing. */
export function grantOf({ row, of, name, mode }: Column, access: FieldAccess): SQL | null {
  if (mode === null) return null
  const alias = sql.identifier(row).getSQL()
  const grant = access.grant(alias, of, name, mode)
  if (typeof grant === 'string') return sql.raw(String(grant === 'always'))
  return row === ROW ? grant : sql`(${alias}."_id" is null or ${grant})`
}

type Leaf = Exclude<Condition, { kind: 'and' | 'or' | 'not' | 'constant' }>

function columnsOf(c: Leaf): readonly Column[] {
  switch (c.kind) {
    case 'related':
      return [c.user]
    case 'null':
      return columnIn(c.of)
    case 'in':
      return columnIn(c.left)
    case 'has':
      return [c.list, ...columnIn(c.member)]
    case 'contains':
      return [c.area, ...columnIn(c.place)]
    default:
      return [...columnIn(c.left), ...columnIn(c.right)]
  }
}
const columnIn = (o: Operand): readonly Column[] =>
  o.kind === 'column' ? [o] : o.kind === 'distance' ? [o.of] : []

function test(c: Leaf): SQL {
  switch (c.kind) {
    case 'null': {
      const of = c.of.kind === 'column' ? columnOf(c.of) : operand(c.of)
      return c.negated ? sql`(${of} is not null)` : sql`(${of} is null)`
    }
    case 'in':
      return isPlace(c.left) ? amongPlaces(c.left, c.list) : sql`(${operand(c.left)} = any(${list(c)}))`
    case 'within':
      return within(c.left, c.right)
    case 'has':
      return sql`(${columnOf(c.list)}::jsonb ? ${operand(c.member)}::text)`
    case 'contains':
      return isGeometry(c.area.type)
        ? sql`st_contains(${columnOf(c.area)}, ${geometry(c.place)})`
        : samePlace(c.area, c.place)
    case 'related':
      return sql`(${columnOf(c.user)} in (${relatedUsers(c.by, sql`${sql.placeholder('reader')}`)}))`
    case 'like':
    case 'ilike':
      return c.right.kind === 'value'
        ? compare(c)
        : sql`(case when ${isPattern(c.right)} then ${compare(c)} end)`
    default:
      if (!isPlace(c.left)) return compare(c)
      return c.kind === 'neq' ? sql`(not ${samePlace(c.left, c.right)})` : samePlace(c.left, c.right)
  }
}

const compare = ({ kind, left, right }: { kind: Comparison; left: Operand; right: Operand }): SQL =>
  sql`(${operand(left)} ${OPERATORS[kind]} ${operand(right)})`

/** Not one that ends in the escape character: Postgres would refuse the query for it, also where the row is not the reader's. */
const isPattern = (o: Operand): SQL => sql`${operand(o)} !~ ${ESCAPED_END}`
const ESCAPED_END = sql.raw(String.raw`'(^|[^\\])(\\\\)*\\$'`)

const isPlace = ({ type }: Operand): boolean => type === 'location' || isGeometry(type)

/** Exactly the same place; Postgres' own `~=` takes places within a millionth of a degree for one. */
function samePlace(left: Operand, right: Operand): SQL {
  const [l, r] = [place(left), place(right)]
  return sql`((${l})[0] = (${r})[0] and (${l})[1] = (${r})[1])`
}

function amongPlaces(left: Operand, values: string): SQL {
  const l = place(left)
  return sql`(case when ${l} is not null then exists (select from unnest(${sql.placeholder(values)}::point[]) as _place
    where _place[0] = (${l})[0] and _place[1] = (${l})[1]) end)`
}

function geometry(o: Operand): SQL {
  if (o.kind === 'column' && isGeometry(o.type)) return columnOf(o)
  if (o.type === 'geojson') return sql`st_geomfromtext(${operand(o)})`
  const point = operand(o)
  return sql`st_makepoint((${point})[0], (${point})[1])`
}

/** One array parameter, however long. Text beside a column is left untyped, to fit text and citext alike. */
function list({ left, list: name, type }: Extract<Condition, { kind: 'in' }>): SQL {
  const array = sql.placeholder(name)
  switch (type) {
    case 'number':
    case 'integer':
    case 'sequence':
      return sql`${array}::double precision[]`
    case 'boolean':
      return sql`${array}::boolean[]`
    case 'datetime':
      return sql`${array}::timestamp[]`
    case 'json':
      return sql`${array}::jsonb[]`
    default:
      return left.kind === 'column' ? sql`${array}` : sql`${array}::text[]`
  }
}
