import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { fail, failureItem, invalid } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { assetUrls } from '../../core/asset/url.ts'
import { action } from '../../core/gear.ts'
import { BoundedMap } from '../../core/bounded-map.ts'
import { BATCH_ITEMS_MAX, QUERY_SHAPE_CHARS_MAX, STATEMENT_SHAPES_CHARS_MAX } from '../../core/limits.ts'
import type { Statement } from '../../core/ports.ts'
import { fieldAccess, type FieldAccess } from '../../core/record/field-access.ts'
import { formatRecordId, parseRecordId, type RecordId } from '../../core/record/name.ts'
import { renderRecord, type RecordJson, type RecordRow } from '../../core/record/render.ts'
import type { KnownTypes } from '../../core/record/types.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, type Prepared } from '../../core/sql.ts'
import { projection, rowJson, type Projection } from './query/projection.ts'
import { mayRead, type Reader, readerOf, readerShape, readerValues } from './reader.ts'
import { transactTyped } from './typed.ts'
import { AnyRecord } from './wire.ts'

export const Ids = v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(BATCH_ITEMS_MAX))

export const fetch = action({
  summary: 'Fetches records by id; a record that is not there, or not for the caller, is an item error.',
  access: 'optional user',
  gated: true,
  input: schema(v.object({ ids: Ids, database_id: v.nullish(v.unknown()) })),
  output: schema(v.array(AnyRecord)),
  async run({ ids, database_id }, scope) {
    const reader = readerOf(scope.caller, database_id)
    if (!reader.ok) return reader
    const parsed = ids.map(parseRecordId)
    if (parsed.includes(null)) return err(invalid('an id is type/key', 'ids'))
    const wanted = parsed.filter((id) => id !== null)

    const types = new Set(wanted.map(({ type }) => type))
    const read = await transactTyped(
      scope,
      types,
      (known) =>
        fetchStatements(scope.tenant.schema, wanted, known, reader.value, fieldAccess(known, scope.caller)),
      { readOnly: true },
    )
    if (!read.ok) return err(failureOf(read.error))
    const urls = assetUrls(scope)
    const found = new Map<string, RecordJson>()
    for (const [i, type] of existing(read.value.types).entries()) {
      const columns = read.value.types.get(type)?.columns ?? {}
      for (const row of (read.value.rows[i]?.[0]?.['records'] ?? []) as readonly RecordRow[])
        found.set(`${type}/${row._id}`, renderRecord(type, columns, row, urls))
    }
    return ok({ result: wanted.map((id) => found.get(formatRecordId(id)) ?? notFound(id)) })
  },
})

/** One wording for "not there" and "not for you": the caller must not learn which. */
const notFound = (id: RecordId) =>
  failureItem(fail('ResourceNotFound', 'record not found'), formatRecordId(id))

const existing = (known: KnownTypes): string[] =>
  [...known].flatMap(([type, columns]) => (columns ? [type] : []))

/** One statement per type that exists. */
const fetchStatements = (
  schemaName: string,
  ids: readonly RecordId[],
  known: KnownTypes,
  reader: Reader,
  access: FieldAccess,
): readonly Statement[] =>
  existing(known).map((type) => {
    const fields = projection(type, known.get(type)?.columns ?? {}, access)
    return fetchStatement(
      type,
      fields,
      reader,
      access,
    )(schemaName, {
      ...readerValues(reader),
      ...access.values,
      keys: ids.filter((id) => id.type === type).map(({ key }) => key),
    })
  })

const statements = new BoundedMap<string, Prepared>(STATEMENT_SHAPES_CHARS_MAX, (shape) => shape.length)

function fetchStatement(type: string, fields: Projection, reader: Reader, access: FieldAccess): Prepared {
  const shape = JSON.stringify([type, readerShape(reader), fields && [fields, access.shape]])
  const known = statements.get(shape)
  if (known) return known
  const row = sql`_row`
  const prepared = prepare(
    sql`select array_to_json(array(select ${rowJson(row, type, fields, access)} from ${inTenant(type)} as _row
      where _row."_id" = any(${sql.placeholder('keys')}::text[]) and ${mayRead(row, type, reader)})) as records`,
    'records',
  )
  if (shape.length <= QUERY_SHAPE_CHARS_MAX) statements.set(shape, prepared)
  return prepared
}
