import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, failureItem, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import type { SqlFault } from '../../core/ports.ts'
import { mayAccess } from '../../core/record/access.ts'
import { formatRecordId, parseRecordId } from '../../core/record/name.ts'
import type { KnownTypes } from '../../core/record/types.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { compile, inTenant } from '../../core/sql.ts'
import { atomicFailure, batchStatement, outcomesOf, refusedIn } from './batch.ts'
import { selectDatabase } from './database.ts'
import { Ids } from './fetch.ts'
import { transactTyped } from './typed.ts'
import { AnyRecord } from './wire.ts'

export const remove = action({
  summary: 'Deletes records by id. References to a record keep it; nothing cascades.',
  access: 'user',
  gated: true,
  input: schema(
    v.object({ ids: Ids, atomic: v.nullish(v.boolean(), false), database_id: v.nullish(v.unknown()) }),
  ),
  output: schema(v.array(AnyRecord)),
  async run({ ids, atomic, database_id }, scope) {
    const { tenant, caller } = scope
    const database = selectDatabase(database_id, caller)
    if (!database.ok) return database
    if (database.value.id === null) return err(fail('NotSupported', 'the union database is read-only'))
    const parsed = ids.map(parseRecordId)
    if (parsed.includes(null)) return err(invalid('an id is type/key', 'ids'))
    const targets = parsed.filter((id) => id !== null)

    const values = { _database_id: database.value.id, user: caller.user?.id ?? null }
    const steps = (known: KnownTypes) =>
      targets.map(({ type, key }) => ({
        text: deleteText(tenant.schema, type, known.get(type) !== null, caller.key === 'master'),
        values: { ...values, _id: key },
      }))
    const types = new Set(targets.map(({ type }) => type))
    const answer = await transactTyped(
      scope,
      types,
      (known) => [batchStatement(tenant.schema, steps(known), atomic)],
      { readOnly: false },
    )
    if (!answer.ok)
      return err(
        answer.error.code === 'SG115'
          ? atomicFailure(targets, refusedIn(answer.error.detail), deleteFailure)
          : failureOf(answer.error),
      )
    const outcomes = outcomesOf(
      answer.value.rows[0],
      targets.map(({ key }) => key),
    )
    return ok({
      result: targets.map((id, i) => {
        const outcome = outcomes[i]
        return outcome && 'error' in outcome
          ? failureItem(deleteFailure(outcome.error), formatRecordId(id))
          : { _id: formatRecordId(id), _type: 'record' }
      }),
    })
  },
})

const deleteFailure = (fault: SqlFault): Failure =>
  fault.code === '23503' ? fail('ConstraintViolated', 'another record refers to it') : failureOf(fault)

const refuse = inTenant('_core_refuse')

/**
 * Deletes `$1`'s record; SG110 where there is none, SG102 where the caller may not write it. A user's profile goes
 * with the user only, whoever asks (v1 protocol, section 5.11).
 */
function deleteText(schemaName: string, type: string, exists: boolean, isMaster: boolean): string {
  if (type === 'user')
    return compile(schemaName, sql`select ${refuse}('SG102', 'a user record cannot be deleted')`).text
  if (!exists) return compile(schemaName, sql`select ${refuse}('SG110', 'record not found')`).text
  const table = inTenant(type)
  const mayWrite = isMaster ? sql`true` : mayAccess(sql`r`, 'write', sql.raw(`($1 ->> 'user')`), type)
  const target = sql`r."_id" = $1 ->> '_id' and r."_database_id" = $1 ->> '_database_id'`
  return compile(
    schemaName,
    sql`with gone as (delete from ${table} as r where ${target} and ${mayWrite} returning r."_id")
      select coalesce((select to_json("_id") from gone), case
        when exists (select from ${table} as r where ${target}) then ${refuse}('SG102', 'no write access')
        else ${refuse}('SG110', 'record not found') end)`,
  ).text
}
