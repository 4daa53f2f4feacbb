import type { Scope } from '../../core/gear.ts'
import { TYPED_ATTEMPTS_MAX } from '../../core/limits.ts'
import type { Row, SqlFault, Statement } from '../../core/ports.ts'
import {
  areKnown,
  areSame,
  cachedTypes,
  mayBeStale,
  refreshTypes,
  tableShapes,
  TYPE_CHANGED,
  type KnownTypes,
} from '../../core/record/types.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { refreshReached, typesReached, type Reach } from './query/reach.ts'

export type Typed = { readonly rows: readonly (readonly Row[])[]; readonly types: KnownTypes }

/**
 * Runs statements that depend on the columns of some types, or of a type and those that it reaches, in a transaction
 * that requires the types to be as assumed.
 * One round trip in the steady state, more where this isolate meets a type for the first time or the type has
 * changed; a name of no type is one that it has met. No statements: nothing to ask, or the plan was refused.
 */
export async function transactTyped(
  { tenant, db }: Pick<Scope, 'tenant' | 'db'>,
  types: Iterable<string> | Reach,
  statements: (known: KnownTypes) => readonly Statement[],
  { readOnly }: { readonly readOnly: boolean },
): Promise<Result<Typed, SqlFault>> {
  let known = 'ways' in types ? typesReached(tenant, types) : cachedTypes(tenant, types)
  let isFresh = false
  for (let attempt = 1; ; attempt++) {
    const planned = isFresh || areKnown(tenant, known) ? statements(known) : []
    let refused: SqlFault | null = null
    if (planned.length > 0) {
      const answer = await db.transact(planned, { readOnly, tables: tableShapes(known) })
      if (answer.ok) return ok({ rows: answer.value, types: known })
      refused = answer.error
      if (attempt === TYPED_ATTEMPTS_MAX || !mayBeStale(refused)) return err(refused)
    } else if (isFresh) return ok({ rows: [], types: known })
    // Nothing to do is never concluded from memory: the types, and the caller's session, are looked up first.
    const refreshed = await ('ways' in types
      ? refreshReached(tenant, db, types)
      : refreshTypes(tenant, db, known))
    if (!refreshed.ok) return refreshed
    if (refused && refused.code !== TYPE_CHANGED && areSame(known, refreshed.value)) return err(refused)
    known = refreshed.value
    isFresh = true
  }
}
