import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, invalid, type Failure } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import { action } from '../../../core/gear.ts'
import type { SqlFault } from '../../../core/ports.ts'
import { developing } from '../../../core/privilege.ts'
import { isRecordName } from '../../../core/record/name.ts'
import { err, ok } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { inTenant, prepare } from '../../../core/sql.ts'
import { named } from './named.ts'

/** Columns of an index in Postgres (INDEX_MAX_KEYS). */
const INDEX_FIELDS_MAX = 32
/** Reserved fields that records are commonly found and sorted by. */
const RESERVED = ['_owner_id', '_created_at', '_created_by', '_updated_at', '_updated_by']

/**
 * An extension: v1 had no action for indexes. That of arrays and objects serves `in` with the field on its right, and is
 * made of one field. Postgres cannot make one beside writes within a transaction, so writes to
 * the type wait while it is made; reads go on.
 */
export const indexFields = action({
  summary:
    'Makes, or with `drop` takes away, the index for conditions and sorts by fields of a type, in order.',
  access: 'key',
  input: schema(
    v.object({
      record_type: v.nullish(v.string()),
      fields: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(INDEX_FIELDS_MAX)),
      drop: v.nullish(v.boolean(), false),
    }),
  ),
  output: schema(v.object({ record_type: v.string(), fields: v.array(v.string()) })),
  async run({ fields, drop, ...input }, scope) {
    const allowed = developing(scope)
    if (!allowed.ok) return allowed
    const names = named(input, 'record_type')
    if (!names.ok) return names
    const { record_type } = names.value
    if (!fields.every((name) => isRecordName(name) || RESERVED.includes(name)))
      return err(invalid('fields has what is no name of a field', 'fields'))
    const done = await scope.db.transact([
      index(scope.tenant.schema, { type: record_type, fields: JSON.stringify(fields), drop }),
    ])
    return done.ok ? ok({ result: { record_type, fields } }) : err(indexFailure(done.error))
  },
})

/** 42704: the field is of a type without an order, as location and geometry. 42P07: of two calls at once one was sooner. */
const indexFailure = (fault: SqlFault): Failure =>
  fault.code === '42704'
    ? invalid('a field is of a type that has no order', 'fields')
    : fault.code === '42P07'
      ? fail('Duplicated', 'the index is being made')
      : failureOf(fault)

const index = prepare(sql`
  select ${inTenant('_record_index')}(${sql.placeholder('type')}, ${sql.placeholder('fields')}::jsonb,
    ${sql.placeholder('drop')})`)
