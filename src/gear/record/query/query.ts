import * as v from 'valibot'
import { fail, invalid, type Failure } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import { action } from '../../../core/gear.ts'
import { AnyObject } from '../../../core/json-object.ts'
import { isRecordName } from '../../../core/record/name.ts'
import { renderRecord, type RecordRow } from '../../../core/record/render.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { hiddenFields, readerOf } from '../reader.ts'
import { transactTyped } from '../typed.ts'
import { AnyRecord } from '../wire.ts'
import type { Query } from './ast.ts'
import { compileQuery } from './compile.ts'
import { parsePredicate, parseSorts } from './parse.ts'
import { planQuery, type QueryPlan } from './plan.ts'
import { schema } from '../../../core/schema.ts'

/** An ill-typed limit, offset, count or include is ignored (v1 protocol, section 1.3). */
const Natural = v.fallback(v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), null), null)

const Input = v.object({
  record_type: v.pipe(v.string(), v.check(isRecordName, 'is not a record type')),
  predicate: v.nullish(v.pipe(v.array(v.unknown()), v.minLength(1))),
  sort: v.nullish(v.array(v.unknown()), []),
  limit: Natural,
  offset: Natural,
  page: Natural,
  count: v.fallback(v.nullish(v.boolean(), false), false),
  include: v.fallback(v.nullish(AnyObject, {}), {}),
  desired_keys: v.nullish(v.array(v.string())),
  database_id: v.nullish(v.unknown()),
})

export const query = action({
  summary: 'Finds records of a type: by predicate, sorted, a page of them, with their number where asked.',
  access: 'optional user',
  illTyped: 'InvalidArgument',
  input: schema(Input),
  output: schema(v.array(AnyRecord)),
  async run(input, scope) {
    const reader = readerOf(scope.caller, input.database_id)
    if (!reader.ok) return reader
    const parsed = parseQuery(input)
    if (!parsed.ok) return parsed
    const asked = parsed.value
    const hidden = hiddenFields(asked.type, reader.value)

    let planned: Result<QueryPlan | null, Failure> = ok(null)
    const read = await transactTyped(
      scope,
      [asked.type],
      (known) => {
        const type = known.get(asked.type)
        planned = type ? planQuery(asked, type, hidden) : ok(null)
        return planned.ok && planned.value
          ? [compileQuery(scope.tenant.schema, planned.value, reader.value)]
          : []
      },
      { readOnly: true },
    )
    if (!read.ok) return err(failureOf(read.error))
    if (!planned.ok) return planned
    const page = (read.value.rows[0]?.[0]?.['page'] ?? {}) as Page
    const rows = page.records ?? []
    const columns = read.value.types.get(asked.type)?.columns ?? {}
    return ok({
      result: rows.map((row) => renderRecord(asked.type, columns, row, hidden)),
      ...(asked.counts && { info: { count: page.count ?? 0 } }),
    })
  },
})

/** What the statement of a query answers; nothing where there is no such type. */
type Page = { readonly records?: readonly RecordRow[]; readonly count?: number }

function parseQuery(input: v.InferOutput<typeof Input>): Result<Query, Failure> {
  if (Object.keys(input.include).length > 0)
    return err(fail('NotSupported', 'include is not supported yet', { arguments: ['include'] }))
  if (input.desired_keys)
    return err(fail('NotSupported', 'desired_keys is not supported yet', { arguments: ['desired_keys'] }))
  const predicate = input.predicate ? parsePredicate(input.predicate) : ok(null)
  if (!predicate.ok) return predicate
  const sorts = parseSorts(input.sort)
  if (!sorts.ok) return sorts
  const { limit, page } = input
  // The SDK sends page beside the offset it made of it: page counts only where offset says nothing.
  const offset = input.offset || (limit !== null && page !== null && page > 1 ? limit * (page - 1) : 0)
  if (!Number.isSafeInteger(offset)) return err(invalid('offset is out of range', 'offset'))
  return ok({
    type: input.record_type,
    predicate: predicate.value,
    sorts: sorts.value,
    limit,
    offset,
    counts: input.count,
  })
}
