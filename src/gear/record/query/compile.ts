import { sql, type SQL } from 'drizzle-orm'
import type { Statement } from '../../../core/ports.ts'
import { inTenant, prepare } from '../../../core/sql.ts'
import { mayRead, readerValues, type Reader } from '../reader.ts'
import type { Condition, Operand, QueryPlan } from './plan.ts'

/** One statement that answers `page`: its `records` (rows as JSON, in order), and `count` where it was asked for. */
export function compileQuery(schema: string, plan: QueryPlan, reader: Reader): Statement {
  const table = inTenant(plan.type)
  const row = sql`_row`
  const where = sql`${mayRead(row, plan.type, reader)}${plan.condition ? sql` and ${condition(plan.condition)}` : sql``}`
  const order = plan.sorts.map(({ column, order }) => sql`${columnOf(column)} ${sql.raw(order)}`)
  const page = sql`select row_to_json(_row) as record from ${table} as _row where ${where}
    ${order.length > 0 ? sql`order by ${sql.join(order, sql`, `)}` : sql``}
    ${plan.limit === null ? sql`` : sql`limit ${plan.limit}`}
    ${plan.offset > 0 ? sql`offset ${plan.offset}` : sql``}`
  const count = plan.counts
    ? sql`, 'count', (select count(*)::int from ${table} as _row where ${where})`
    : sql``
  const records = sql`coalesce((select json_agg(page.record) from (${page}) as page), '[]')`
  const query = sql`select json_build_object('records', ${records}${count}) as page`
  return prepare(query, 'page')(schema, readerValues(reader))
}

const columnOf = (name: string): SQL => sql`_row.${sql.identifier(name)}`

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

function condition(c: Condition): SQL {
  switch (c.kind) {
    case 'and':
    case 'or':
      return sql`(${sql.join(c.of.map(condition), c.kind === 'and' ? sql` and ` : sql` or `)})`
    case 'not':
      return sql`(not ${condition(c.of)})`
    case 'null':
      return c.negated ? sql`(${operand(c.of)} is not null)` : sql`(${operand(c.of)} is null)`
    case 'constant':
      return c.value === null ? sql`(null::boolean)` : c.value ? sql`true` : sql`false`
    case 'in':
      // An empty list matches nothing, and its negation matches nothing either (v1 protocol, section 5.7).
      return c.values.length === 0 ? sql`(null::boolean)` : sql`(${operand(c.left)} = any(${list(c)}))`
    default:
      return c.left.type === 'location' || c.right.type === 'location'
        ? samePlace(c.left, c.right, c.kind === 'neq')
        : sql`(${operand(c.left)} ${OPERATORS[c.kind]} ${operand(c.right)})`
  }
}

/** Exactly the same place; Postgres' own `~=` takes places within a millionth of a degree for one. */
function samePlace(left: Operand, right: Operand, negated: boolean): SQL {
  const [l, r] = [operand(left), operand(right)]
  return sql`(${negated ? sql`not ` : sql``}((${l})[0] = (${r})[0] and (${l})[1] = (${r})[1]))`
}

/** One array parameter, however long. Text beside a column is left untyped, to fit text and citext alike. */
function list({ left, values, type }: Extract<Condition, { kind: 'in' }>): SQL {
  const array = sql.param(type === 'json' ? values.map((value) => JSON.stringify(value)) : values)
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

const operand = (o: Operand): SQL => (o.kind === 'column' ? columnOf(o.name) : cast(o.value, o.type))

/** A parameter with its type said, where Postgres would otherwise guess; text is left to fit citext as well. */
function cast(value: unknown, type: string): SQL {
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
      return sql`${JSON.stringify(value)}::jsonb`
    default:
      return sql`${value}`
  }
}
