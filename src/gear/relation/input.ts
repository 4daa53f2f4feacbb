import * as v from 'valibot'
import { fail, type Failure } from '../../core/failure.ts'
import { BATCH_ITEMS_MAX } from '../../core/limits.ts'
import { isStorable } from '../../core/record/name.ts'
import { RELATIONS, type Relation } from '../../core/record/relation.ts'
import { err, ok, type Result } from '../../core/result.ts'

export const Targets = v.pipe(
  v.nullish(v.array(v.pipe(v.string(), v.check(isStorable, 'is not text'))), []),
  v.maxLength(BATCH_ITEMS_MAX),
)

/** `friend` and `follow`, with or without the underscore of their tables; others: NotSupported. */
export function relationNamed(name: string): Result<Relation['name'], Failure> {
  const known = RELATIONS.find((relation) => relation === name || relation === `_${name}`)
  return known ? ok(known) : err(fail('NotSupported', 'a relation is friend or follow'))
}
