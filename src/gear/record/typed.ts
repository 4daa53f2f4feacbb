import type { Scope } from '../../core/gear.ts'
import { TYPED_ATTEMPTS_MAX } from '../../core/limits.ts'
import type { Row, SqlFault, Statement } from '../../core/ports.ts'
import {
  cachedTypes,
  refreshTypes,
  requireStatements,
  TYPE_CHANGED,
  type KnownTypes,
} from '../../core/record/types.ts'
import { err, ok, type Result } from '../../core/result.ts'

export type Typed = { readonly rows: readonly (readonly Row[])[]; readonly types: KnownTypes }

/**
 * Runs statements that depend on the columns of some types, in a transaction that requires the types to be as assumed.
 * One round trip in the steady state, more where this isolate meets a type for the first time or the type has
 * changed. No statements: nothing to ask, or the plan was refused.
 */
export async function transactTyped(
  { tenant, db }: Pick<Scope, 'tenant' | 'db'>,
  types: Iterable<string>,
  statements: (known: KnownTypes) => readonly Statement[],
  { readOnly }: { readonly readOnly: boolean },
): Promise<Result<Typed, SqlFault>> {
  let known = cachedTypes(tenant, types)
  let isFresh = false
  for (let attempt = 1; ; attempt++) {
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
    const required = requireStatements(tenant.schema, known)
    const answer = await db.transact([...required, ...planned], { readOnly })
    if (answer.ok) return ok({ rows: answer.value.slice(required.length), types: known })
    if (attempt === TYPED_ATTEMPTS_MAX || answer.error.code !== TYPE_CHANGED) return err(answer.error)
    known = new Map([...known.keys()].map((type) => [type, null]))
    isFresh = false
  }
}
