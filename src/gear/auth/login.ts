import { sql, type SQL } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { PASSWORD_BYTES_MAX } from '../../core/limits.ts'
import type { Statement } from '../../core/ports.ts'
import { isStorable } from '../../core/record/name.ts'
import { err } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import { AuthResponse, requireEnabled, sweepSessions } from './account.ts'
import { auditing } from './audit.ts'
import { accountKey, parseAuthData, type AuthData } from './auth-data.ts'
import { authSection } from './config.ts'
import { enter } from './enter.ts'
import { limited } from './limits.ts'
import { noteLogin, noteLoginInProfile } from './new-user.ts'

const Input = schema(
  v.object({
    auth_data: v.nullish(AnyObject),
    password: v.nullish(v.string(), ''),
    provider: v.nullish(v.string()),
  }),
)

/** One answer for whoever may not log in, so that nobody learns who has an account (the old server told). */
const REFUSED: Failure = fail('InvalidCredentials', 'no user with these login ids and this password')

export const login = action({
  summary:
    'Logs a user in by login id and password. Two round trips: the stored hash is needed before the login.',
  access: 'key',
  input: Input,
  output: AuthResponse,
  async run(input, scope) {
    const { tenant, db } = scope
    if (input.provider) return err(invalid('no such auth provider', 'provider'))
    const authData = parseAuthData(input.auth_data, authSection.of(tenant).auth_record_keys)
    if (!authData.ok) return authData
    if (!authData.value) return err(invalid('auth_data is required', 'auth_data'))

    const [attempt, found] = await Promise.all([
      limited(scope, 'login', accountKey(authData.value)),
      db.transact([findUser(tenant.schema, authData.value.lookup)], { readOnly: true }),
    ])
    if (!attempt.ok) return attempt
    if (!found.ok) {
      attempt.value.forgiven()
      return err(failureOf(found.error))
    }
    const { id, identity: by, hash, set_at } = (found.value[0]?.[0]?.['found'] ?? {}) as Found
    const audit = auditing(scope, 'login_success', id ?? null)
    // scrypt cannot tell a text from the same with NULs behind it.
    const given =
      input.password.length <= PASSWORD_BYTES_MAX && isStorable(input.password) ? input.password : ''
    const proved = await scope.passwords.verify(given, hash ?? null)
    if (!proved.ok) {
      attempt.value.forgiven()
      return proved
    }
    if (id === undefined || !hash || given === '' || !proved.value) return audit.settle(err(REFUSED))
    attempt.value.passed()
    // Where no hash is to be had now, another login will do it.
    const rehashed = scope.passwords.isOutdated(hash) ? await scope.passwords.hash(given) : null

    const values = { user: id, proved: set_at, rehashed: rehashed?.ok ? rehashed.value : null }
    const entered = await enter(
      scope,
      { user: id, identity: by },
      [requirePassword(tenant.schema, values), requireEnabled(tenant.schema, values)],
      [
        noteLogin(tenant.schema, values),
        noteLoginInProfile(tenant.schema, values),
        sweepSessions(tenant.schema, values),
        audit.note,
      ],
    )
    return audit.settle(entered)
  },
})

const { identity, loginId, password } = tenantTables(authTables)

type Found = {
  readonly id?: string
  readonly identity?: string | null
  readonly hash?: string | null
  readonly set_at?: string | null
}

/** The user, by which identity, and the password where there is one; null where nobody is found. */
const foundBy = (id: SQL) =>
  prepare(
    sql`select (select json_build_object('id', _found.id, 'identity', _found.identity, 'hash', p.password, 'set_at', p.updated_at)
      from (${id}) as _found left join ${password} as p on p.user_id = _found.id) as found`,
    'found',
  )
const findByLoginId = foundBy(sql`
  select i.user_id as id, i.id as identity from ${loginId} as l join ${identity} as i on i.id = l.identity_id
  where l.login_id_key = ${sql.placeholder('key')} and l.unique_key = ${sql.placeholder('folded')}`)
const findByFields = foundBy(sql`
  select found.id, null as identity from ${inTenant('_auth_find_by_fields')}(${sql.placeholder('fields')}::jsonb) as found(id)
  where found.id is not null`)
const findUser = (schemaName: string, lookup: AuthData['lookup']): Statement =>
  'loginId' in lookup
    ? findByLoginId(schemaName, lookup.loginId)
    : findByFields(schemaName, { fields: JSON.stringify(lookup.fields) })

const requirePassword = prepare(sql`
  select ${inTenant('_auth_require_password')}(${sql.placeholder('user')}, ${sql.placeholder('proved')}::timestamp,
    ${sql.placeholder('rehashed')})`)
