import { sql, type SQLWrapper } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { assetUrls } from '../../core/asset/url.ts'
import type { Scope } from '../../core/gear.ts'
import { SESSIONS_MAX, SESSIONS_SWEPT_MAX } from '../../core/limits.ts'
import type { Row } from '../../core/ports.ts'
import { renderRecord, type RecordRow } from '../../core/record/render.ts'
import type { KnownTypes } from '../../core/record/types.ts'
import { visibleRow } from '../../core/record/visible-row.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, literal, prepare, tenantTables } from '../../core/sql.ts'
import { authSection } from './config.ts'

/** A user with roles and profile, as stored before the request changes anything. */
export type Account = {
  readonly user_id: string
  readonly last_login_at: string | null
  readonly last_seen_at: string | null
  readonly roles: readonly string[]
  readonly profile: RecordRow
}

/** The auth response object (v1 protocol, section 4.1). */
export const AuthResponse = schema(
  v.object({
    user_id: v.string(),
    profile: v.nullable(v.looseObject({ _id: v.string() })),
    access_token: v.string(),
    roles: v.optional(v.array(v.string())),
    last_login_at: v.optional(v.string()),
    last_seen_at: v.optional(v.string()),
  }),
)

/** SQLSTATE of a transaction whose user has no user record; the message is the user's id. */
export const NO_PROFILE = 'SG003'

const { user, userRole, session } = tenantTables(coreTables)
const { identity: identities } = tenantTables(authTables)
const { profile } = tenantTables(recordTables)

/**
 * Statements about one user, whose id `id` is, or finds in the same transaction, and so `identity` the id of the identity
 * by which the user enters: null where it is whichever is the oldest.
 */
export const statementsAbout = (id: SQLWrapper, identity: SQLWrapper) => ({
  /** Before anything else of the user's, whoever changes it: so nobody waits in a circle. */
  lockUser: prepare(sql`select from ${user} where id = ${id} for no key update`),
  /** One row with one column, `account`; NO_PROFILE where the user has no user record (see `withProfile`). */
  accountStatement: prepare(sql`
    select json_build_object(
      'user_id', u.id, 'last_login_at', u.last_login_at, 'last_seen_at', u.last_seen_at,
      'roles', (select coalesce(json_agg(held.role_id order by held.role_id), '[]')
        from ${userRole} as held where held.auth_id = u.id),
      'profile', coalesce((select row_to_json(_profile) from ${profile} as _profile
        where _profile._id = u.id and _profile._database_id = ''),
        ${inTenant('_core_refuse')}(${literal(NO_PROFILE)}, u.id))) as account
    from ${user} as u where u.id = ${id}`),
  /** Refuses (SG127) a user who is disabled now. */
  requireEnabled: prepare(
    sql`select ${inTenant('_core_require_enabled')}(u) from ${user} as u where u.id = ${id}`,
  ),
  /** Starts a session: a token is worth something while its row is there. */
  startSession: prepare(sql`
    insert into ${session} (id, user_id, client_id, expires_at, identity_id, identity_type, identity_updated_at,
      initial_access, last_access)
    select ${sql.placeholder('session')}, ${id}, ${sql.placeholder('client')},
      ${sql.placeholder('expiresAt')}::timestamp, _by.id, _by.type, _by.updated_at, _now.access, _now.access
    from (select ${sql.placeholder('access')}::jsonb as access) as _now
    left join (select i.id, i.type, i.updated_at from ${identities} as i where i.user_id = ${id}
      order by i.id is distinct from ${identity}, i.created_at, i.id limit 1) as _by on true`),
  /** Takes away sessions of the user that nobody can use any more, and what is beyond the newest so many. */
  sweepSessions: prepare(sql`
    delete from ${session} where id in (
      select id from ${session} where user_id = ${id} and (
        expires_at <= timezone('utc', now()) or id in (
          select id from ${session} where user_id = ${id}
          order by created_at desc, id offset ${SESSIONS_MAX} limit ${SESSIONS_SWEPT_MAX}))
      limit ${SESSIONS_SWEPT_MAX} for update skip locked)`),
})

export const { lockUser, accountStatement, requireEnabled, startSession, sweepSessions } = statementsAbout(
  sql.placeholder('user'),
  sql`${sql.placeholder('identity')}::text`,
)

/** The values of a session that starts now, or is prolonged: its id, whose it is and where it comes from. */
export const sessionValues = (scope: Scope, id: string) => ({
  session: id,
  client: scope.caller.clientId,
  expiresAt: timestampOf(expiryOf(scope)),
  access: JSON.stringify(accessOf(scope)),
})

/** An access as v2 keeps it (v2 reference, section 1.11). */
const accessOf = ({ origin, now }: Scope) => ({
  time: now.toISOString(),
  remote: {
    remote_addr: origin.address ?? undefined,
    x_forwarded_for: origin.claims['x-forwarded-for'],
    x_real_ip: origin.claims['x-real-ip'],
    forwarded: origin.claims.forwarded,
  },
  user_agent: origin.userAgent ?? undefined,
})

export const accountOf = (rows: readonly Row[] | undefined): Account | undefined =>
  rows?.[0]?.['account'] as Account | undefined

/** When a token issued now ends, as the app has it. */
export function expiryOf({ tenant, now }: Scope): Date | null {
  const { token_expiry: seconds } = authSection.of(tenant)
  return seconds === 0 ? null : new Date(now.getTime() + seconds * 1000)
}

/** A `timestamp` parameter: UTC without a zone. */
export const timestampOf = (time: Date | null): string | null => time && time.toISOString().slice(0, -1)

export async function authResponse(scope: Scope, account: Account, sessionId: string, types: KnownTypes) {
  const accessToken = await scope.tokens.issue(scope.tenant, {
    userId: account.user_id,
    sessionId,
    issuedAt: scope.now,
    expiresAt: expiryOf(scope),
  })
  const { user_id, roles, profile } = account
  const known = types.get('user')
  const onlooker = { isMaster: scope.caller.key === 'master', userId: user_id, roles }
  return {
    user_id: account.user_id,
    // As record:fetch shows it to its owner.
    profile: known
      ? renderRecord('user', known.columns, visibleRow(profile, 'user', known, onlooker), assetUrls(scope))
      : null,
    access_token: accessToken,
    ...(account.roles.length > 0 && { roles: [...account.roles] }),
    ...(account.last_login_at !== null && { last_login_at: `${account.last_login_at}Z` }),
    ...(account.last_seen_at !== null && { last_seen_at: `${account.last_seen_at}Z` }),
  }
}
