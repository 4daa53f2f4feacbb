import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { failureOf } from '../../../core/fault.ts'
import type { Failure } from '../../../core/failure.ts'
import type { Scope } from '../../../core/gear.ts'
import type { SqlFault, Statement } from '../../../core/ports.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { inTenant, prepare } from '../../../core/sql.ts'

const Field = v.object({ name: v.string(), type: v.string() })

/** What the schema actions answer: every record type with its own fields (v1 protocol, section 6). */
export const EveryType = schema(
  v.object({ record_types: v.record(v.string(), v.object({ fields: v.array(Field) })) }),
)
type Answered = { readonly record_types: Record<string, { fields: v.InferOutput<typeof Field>[] }> }

const everyType = prepare(
  sql`select json_object_agg(c.relname, ${inTenant('_record_columns')}(c.relname) order by c.relname) as types
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${sql.placeholder('schema')} and c.relkind in ('r', 'p') and left(c.relname, 1) <> '_'`,
  'types',
)

/** Does `work`, then answers the schema as it is thereafter: one transaction, one round trip. */
export async function withEveryType(
  { tenant, db }: Scope,
  work: readonly Statement[],
  explain: (fault: SqlFault) => Failure = failureOf,
): Promise<Result<{ readonly result: Answered }, Failure>> {
  const done = await db.transact([...work, everyType(tenant.schema, { schema: tenant.schema })])
  if (!done.ok) return err(explain(done.error))
  const types = (done.value.at(-1)?.[0]?.['types'] ?? {}) as Readonly<
    Record<string, Readonly<Record<string, string>> | null>
  >
  const described = Object.entries(types).map(([type, columns]) => [
    type,
    { fields: fieldsOf(columns ?? {}) },
  ])
  return ok({ result: { record_types: Object.fromEntries(described) as Answered['record_types'] } })
}

const fieldsOf = (columns: Readonly<Record<string, string>>) =>
  Object.entries(columns)
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, type]) => ({ name, type: type.startsWith('unknown(') ? 'unknown' : type }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
