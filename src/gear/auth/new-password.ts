import { sql } from 'drizzle-orm'
import { authTables } from '../../../drizzle/auth.ts'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { invalid, type Failure } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import { PASSWORDS_COMPARED_MAX, PASSWORD_BYTES_MAX } from '../../core/limits.ts'
import type { Row, Statement } from '../../core/ports.ts'
import { isStorable, utf8Bytes } from '../../core/record/name.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import type { PasswordPolicy } from '../../core/tenant.ts'
import { authSection } from './config.ts'
import { brokenRule, guessable, knownWords, reused, type UserData } from './password-policy.ts'

/** A user's password as it is stored, and what a new one is judged by. */
export type StoredPassword = {
  readonly hash: string | null
  /** When it was set: what tells it from the user's other passwords. */
  readonly set_at: string | null
  /** Earlier hashes that the policy asks about, latest first. */
  readonly earlier: readonly string[]
  readonly profile: UserData | null
}

const { user } = tenantTables(coreTables)
const { password, passwordHistory } = tenantTables(authTables)
const { profile } = tenantTables(recordTables)

const stored = prepare(
  sql`select (select json_build_object(
      'hash', p.password, 'set_at', p.updated_at,
      'earlier', (select coalesce(json_agg(h.password), '[]') from (
        select password from ${passwordHistory} where auth_id = u.id order by logged_at desc, id limit least(${PASSWORDS_COMPARED_MAX},
          greatest(${sql.placeholder('size')}::bigint, (select count(*) from ${passwordHistory}
            where auth_id = u.id and logged_at >= ${sql.placeholder('since')}::timestamp)))) as h),
      'profile', (select row_to_json(_profile) from ${profile} as _profile
        where _profile._id = u.id and _profile._database_id = ''))
    from ${user} as u left join ${password} as p on p.user_id = u.id
    where u.id = ${sql.placeholder('user')}) as stored`,
  'stored',
)

/** One row with one column, null where there is no such user. */
export const storedPassword = ({ tenant, now }: Scope, userId: string): Statement =>
  stored(tenant.schema, { user: userId, ...remembered(tenant.passwordPolicy, now) })

export const storedPasswordOf = (rows: readonly Row[] | undefined): StoredPassword | null =>
  (rows?.[0]?.['stored'] ?? null) as StoredPassword | null

/** The latest so many and those since midnight UTC so many days ago, whichever are more (v1 protocol, section 4.3). */
function remembered({ history_size: size, history_days: days }: PasswordPolicy, now: Date) {
  const midnight = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - days))
  return { size, since: days === 0 ? 'infinity' : midnight.toISOString().slice(0, -1) }
}

/** A text that can be a password at all. */
export function checkedPassword(given: string): Result<string, Failure> {
  const fits = isStorable(given) && utf8Bytes(given) <= PASSWORD_BYTES_MAX
  return fits
    ? ok(given)
    : err(invalid(`password is longer than ${PASSWORD_BYTES_MAX} bytes or not text`, 'password'))
}

/** The hash of a new password that the app's policy lets pass; `before` null: its user has had none. */
export async function newPassword(
  given: string,
  userData: UserData,
  before: StoredPassword | null,
  { tenant, passwords, strength }: Pick<Scope, 'tenant' | 'passwords' | 'strength'>,
): Promise<Result<string, Failure>> {
  const checked = checkedPassword(given)
  if (!checked.ok) return checked
  const policy = tenant.passwordPolicy
  const broken = brokenRule(given, policy, authSection.of(tenant).password_excluded_fields, userData)
  if (broken) return err(broken)
  // No score is below level 1.
  if (policy.minimum_guessable_level > 1) {
    const weak = guessable(await strength.score(given, knownWords(userData, policy)), policy)
    if (weak) return err(weak)
  }
  if (keepsHistory(policy) && before) {
    const hashes = new Set([...(before.hash === null ? [] : [before.hash]), ...before.earlier])
    for (const hash of hashes) {
      const same = await passwords.verify(given, hash)
      if (!same.ok) return same
      if (same.value) return err(reused(policy))
    }
  }
  return passwords.hash(given)
}

const keepsHistory = ({ history_size, history_days }: PasswordPolicy): boolean =>
  history_size > 0 || history_days > 0

const remember = prepare(sql`
  select ${inTenant('_auth_remember_password')}(${sql.placeholder('user')}, ${sql.placeholder('hash')},
    ${sql.placeholder('size')}::bigint, ${sql.placeholder('since')}::timestamp)`)

/** Notes the password in its user's history, where the app keeps one. */
export const rememberPassword = (
  { tenant, now }: Scope,
  userId: string,
  hash: string,
): readonly Statement[] =>
  keepsHistory(tenant.passwordPolicy)
    ? [remember(tenant.schema, { user: userId, hash, ...remembered(tenant.passwordPolicy, now) })]
    : []

const setPassword = prepare(sql`
  select ${inTenant('_auth_set_password')}(${sql.placeholder('user')}, ${sql.placeholder('proved')}::timestamp,
    ${sql.placeholder('hash')})`)

/**
 * Makes the hash the user's password and ends the user's sessions. `proved`: refuses (SG105) where the password is not
 * the one that was set then any more; null: whatever it is.
 */
export const setPasswordStatements = (
  scope: Scope,
  userId: string,
  proved: string | null,
  hash: string,
): readonly Statement[] => [
  setPassword(scope.tenant.schema, { user: userId, proved, hash }),
  ...rememberPassword(scope, userId, hash),
]
