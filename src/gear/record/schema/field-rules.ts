import * as v from 'valibot'
import { AnyObject } from '../../../core/json-object.ts'
import { BATCH_ITEMS_MAX } from '../../../core/limits.ts'
import { ANY, inOrder, parseRole } from '../../../core/record/field-access.ts'
import { isRecordName, isStorable } from '../../../core/record/name.ts'
import type { FieldRule } from '../../../core/record/types.ts'
import { schema } from '../../../core/schema.ts'

const NameOrAny = v.pipe(
  v.string(),
  v.check((name) => name === ANY || isRecordName(name), 'is neither a name nor *'),
)
const UserRole = v.pipe(
  v.string(),
  v.check((role) => {
    const parsed = parseRole(role)
    return parsed !== null && isStorable(role) && (!parsed.kind.endsWith(':') || parsed.name !== '')
  }, 'is not a user role'),
)

const FieldRules = v.pipe(
  v.array(
    v.pipe(
      AnyObject,
      v.object({
        record_type: NameOrAny,
        record_field: NameOrAny,
        user_role: UserRole,
        writable: v.boolean(),
        readable: v.boolean(),
        comparable: v.boolean(),
        discoverable: v.boolean(),
      }),
    ),
  ),
  v.maxLength(BATCH_ITEMS_MAX),
  v.check(
    (rules) => new Set(rules.map(keyOf)).size === rules.length,
    'has two entries for one field and role',
  ),
)
const keyOf = ({ record_type, record_field, user_role }: FieldRule): string =>
  JSON.stringify([record_type, record_field, user_role])

/** The whole table of field access, as sent; null where it is none (v1 protocol, section 6). */
export function parseFieldRules(given: unknown): readonly FieldRule[] | null {
  const parsed = v.safeParse(FieldRules, given)
  return parsed.success ? parsed.output : null
}

export const AnsweredRules = schema(v.object({ access: v.array(v.looseObject({ record_type: v.string() })) }))

/** In the order in which they are asked: by type and field, those for any last, then by role. */
export const sorted = (rules: readonly FieldRule[]): FieldRule[] =>
  inOrder(rules).toSorted(
    (a, b) => compare(a.record_type, b.record_type) || compare(a.record_field, b.record_field),
  )
const compare = (a: string, b: string): number =>
  a === b ? 0 : a === ANY ? 1 : b === ANY ? -1 : a < b ? -1 : 1
