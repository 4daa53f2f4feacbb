import type { Scope } from '../../core/gear.ts'
import type { Row, SqlFault, Statement } from '../../core/ports.ts'
import {
  cachedTypes,
  assumedOtherSchema,
  describedTypes,
  describeStatement,
  refreshTypes,
  sameTypes,
  type KnownTypes,
} from '../../core/record/types.ts'
import { err, ok, type Result } from '../../core/result.ts'

export type Typed = { readonly rows: readonly (readonly Row[])[]; readonly types: KnownTypes }

/**
 * Runs statements that depend on the columns of some types. The same transaction describes those types, so what was
 * read under another schema than assumed is noticed and read again (what was written stands). One round trip in the
 * steady state, one more where this isolate meets a type for the first time or the type has changed. No statements:
 * nothing to ask, or the plan was refused.
 */
export async function transactTyped(
  { tenant, db }: Pick<Scope, 'tenant' | 'db'>,
  types: Iterable<string>,
  statements: (known: KnownTypes) => readonly Statement[],
  { readOnly }: { readonly readOnly: boolean },
): Promise<Result<Typed, SqlFault>> {
  let known = cachedTypes(tenant, types)
  let isFresh = false
  for (let isLast = false; ; isLast = true) {
    let planned = [...known.values()].includes(null) ? [] : statements(known)
    // Nothing to do is never concluded from memory: the types, and the caller's session, are looked up first.
    if (planned.length === 0 && !isFresh) {
      const refreshed = await refreshTypes(tenant, db, known)
      if (!refreshed.ok) return refreshed
      known = refreshed.value
      isFresh = true
      planned = statements(known)
    }
    if (planned.length === 0) return ok({ rows: [], types: known })
    const answer = await db.transact([describeStatement(tenant.schema, known), ...planned], { readOnly })
    if (answer.ok) {
      const [described = [], ...rows] = answer.value
      const actual = describedTypes(tenant, known, described)
      if (isLast || !readOnly || sameTypes(known, actual)) return ok({ rows, types: actual })
      known = actual
    } else {
      if (isLast || !assumedOtherSchema(answer.error)) return err(answer.error)
      const refreshed = await refreshTypes(tenant, db, known)
      if (!refreshed.ok) return refreshed
      known = refreshed.value
    }
  }
}
