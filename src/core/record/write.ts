import type { Failure } from '../failure.ts'
import { failureOf } from '../fault.ts'
import type { Scope } from '../gear.ts'
import { TYPED_ATTEMPTS_MAX } from '../limits.ts'
import type { Row, SqlFault, Statement } from '../ports.ts'
import { err, ok, type Result } from '../result.ts'
import { extendStatement, mayNotExtend, missingFrom, type Wanted } from './extend.ts'
import {
  areSame,
  cachedTypes,
  describedTypes,
  describeStatement,
  mayBeStale,
  rulesAhead,
  tableShapes,
  TYPE_CHANGED,
  type KnownTypes,
  type TypeAccess,
} from './types.ts'

/** The rows of each of the caller's statements, and the types as that transaction had them. */
export type WriteAnswer = { readonly rows: readonly (readonly Row[])[]; readonly types: KnownTypes }

/**
 * Writes records of some types in one transaction, which first makes what their schema lacks, where the caller may.
 * Without an extension the transaction requires the types to be as assumed: nothing is written on an old idea of them.
 * One round trip in the steady state; more where this isolate meets a type for the first time, or finds that the type
 * changed behind its back. `columns`, of a type, includes those that are being made; `access` is its rules.
 * `isExtended`: the schema is changed before, in the same transaction.
 */
export async function writeTyped<Refusal = Failure>(
  { tenant, caller, db }: Pick<Scope, 'tenant' | 'caller' | 'db'>,
  wanted: Wanted,
  statements: (
    columns: (type: string) => Readonly<Record<string, string>>,
    access: (type: string) => TypeAccess | undefined,
    isExtended: boolean,
  ) => readonly Statement[],
  explain: (fault: SqlFault) => Refusal,
): Promise<Result<WriteAnswer, Failure | Refusal>> {
  let known = cachedTypes(tenant, wanted.keys())
  let ahead: ReadonlyMap<string, TypeAccess> = new Map()
  const refresh = async (): Promise<Result<void, SqlFault>> => {
    const answer = await db.transact([describeStatement(tenant.schema, known)], { readOnly: true })
    if (!answer.ok) return answer
    ahead = rulesAhead(known, answer.value[0] ?? [])
    known = describedTypes(tenant, known, answer.value[0] ?? [])
    return ok(undefined)
  }
  for (let attempt = 1; ; attempt++) {
    let missing = missingFrom(known, wanted)
    if (!missing.ok || missing.value) {
      // What the isolate remembers may be old: nothing is refused or extended on its word.
      const refreshed = await refresh()
      if (!refreshed.ok) return err(failureOf(refreshed.error))
      missing = missingFrom(known, wanted)
    }
    if (!missing.ok) return missing
    const extension = missing.value
    if (extension && !tenant.developmentMode && caller.key !== 'master') return err(mayNotExtend(extension))

    const current = known
    const columns = (type: string) => ({ ...extension?.get(type), ...current.get(type)?.columns })
    const access = (type: string) => current.get(type)?.access ?? ahead.get(type)
    const planned = statements(columns, access, extension !== null)
    const answer = extension
      ? await db.transact([
          extendStatement(tenant, extension),
          describeStatement(tenant.schema, known),
          ...planned,
        ])
      : await db.transact(planned, { tables: tableShapes(known) })
    if (answer.ok && extension) {
      const [, described = [], ...rows] = answer.value
      return ok({ rows, types: describedTypes(tenant, known, described) })
    }
    if (answer.ok) return ok({ rows: answer.value, types: known })
    if (attempt === TYPED_ATTEMPTS_MAX || !mayBeStale(answer.error)) return err(explain(answer.error))
    const refreshed = await refresh()
    if (!refreshed.ok) return err(failureOf(refreshed.error))
    if (answer.error.code !== TYPE_CHANGED && areSame(current, known)) return err(explain(answer.error))
  }
}
