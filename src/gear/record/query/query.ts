import * as v from 'valibot'
import { invalid, type Failure } from '../../../core/failure.ts'
import { failureOf } from '../../../core/fault.ts'
import { assetUrls, type AssetUrls } from '../../../core/asset/url.ts'
import { action } from '../../../core/gear.ts'
import { AnyObject } from '../../../core/json-object.ts'
import { BoundedMap } from '../../../core/bounded-map.ts'
import { QUERY_SHAPE_CHARS_MAX, STATEMENT_SHAPES_CHARS_MAX } from '../../../core/limits.ts'
import { fieldAccess, type FieldAccess } from '../../../core/record/field-access.ts'
import { isRecordName } from '../../../core/record/name.ts'
import { renderRecord, type RecordJson, type RecordRow } from '../../../core/record/render.ts'
import type { KnownTypes } from '../../../core/record/types.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import type { Prepared } from '../../../core/sql.ts'
import { readerOf, readerShape, readerValues, type Reader } from '../reader.ts'
import { transactTyped } from '../typed.ts'
import { AnyRecord } from '../wire.ts'
import type { Query } from './ast.ts'
import { compileQuery } from './compile.ts'
import { parseIncludes, parsePredicate, parseSorts } from './parse.ts'
import { waysOf } from './path.ts'
import { planQuery, type Planned, type QueryPlan } from './plan.ts'

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
  gated: true,
  illTyped: 'InvalidArgument',
  input: schema(Input),
  output: schema(v.array(AnyRecord)),
  async run(input, scope) {
    const reader = readerOf(scope.caller, input.database_id)
    if (!reader.ok) return reader
    const parsed = parseQuery(input)
    if (!parsed.ok) return parsed
    const asked = parsed.value

    let planned: Result<Planned | null, Failure> = ok(null)
    const read = await transactTyped(
      scope,
      { type: asked.type, ways: waysOf(asked) },
      (known) => {
        const access = fieldAccess(known, scope.caller)
        planned = known.get(asked.type) ? planQuery(asked, known, access) : ok(null)
        if (!planned.ok || !planned.value) return []
        const { plan, values } = planned.value
        const statement = statementOf(plan, reader.value, access)
        return [
          statement(scope.tenant.schema, { ...readerValues(reader.value), ...access.values, ...values }),
        ]
      },
      { readOnly: true },
    )
    if (!read.ok) return err(failureOf(read.error))
    if (!planned.ok) return planned
    const page = (read.value.rows[0]?.[0]?.['page'] ?? {}) as Page
    const includes = planned.value?.plan.includes ?? []
    const urls = assetUrls(scope)
    return ok({
      result: (page.records ?? []).map((record) => render(record, asked, includes, read.value.types, urls)),
      ...(asked.counts && { info: { count: page.count ?? 0 } }),
    })
  },
})

/** What the statement of a query answers (see `compileQuery`); nothing where there is no such type. */
type Page = { readonly records?: readonly (RecordRow | Included)[]; readonly count?: number }
type Included = readonly [RecordRow, ...(RecordRow | number | null)[]]

const statements = new BoundedMap<string, Prepared>(STATEMENT_SHAPES_CHARS_MAX, (shape) => shape.length)

/** Statements are compiled once for all queries of one shape, whoever's they are. */
function statementOf(plan: QueryPlan, reader: Reader, access: FieldAccess): Prepared {
  const shape = JSON.stringify([readerShape(reader), access.shape, plan])
  const known = statements.get(shape)
  if (known) return known
  const prepared = compileQuery(plan, reader, access)
  if (shape.length <= QUERY_SHAPE_CHARS_MAX) statements.set(shape, prepared)
  return prepared
}

function render(
  record: RecordRow | Included,
  { type, includes }: Query,
  plans: QueryPlan['includes'],
  types: KnownTypes,
  urls: AssetUrls,
): RecordJson {
  const rendered = (of: string, row: RecordRow) => renderRecord(of, types.get(of)?.columns ?? {}, row, urls)
  if (!isIncluding(record)) return rendered(type, record)
  const [row, ...values] = record
  const transient: Record<string, unknown> = {}
  for (const [i, { name }] of includes.entries()) {
    const [plan, value] = [plans[i], values[i] ?? null]
    // A distance to nowhere is left out; a reference to nothing is null (v1 protocol, section 5.6).
    if (plan?.kind === 'distance' && value === null) continue
    const isRow = plan?.kind === 'record' && typeof value === 'object' && value !== null
    // Not assigned: a name may be `__proto__`.
    Object.defineProperty(transient, name, {
      value: isRow ? rendered(plan.type, value) : value,
      enumerable: true,
    })
  }
  return { ...rendered(type, row), ...(Object.keys(transient).length > 0 && { _transient: transient }) }
}

const isIncluding = (record: RecordRow | Included): record is Included => Array.isArray(record)

function parseQuery(input: v.InferOutput<typeof Input>): Result<Query, Failure> {
  const predicate = input.predicate ? parsePredicate(input.predicate) : ok(null)
  if (!predicate.ok) return predicate
  const sorts = parseSorts(input.sort)
  if (!sorts.ok) return sorts
  const includes = parseIncludes(input.include)
  if (!includes.ok) return includes
  const { limit, page } = input
  // The SDK sends page beside the offset it made of it: page counts only where offset says nothing.
  const offset = input.offset || (limit !== null && page !== null && page > 1 ? limit * (page - 1) : 0)
  if (!Number.isSafeInteger(offset)) return err(invalid('offset is out of range', 'offset'))
  return ok({
    type: input.record_type,
    predicate: predicate.value,
    sorts: sorts.value,
    includes: includes.value,
    desiredKeys: input.desired_keys ? new Set(input.desired_keys) : null,
    limit,
    offset,
    counts: input.count,
  })
}
