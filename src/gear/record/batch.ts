import { sql, type SQL } from 'drizzle-orm'
import { fail, failureBody, type Failure } from '../../core/failure.ts'
import { failureOf, isOfGiven } from '../../core/fault.ts'
import { GUARD_REFUSALS } from '../../core/guard.ts'
import { ANSWER_BYTES_MAX } from '../../core/limits.ts'
import type { Row, SqlFault, Statement } from '../../core/ports.ts'
import { formatRecordId, type RecordId } from '../../core/record/name.ts'
import { inTenant, prepare } from '../../core/sql.ts'

/**
 * One record's step of a batch: a statement text and the one jsonb it takes. `why` is run where the text answers
 * nothing, and says so.
 */
export type Step = {
  readonly text: string
  readonly why?: string
  readonly values: Readonly<Record<string, unknown>>
}

/** What `_record_each` answers for a step. */
export type StepOutcome<T> = { readonly record: T } | { readonly error: StepFault }
type StepFault = SqlFault & { readonly position: number }

const textsAndSteps = sql`array(select jsonb_array_elements_text(${sql.placeholder('texts')}::jsonb)),
    ${sql.placeholder('steps')}::jsonb, ${sql.placeholder('atomic')}::boolean`
/** What could not be told is undone: on its way to the Worker, as JSON within JSON, a text is up to twice as long. */
const TOLD_BYTES_MAX = ANSWER_BYTES_MAX / 2
const told = (batch: SQL) =>
  prepare(
    sql`select case when octet_length(_b.batch::text) <= ${sql.raw(String(TOLD_BYTES_MAX))} then _b.batch
      else ${inTenant('_core_refuse')}('54000', 'the records are larger than ${sql.raw(String(TOLD_BYTES_MAX))} bytes together: save fewer at once') end as batch
    from (select ${batch} as batch offset 0) as _b`,
    'batch',
  )
const each = told(
  sql`(select json_build_object('outcomes', json_agg(outcome)) from ${inTenant('_record_each')}(${textsAndSteps}) as outcome)`,
)
const all = told(sql`${inTenant('_record_all')}(${sql.placeholder('many')}, ${textsAndSteps})`)

/**
 * Runs the steps in order, each answered on its own, or all or none of them. `many` does all of them by one text where
 * nothing stands in the way of any. `outcomesOf` reads the answer.
 */
export function batchStatement(
  schema: string,
  steps: readonly Step[],
  atomic: boolean,
  many: string | null = null,
): Statement {
  const texts = [...new Set(steps.flatMap(({ text, why }) => (why === undefined ? [text] : [text, why])))]
  const place = new Map(texts.map((text, i) => [text, i + 1]))
  return (many === null ? each : all)(schema, {
    many,
    texts: JSON.stringify(texts),
    steps: JSON.stringify(
      steps.map(({ text, why, values }) => ({
        text: place.get(text),
        ...(why !== undefined && { why: place.get(why) }),
        values,
      })),
    ),
    atomic,
  })
}

type Stored = { readonly _id: string }

/** The outcome of each step, in order; `keys` are those of their records. */
export function outcomesOf<T extends Stored>(
  rows: readonly Row[] | undefined,
  keys: readonly string[],
): readonly StepOutcome<T>[] {
  const batch = rows?.[0]?.['batch'] as
    | { readonly stored: readonly T[] }
    | { readonly outcomes: readonly StepOutcome<T>[] }
  if ('outcomes' in batch) return batch.outcomes
  const stored = new Map(batch.stored.map((record) => [record._id, record]))
  return keys.flatMap((key) => {
    const record = stored.get(key)
    return record ? [{ record }] : []
  })
}

/** Why a step was refused (v1 protocol, section 5.4, step 7). */
export const stepFailure = (fault: SqlFault): Failure =>
  fault.code === '23503'
    ? fail('UnexpectedError', 'refers to a record that does not exist')
    : failureOf(fault)

/** Whether it is a step that Postgres refuses, as `_record_each` tells them, and not the call that it is part of. */
export const isOfStep = (fault: SqlFault): boolean => isOfGiven(fault) && !GUARD_REFUSALS.includes(fault.code)

/** The refused steps of an atomic batch, as its failure's detail has them. */
export const refusedIn = (detail: string | undefined): readonly StepFault[] =>
  JSON.parse(detail ?? '[]') as readonly StepFault[]

/** The failure of a whole atomic batch: `info` maps each refused record's id to its error. */
export function atomicFailure(
  ids: readonly RecordId[],
  faults: readonly StepFault[],
  explain: (fault: SqlFault) => Failure,
): Failure {
  const errors = faults.flatMap((fault) => {
    const id = ids[fault.position]
    return id ? [[formatRecordId(id), failureBody(explain(fault))] as const] : []
  })
  return fail('AtomicOperationFailure', 'no record was changed', Object.fromEntries(errors))
}
