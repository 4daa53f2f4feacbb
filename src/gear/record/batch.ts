import { sql } from 'drizzle-orm'
import { fail, failureBody, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { GUARD_REFUSALS } from '../../core/guard.ts'
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

const each = prepare(
  sql`select json_agg(outcome) as outcomes from ${inTenant('_record_each')}(
    array(select jsonb_array_elements_text(${sql.placeholder('texts')}::jsonb)),
    ${sql.placeholder('steps')}::jsonb, ${sql.placeholder('atomic')}::boolean) as outcome`,
  'outcomes',
)

/** Runs the steps in order, each answered on its own, or all or none of them. `outcomesOf` reads the answer. */
export function batchStatement(schema: string, steps: readonly Step[], atomic: boolean): Statement {
  const texts = [...new Set(steps.flatMap(({ text, why }) => (why === undefined ? [text] : [text, why])))]
  const place = new Map(texts.map((text, i) => [text, i + 1]))
  return each(schema, {
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

/** The outcome of each step, in order. */
export const outcomesOf = <T>(rows: readonly Row[] | undefined): readonly StepOutcome<T>[] =>
  (rows?.[0]?.['outcomes'] ?? []) as readonly StepOutcome<T>[]

/** Why a step was refused (v1 protocol, section 5.4, step 7). */
export const stepFailure = (fault: SqlFault): Failure =>
  fault.code === '23503'
    ? fail('UnexpectedError', 'refers to a record that does not exist')
    : failureOf(fault)

/** Whether it is a step that Postgres refuses, as `_record_each` tells them, and not the call that it is part of. */
export const isOfStep = ({ code }: SqlFault): boolean =>
  /^(22|23|SG)/.test(code) && !GUARD_REFUSALS.includes(code)

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
