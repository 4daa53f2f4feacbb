import * as v from 'valibot'
import { fail, invalid, type Failure } from '../../../core/failure.ts'
import { action } from '../../../core/gear.ts'
import { AnyObject, type JsonObject } from '../../../core/json-object.ts'
import { BATCH_ITEMS_MAX, RECORD_FIELDS_MAX } from '../../../core/limits.ts'
import { developing } from '../../../core/privilege.ts'
import { extendStatement, type Wanted } from '../../../core/record/extend.ts'
import { fieldNameFault } from '../../../core/record/fields.ts'
import { isRecordName } from '../../../core/record/name.ts'
import type { FieldType } from '../../../core/record/value.ts'
import { err, ok, type Result } from '../../../core/result.ts'
import { schema } from '../../../core/schema.ts'
import { EveryType, withEveryType } from './every-type.ts'

export const createSchema = action({
  summary: 'Makes record types and fields that are not there yet.',
  access: 'key',
  input: schema(v.object({ record_types: AnyObject })),
  output: EveryType,
  async run({ record_types }, scope) {
    const allowed = developing(scope)
    if (!allowed.ok) return allowed
    const wanted = wantedTypes(record_types)
    if (!wanted.ok) return wanted
    return withEveryType(scope, [extendStatement(scope.tenant, wanted.value)])
  },
})

const Definition = v.pipe(
  AnyObject,
  v.object({
    fields: v.nullish(
      v.pipe(
        v.array(v.pipe(AnyObject, v.object({ name: v.string(), type: v.string() }))),
        v.maxLength(RECORD_FIELDS_MAX),
      ),
      [],
    ),
  }),
)

function wantedTypes(recordTypes: JsonObject): Result<Wanted, Failure> {
  const wanted = new Map<string, Record<string, FieldType>>()
  const types = Object.entries(recordTypes)
  if (types.length > BATCH_ITEMS_MAX)
    return err(invalid(`at most ${BATCH_ITEMS_MAX} types at once`, 'record_types'))
  for (const [type, given] of types) {
    if (!isRecordName(type)) return err(invalid('is not a name that a type can have', type.slice(0, 64)))
    const definition = v.safeParse(Definition, given)
    if (!definition.success) return err(invalid('fields is a list of {name, type}', 'record_types'))
    const columns = fieldsOf(definition.output.fields ?? [], type)
    if (!columns.ok) return columns
    wanted.set(type, columns.value)
  }
  return ok(wanted)
}

function fieldsOf(
  fields: readonly { readonly name: string; readonly type: FieldType }[],
  recordType: string,
): Result<Record<string, FieldType>, Failure> {
  // Null-prototype: a field may be called `constructor`.
  const columns = Object.create(null) as Record<string, FieldType>
  for (const { name, type } of fields) {
    const fault = name === '' || name.startsWith('_') ? 'is reserved' : fieldNameFault(name)
    if (fault) return err(invalid(`a field’s name ${fault}`, name.slice(0, 64)))
    if (!isMakeable(type)) return err(invalid('is not a type that a field can be made of', type.slice(0, 80)))
    const before = columns[name]
    if (before !== undefined && before !== type)
      return err(fail('IncompatibleSchema', `${recordType}.${name} is ${before}, not ${type}`))
    columns[name] = type
  }
  return ok(columns)
}

const PLAIN = [
  'string',
  'number',
  'boolean',
  'json',
  'datetime',
  'asset',
  'location',
  'geometry',
  'integer',
  'sequence',
]

function isMakeable(type: FieldType): boolean {
  const target = /^ref\((.+)\)$/s.exec(type)?.[1]
  return target === undefined ? PLAIN.includes(type) : isRecordName(target)
}
