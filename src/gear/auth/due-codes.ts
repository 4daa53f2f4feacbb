import { sql } from 'drizzle-orm'
import { authTables } from '../../../drizzle/auth.ts'
import { coreTables } from '../../../drizzle/core.ts'
import { failureOf } from '../../core/fault.ts'
import type { Scope } from '../../core/gear.ts'
import { CODES_DUE_USERS_MAX } from '../../core/limits.ts'
import { STANDARD_LOGIN_ID_KEYS } from '../../core/login-id.ts'
import type { Database } from '../../core/ports.ts'
import type { RecordHooks } from '../../core/record/hooks.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import { sendCode } from './verification.ts'
import { isSentOnUpdate, prepareVerification, watchedFields } from './verified-fields.ts'

/**
 * Codes for a verified field that changes, where the app wants them (v1 protocol, section 4.13): noted in the
 * transaction that changes it and sent after the answer, so that a change is answered by one code, whoever makes it and
 * however many at once. What may not be sent any more is forgotten: its user can ask for it later.
 */
export const dueCodeHooks: Pick<RecordHooks, 'first' | 'after'> = {
  first(drafts, scope) {
    if (drafts.every(({ type }) => type !== 'user')) return []
    const { schema, messaging } = scope.tenant
    const writers = (names: readonly string[]) =>
      drafts.flatMap(({ type, key, fields }) =>
        type === 'user' && names.some((name) => fields[name]?.writes) ? [key] : [],
      )
    const watched = watchedFields(scope.tenant)
    const verified = messaging.verification.keys.map(({ key }) => key)
    const users = writers([...STANDARD_LOGIN_ID_KEYS, ...verified, ...watched])
    return [
      ...(users.length > 0 ? [lockUsers(schema, { users: JSON.stringify(users) })] : []),
      ...(writers(watched).length > 0 ? [prepareVerification(scope)] : []),
    ]
  },
  after(saved, scope) {
    if (!isSentOnUpdate(scope.tenant)) return
    const users = saved.flatMap(({ type, key, change }) =>
      type === 'user' && change === 'modified' ? [key] : [],
    )
    if (users.length > 0) scope.afterwards((db) => sendDue(users, db, scope))
  },
}

type Due = {
  readonly user: string
  readonly name: string
  readonly target: string
  readonly is_late: boolean
}

/** Takes what is due to all of them, so that no later call finds it, and sends it to the first. */
async function sendDue(users: readonly string[], db: Database, scope: Scope): Promise<void> {
  const taken = await db.transact([takeDue(scope.tenant.schema, { users: JSON.stringify(users) })])
  if (!taken.ok) return scope.report(`due codes: ${failureOf(taken.error).name}`)
  const first = new Set(users.slice(0, CODES_DUE_USERS_MAX))
  const due = ((taken.value[0] ?? []) as readonly Due[]).filter(
    ({ user, is_late }) => first.has(user) && !is_late,
  )
  for (const key of scope.tenant.messaging.verification.keys)
    for (const { user, name, target } of due)
      // What could not be sent has been reported.
      if (name === key.key) await sendCode(user, key, db, scope, target)
}

const { code } = tenantTables(authTables)
const { user } = tenantTables(coreTables)

/** The users before their records, as a login locks them, and each save in the same order: nobody waits in a circle. */
const lockUsers = prepare(sql`
  select from ${user} where id = any (array(select jsonb_array_elements_text(${sql.placeholder('users')}::jsonb)))
  order by id for no key update`)

const takeDue = prepare(sql`
  delete from ${code} where purpose = 'due'
    and user_id = any (array(select jsonb_array_elements_text(${sql.placeholder('users')}::jsonb)))
  returning user_id as "user", record_key as name, target, expires_at <= timezone('utc', now()) as is_late`)
