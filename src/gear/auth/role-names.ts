import * as v from 'valibot'
import { BATCH_ITEMS_MAX } from '../../core/limits.ts'
import { isStorable } from '../../core/record/name.ts'

/** Names of roles; a role is made when it is first mentioned (v1 protocol, section 4.14). */
export const RoleNames = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.check((name) => name !== '' && isStorable(name), 'is not the name of a role'),
    ),
  ),
  v.maxLength(BATCH_ITEMS_MAX),
)

export const UserIds = v.pipe(
  v.array(v.pipe(v.string(), v.check(isStorable, 'is not text'))),
  v.maxLength(BATCH_ITEMS_MAX),
)
