import * as v from 'valibot'
import { fail, failureBody, failureItem, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { assetUrls, type AssetUrls } from '../../core/asset/url.ts'
import { action, type Scope } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { BATCH_ITEMS_MAX } from '../../core/limits.ts'
import type { SqlFault, Statement } from '../../core/ports.ts'
import { parseAccess } from '../../core/record/access.ts'
import { wantedBy } from '../../core/record/extend.ts'
import { decodeFields } from '../../core/record/fields.ts'
import {
  addedStatements,
  admit,
  firstStatements,
  givenFields,
  refusedBefore,
  tellSaved,
  type SavedRecord,
} from '../../core/record/hooks.ts'
import { formatRecordId, parseRecordId } from '../../core/record/name.ts'
import { renderRecord, type RecordRow } from '../../core/record/render.ts'
import type { KnownTypes } from '../../core/record/types.ts'
import { rowValues, upsertTexts, type RecordDraft, type Writer } from '../../core/record/upsert.ts'
import { upsertMany, upsertOne } from '../../core/record/plain-upsert.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok, type Result } from '../../core/result.ts'
import {
  atomicFailure,
  batchStatement,
  isOfStep,
  outcomesOf,
  refusedIn,
  stepFailure,
  type StepOutcome,
} from './batch.ts'
import { selectDatabase } from './database.ts'
import { AnyRecord } from './wire.ts'
import { schema } from '../../core/schema.ts'

const Input = schema(
  v.object({
    records: v.pipe(v.array(AnyObject), v.minLength(1), v.maxLength(BATCH_ITEMS_MAX)),
    atomic: v.nullish(v.boolean(), false),
    database_id: v.nullish(v.unknown()),
  }),
)

export const save = action({
  summary: 'Saves records, extending the schema where that is allowed; one transaction, one round trip.',
  access: 'user',
  gated: true,
  input: Input,
  output: schema(v.array(AnyRecord)),
  async run({ records, atomic, database_id }, scope) {
    const writer = writerOf(scope, database_id, atomic ?? false)
    if (!writer.ok) return writer
    const items = records.map((item) => parseItem(item, scope))
    const refused = items.flatMap((item) => (item.ok ? [] : [failureBody(item.error)]))
    if (atomic && refused.length > 0)
      return err(fail('InvalidArgument', 'a record is not valid', { arguments: 'records', errors: refused }))

    const drafts = items.flatMap((item) => (item.ok ? [item.value] : []))
    const saved = drafts.length === 0 ? ok([]) : await write(drafts, writer.value, scope)
    if (!saved.ok) return saved
    const outcomes = [...saved.value]
    return ok({
      result: items.flatMap((item) => (item.ok ? outcomes.splice(0, 1) : [failureItem(item.error)])),
    })
  },
})

function writerOf(
  { tenant, caller }: Scope,
  databaseId: unknown,
  isAtomic: boolean,
): Result<Writer, Failure> {
  const database = selectDatabase(databaseId, caller)
  if (!database.ok) return database
  if (database.value.id === null) return err(fail('NotSupported', 'the union database is read-only'))
  if (!caller.user) return err(fail('NotAuthenticated', 'login required'))
  return ok({
    userId: caller.user.id,
    isMaster: caller.key === 'master',
    databaseId: database.value.id,
    isAtomic,
    userKeys: tenant.userKeys,
  })
}

/** One item of `records` (v1 protocol, section 5.4, step 1). */
function parseItem(item: Readonly<Record<string, unknown>>, scope: Scope): Result<RecordDraft, Failure> {
  const id = parseRecordId(item['_id'])
  if (!id) return err(invalid('_id is not a record id: type/key', 'id'))
  const access = parseAccess(item['_access'])
  if (!access.ok) return err(invalid(access.error, '_access'))
  const fields = decodeFields(item)
  if (!fields.ok) return fields
  const draft = { ...id, access: access.value, fields: givenFields(id.type, fields.value, scope) }
  const refused = refusedBefore(draft, scope)
  return refused ? err(refused) : ok(draft)
}

type Written = ReturnType<typeof renderRecord> | ReturnType<typeof failureItem>

async function write(
  drafts: readonly RecordDraft[],
  writer: Writer,
  scope: Scope,
): Promise<Result<readonly Written[], Failure>> {
  const { schema: schemaName } = scope.tenant
  const wanted = wantedBy(drafts)
  if (!wanted.ok) return wanted
  const admitted = await admit(drafts, scope)
  if (!admitted.ok) return admitted
  const first = firstStatements(drafts, scope)
  const added = addedStatements(drafts, scope)
  let alone: Statement | null = null
  const answer = await writeTyped(
    scope,
    wanted.value,
    (columns, access, isExtended) => {
      const ruledOf = (type: string) => {
        const rules = access(type)
        return { columns: columns(type), ...(rules && { access: rules }) }
      }
      const textOf = new Map(
        [...wanted.value.keys()].map(
          (type) => [type, upsertTexts(schemaName, type, ruledOf(type), writer)] as const,
        ),
      )
      const steps = drafts.flatMap((draft) => {
        const texts = textOf.get(draft.type)?.(draft)
        return texts === undefined ? [] : [{ draft, ...texts }]
      })
      const [step] = steps
      // In one transaction with an extension, or with what others add, what Postgres refuses could be either.
      alone =
        step && steps.length === 1 && !isExtended && first.length + added.length === 0
          ? upsertOne(schemaName, ruledOf(step.draft.type), writer, step.draft, step.why)
          : null
      if (alone) return [alone]
      const each = steps.map(({ draft, ...texts }) => ({
        ...texts,
        values: rowValues(draft, writer, columns(draft.type)),
      }))
      const many =
        step && steps.length > 1 ? upsertMany(schemaName, ruledOf(step.draft.type), writer, drafts) : null
      return [...first, batchStatement(schemaName, each, writer.isAtomic, many), ...added]
    },
    (fault): Failure | Refused =>
      fault.code === 'SG115'
        ? atomicFailure(drafts, refusedIn(fault.detail), stepFailure)
        : alone && isOfStep(fault)
          ? { refused: fault }
          : failureOf(fault),
  )
  const urls = assetUrls(scope)
  if (!answer.ok) {
    if (!('refused' in answer.error)) return err(answer.error)
    const error = { ...answer.error.refused, position: 0 }
    return writer.isAtomic
      ? err(atomicFailure(drafts, [error], stepFailure))
      : ok(drafts.map((draft) => written(draft, new Map(), { error }, urls)))
  }
  const rows = answer.value.rows[first.length]
  const outcomes = alone
    ? [{ record: rows?.[0]?.['outcome'] as RecordRow }]
    : outcomesOf<RecordRow>(rows, keysOf(drafts))
  admitted.value(drafts.filter((_, i) => outcomes[i] && 'record' in outcomes[i]))
  tellSaved(changesOf(drafts, outcomes), scope)
  return ok(
    outcomes.flatMap((done, i) => (drafts[i] ? [written(drafts[i], answer.value.types, done, urls)] : [])),
  )
}

const keysOf = (drafts: readonly RecordDraft[]) => drafts.map(({ key }) => key)

/** What was stored, in order. A record is as old as its last change when it is made, and once in a call. */
function changesOf(
  drafts: readonly RecordDraft[],
  outcomes: readonly StepOutcome<RecordRow>[],
): readonly SavedRecord[] {
  const seen = new Set<string>()
  return drafts.flatMap(({ type, key }, i) => {
    const outcome = outcomes[i]
    if (!outcome || 'error' in outcome) return []
    const id = formatRecordId({ type, key })
    const isNew = outcome.record._created_at === outcome.record._updated_at && !seen.has(id)
    seen.add(id)
    return [{ type, key, change: isNew ? 'created' : 'modified' }]
  })
}

/** A record that was saved alone and is refused. */
type Refused = { readonly refused: SqlFault }

function written(
  draft: RecordDraft,
  types: KnownTypes,
  done: StepOutcome<RecordRow>,
  urls: AssetUrls,
): Written {
  if ('error' in done) return failureItem(stepFailure(done.error), formatRecordId(draft))
  return renderRecord(draft.type, types.get(draft.type)?.columns ?? {}, done.record, urls)
}
