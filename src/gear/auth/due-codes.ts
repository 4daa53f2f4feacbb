import { sql } from 'drizzle-orm'
import { authTables } from '../../../drizzle/auth.ts'
import { failureOf } from '../../core/fault.ts'
import type { Scope } from '../../core/gear.ts'
import { CODES_DUE_USERS_MAX } from '../../core/limits.ts'
import type { Database } from '../../core/ports.ts'
import type { RecordHooks } from '../../core/record/hooks.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { sendCode } from './verification.ts'
import { isSentOnUpdate, prepareVerification, watchedFields } from './verified-fields.ts'

/**
 * Codes for a verified field that changes, where the app wants them (v1 protocol, section 4.13): noted in the
 * transaction that changes it and sent after the answer, so that a change is answered by one code, whoever makes it and
 * however many at once. What may not be sent any more stays unsent: its user can ask for it later.
 */
export const dueCodeHooks: Pick<RecordHooks, 'first' | 'after'> = {
  first(drafts, scope) {
    const watched = watchedFields(scope.tenant)
    const isWatched = drafts.some(
      ({ type, fields }) => type === 'user' && watched.some((name) => fields[name]?.writes),
    )
    return isWatched ? [prepareVerification(scope)] : []
  },
  after(saved, scope) {
    if (!isSentOnUpdate(scope.tenant)) return
    const users = saved.flatMap(({ type, key, change }) =>
      type === 'user' && change === 'modified' ? [key] : [],
    )
    if (users.length > 0) scope.afterwards((db) => sendDue(users.slice(0, CODES_DUE_USERS_MAX), db, scope))
  },
}

async function sendDue(users: readonly string[], db: Database, scope: Scope): Promise<void> {
  const taken = await db.transact([takeDue(scope.tenant.schema, { users: JSON.stringify(users) })])
  if (!taken.ok) return scope.report(`due codes: ${failureOf(taken.error).name}`)
  const due = (taken.value[0] ?? []) as readonly { readonly user: string; readonly name: string }[]
  for (const key of scope.tenant.messaging.verification.keys)
    for (const { user, name } of due)
      // What could not be sent has been reported.
      if (name === key.key) await sendCode(user, key, db, scope)
}

const { code } = tenantTables(authTables)

const takeDue = prepare(sql`
  delete from ${code} where purpose = 'due'
    and user_id = any (array(select jsonb_array_elements_text(${sql.placeholder('users')}::jsonb)))
  returning user_id as "user", record_key as name`)
