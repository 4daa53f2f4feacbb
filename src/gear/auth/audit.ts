import { sql, type SQL } from 'drizzle-orm'
import { MASTER_USER_ID } from '../../core/caller.ts'
import { failureStatus, type Failure } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import { AUDIT_DATA_CHARS_MAX } from '../../core/limits.ts'
import type { Statement } from '../../core/ports.ts'
import type { Result } from '../../core/result.ts'
import { inTenant, prepare } from '../../core/sql.ts'
import { timestampOf } from './account.ts'
import { authSection } from './config.ts'

/** Skygear v1's events (protocol, section 4.15), and those of our own actions. */
export type AuditEvent =
  | 'signup'
  | 'login_success'
  | 'login_failure'
  | 'logout'
  | 'change_password'
  | 'reset_password'
  | 'change_roles'
  | 'disable_user'
  | 'enable_user'
  | 'revoke_sessions'
  | 'link_oauth'
  | 'unlink_oauth'

export type AuditData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** One event of a request, on its way into the trail. Off or on, an action does the same. */
export type Audit = {
  /** Notes that it happened: part of the transaction in which it does, so that both are true or neither. */
  readonly note: Statement
  /** The values of `noting`, for an action whose work is one statement. */
  readonly values: { readonly entry: string; readonly days: number }
  /**
   * To be asked with what the action answers, which it gives back: tells the app's own server of the event, and notes a
   * refusal, both after the answer. What failed on our side, or never came to be judged, is none.
   */
  readonly settle: <T>(outcome: Result<T, Failure>) => Result<T, Failure>
}

/**
 * `userId`: whom the event is about; null where nobody knows. `data` must hold no secret, nor anything that a person
 * typed where a password may have been meant.
 */
export function auditing(
  scope: Scope,
  event: AuditEvent,
  userId: string | null,
  data: AuditData = {},
): Audit {
  const { audit_days: days } = authSection.of(scope.tenant)
  const happened = entryOf(scope, event, userId, 'OK', data)
  const values = { entry: JSON.stringify(happened), days }
  return {
    values,
    note: note(scope.tenant.schema, values),
    settle(outcome) {
      if (outcome.ok) tell(scope, happened)
      else if (failureStatus(outcome.error) < 500) {
        // A sign-up that is refused makes nobody.
        const about = event === 'signup' ? null : userId
        const refused = entryOf(scope, WHERE_REFUSED[event] ?? event, about, outcome.error.name, data)
        if (days > 0)
          scope.afterwards((db) =>
            db.transact([note(scope.tenant.schema, { entry: JSON.stringify(refused), days })]),
          )
        tell(scope, refused)
      }
      return outcome
    },
  }
}

/** v1 has a word of its own for one of them. */
const WHERE_REFUSED: Partial<Record<AuditEvent, AuditEvent>> = { login_success: 'login_failure' }

/** Notes an event where a statement does the work: once for each row that this is asked for. */
export const noting: SQL = sql`${inTenant('_auth_note')}(${sql.placeholder('entry')}::jsonb, ${sql.placeholder('days')}::int)`
const note = prepare(sql`select ${noting}`)

type Entry = ReturnType<typeof entryOf>

function entryOf(
  { caller, origin, now }: Scope,
  event: AuditEvent,
  userId: string | null,
  result: 'OK' | Failure['name'],
  data: AuditData,
) {
  return {
    at: timestampOf(now),
    event,
    result,
    auth_id: userId,
    // In whose place the master key's holder acts, `auth_id` says, or nobody needs to know.
    actor_id: caller.key === 'master' ? MASTER_USER_ID : (caller.user?.id ?? null),
    request_id: origin.requestId,
    address: origin.address,
    user_agent: origin.userAgent,
    claims: origin.claims,
    data: bounded(data),
  }
}

/** Without its lists where it is too long: how much is noted is not the caller's choice. */
function bounded(data: AuditData): AuditData {
  if (JSON.stringify(data).length <= AUDIT_DATA_CHARS_MAX) return data
  const short = Object.entries(data).map(([name, value]): [string, AuditData[string]] =>
    Array.isArray(value) ? [name, `${value.length} items`] : [name, cut(value)],
  )
  return Object.fromEntries(short)
}
const cut = (value: AuditData[string]) =>
  typeof value === 'string' ? value.slice(0, AUDIT_DATA_CHARS_MAX) : value

/** To the app's own server, in the words of v1's log beside our own. */
function tell({ tenant, webhooks, afterwards }: Scope, entry: Entry): void {
  const { audit_url: url } = authSection.of(tenant)
  if (url === undefined) return
  const { claims } = entry
  const body = JSON.stringify({
    app: tenant.appId,
    ...entry,
    at: `${entry.at}Z`,
    tcp_remote_addr: entry.address ?? '',
    http_x_forwarded_for: claims['x-forwarded-for'] ?? '',
    http_x_real_ip: claims['x-real-ip'] ?? '',
    http_forwarded: claims.forwarded ?? '',
  })
  afterwards(() => webhooks.post(tenant, url, body))
}
