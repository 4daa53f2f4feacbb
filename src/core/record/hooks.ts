import type { Failure } from '../failure.ts'
import type { Scope } from '../gear.ts'
import type { Statement } from '../ports.ts'
import { ok, type Result } from '../result.ts'
import type { Fields } from './fields.ts'
import type { RecordId } from './name.ts'
import type { RecordDraft } from './upsert.ts'
import type { FieldValue } from './value.ts'

/**
 * What a gear has to do with the records that others save: by `record:save`, and as the profiles of those who sign up (v1
 * protocol, section 10.5, has the like for cloud code). Of several gears each is asked, in the order of the register.
 */
export type RecordHooks = {
  /** Fields of a type that the gear alone writes: a record is saved as if it came without them. */
  readonly keeps?: (type: string, scope: Scope) => readonly string[]
  /** Why a record cannot be saved; null: it can. Decided without the database. */
  readonly before?: (draft: RecordDraft, scope: Scope) => Failure | null
  /**
   * Whether these may be tried now, where it is told by a refusal what others have. Asked once a call, before the database
   * is; the answer is to be told which of them were stored.
   */
  readonly admit?: (drafts: readonly RecordDraft[], scope: Scope) => Promise<Result<Admitted, Failure>>
  /** Run in the transaction that saves these records, before them; not where a user is made. */
  readonly first?: (drafts: readonly RecordDraft[], scope: Scope) => readonly Statement[]
  /**
   * Run in the transaction that saves these records, after them, and no round trip of their own. Where they are not saved
   * all or none, some may have been refused by then. What refuses one of these refuses the call.
   */
  readonly statements?: (drafts: readonly RecordDraft[], scope: Scope) => readonly Statement[]
  /** Told of what is stored, once it is. Work of its own goes to `scope.later`, or `scope.afterwards`. */
  readonly after?: (saved: readonly SavedRecord[], scope: Scope) => void
}

type Admitted = (stored: readonly RecordDraft[]) => void

export type SavedRecord = RecordId & { readonly change: 'created' | 'modified' }

/** What is given for a record of the type, but for what gears keep to themselves. */
export function givenFields(type: string, fields: Fields, scope: Scope): Fields {
  const kept = scope.recordHooks.flatMap(({ keeps }) => keeps?.(type, scope) ?? [])
  if (!kept.some((name) => Object.hasOwn(fields, name))) return fields
  const given = Object.create(null) as Record<string, FieldValue>
  for (const [name, value] of Object.entries(fields)) if (!kept.includes(name)) given[name] = value
  return given
}

/** Why a gear will not have the record saved. */
export function refusedBefore(draft: RecordDraft, scope: Scope): Failure | null {
  for (const { before } of scope.recordHooks) {
    const refused = before?.(draft, scope)
    if (refused) return refused
  }
  return null
}

/** Whether the gears let these be tried. */
export async function admit(
  drafts: readonly RecordDraft[],
  scope: Scope,
): Promise<Result<Admitted, Failure>> {
  const told: Admitted[] = []
  for (const hooks of scope.recordHooks) {
    const admitted = await hooks.admit?.(drafts, scope)
    if (admitted?.ok === false) return admitted
    if (admitted) told.push(admitted.value)
  }
  return ok((stored) => told.forEach((tell) => tell(stored)))
}

/** What the gears have done first in the transaction that saves these records. */
export const firstStatements = (drafts: readonly RecordDraft[], scope: Scope): readonly Statement[] =>
  scope.recordHooks.flatMap(({ first }) => first?.(drafts, scope) ?? [])

/** What the gears add to the transaction that saves these records. */
export const addedStatements = (drafts: readonly RecordDraft[], scope: Scope): readonly Statement[] =>
  scope.recordHooks.flatMap(({ statements }) => statements?.(drafts, scope) ?? [])

export function tellSaved(saved: readonly SavedRecord[], scope: Scope): void {
  if (saved.length > 0) for (const { after } of scope.recordHooks) after?.(saved, scope)
}
