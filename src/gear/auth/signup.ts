import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { PASSWORD_BYTES_MAX } from '../../core/limits.ts'
import type { SqlFault, Statement } from '../../core/ports.ts'
import { decodeFields, type Fields } from '../../core/record/fields.ts'
import { wantedBy } from '../../core/record/extend.ts'
import { isStorable } from '../../core/record/name.ts'
import { changedLoginIds, refusedLoginId, writtenFields } from '../../core/record/upsert.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { compile, inTenant, prepare, tenantTable } from '../../core/sql.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  AuthResponse,
  expiryOf,
  startSession,
  timestampOf,
} from './account.ts'
import { parseAuthData, type LoginId } from './auth-data.ts'

const Input = schema(
  v.object({
    auth_data: v.nullish(AnyObject),
    password: v.nullish(v.string()),
    profile: v.nullish(AnyObject),
    provider: v.nullish(v.string()),
  }),
)

export const signup = action({
  summary: 'Makes a user, by login ids and password or anonymous, with a profile, and logs it in.',
  access: 'key',
  input: Input,
  output: AuthResponse,
  async run(input, scope) {
    if (input.provider) return err(invalid('no such auth provider', 'provider'))
    const loginIds = parseAuthData(input.auth_data)
    if (!loginIds.ok) return loginIds
    const profile = decodeFields(input.profile ?? {})
    if (!profile.ok) return profile
    const password = passwordFor(loginIds.value, input.password ?? '')
    if (!password.ok) return password
    const both = (loginIds.value ?? []).filter(({ key }) => key in profile.value).map(({ key }) => key)
    if (both.length > 0) return err(invalid('given in auth_data and in profile', ...both))
    const refused = refusedLoginId(profile.value)
    if (refused) return err(invalid(`${refused.field} ${refused.fault}`, refused.field))
    const hash = password.value === null ? ok(null) : await scope.passwords.hash(password.value)
    return hash.ok ? create(loginIds.value ?? [], hash.value, profile.value, scope) : hash
  },
})

/** The password to set; null for an anonymous user, who has neither login id nor password (section 4.4). */
function passwordFor(loginIds: readonly LoginId[] | null, password: string): Result<string | null, Failure> {
  if (loginIds === null)
    return password === '' ? ok(null) : err(invalid('auth_data is required with a password', 'auth_data'))
  if (password === '') return err(invalid('password is required', 'password'))
  return checkedPassword(password)
}

export function checkedPassword(password: string): Result<string, Failure> {
  const fits = isStorable(password) && new TextEncoder().encode(password).length <= PASSWORD_BYTES_MAX
  return fits
    ? ok(password)
    : err(invalid(`password is longer than ${PASSWORD_BYTES_MAX} bytes or not text`, 'password'))
}

/** Everything in one transaction: a user is whole or not there. */
async function create(loginIds: readonly LoginId[], hash: string | null, profile: Fields, scope: Scope) {
  const { schema: schemaName } = scope.tenant
  const ids = { user: scope.newId(), session: scope.newId(), authenticator: scope.newId() }
  const wanted = wantedBy([{ type: 'user', fields: profile }])
  if (!wanted.ok) return wanted
  const written = await writeTyped(
    scope,
    wanted.value,
    (columns) => [
      createUser(schemaName, ids),
      // A login id given with the profile is one all the same: the fields are its copies.
      ...[...loginIds, ...changedLoginIds(profile)].map((loginId) =>
        setLoginId(schemaName, { ...ids, ...loginId }),
      ),
      ...(hash === null
        ? []
        : [createAuthenticator(schemaName, ids), setPassword(schemaName, { ...ids, hash })]),
      startSession(schemaName, {
        ...ids,
        client: scope.caller.clientId,
        expiresAt: timestampOf(expiryOf(scope)),
      }),
      createProfile(schemaName, ids.user, loginIds, profile, columns('user')),
      accountStatement(schemaName, ids),
      // Last, so that the answer has the times of before: a new user never logged in and was never seen.
      noteLogin(schemaName, ids),
      noteLoginInProfile(schemaName, ids),
    ],
    takenOr,
  )
  if (!written.ok) return written
  const account = accountOf(written.value.rows.at(-3))
  if (!account) return err(fail('UnexpectedAuthInfoNotFound', 'the new user is not there'))
  return ok({ result: await authResponse(scope, account, ids.session, written.value.types) })
}

const takenOr = (fault: SqlFault): Failure =>
  fault.code === '23505' ? fail('Duplicated', 'a user with these login ids exists') : failureOf(fault)

const { user, role, userRole } = coreTables(tenantTable)
const { authenticator, password } = authTables(tenantTable)
const { profile: profileTable } = recordTables(tenantTable)

const createUser = prepare(sql`
  with created as (insert into ${user} (id) values (${sql.placeholder('user')}) returning id)
  insert into ${userRole} (auth_id, role_id)
  select created.id, r.id from created, ${role} as r where r.by_default`)

const setLoginId = prepare(sql`
  select ${inTenant('_auth_set_login_id')}(${sql.placeholder('user')}, ${sql.placeholder('key')},
    ${sql.placeholder('value')}, ${sql.placeholder('folded')})`)

const createAuthenticator = prepare(sql`
  insert into ${authenticator} (id, type, user_id)
  values (${sql.placeholder('authenticator')}, 'password', ${sql.placeholder('user')})`)

const setPassword = prepare(sql`
  insert into ${password} (authenticator_id, user_id, password)
  values (${sql.placeholder('authenticator')}, ${sql.placeholder('user')}, ${sql.placeholder('hash')})`)

/** Both rows that say when a user logged in: v2's and v1's. */
export const noteLogin = prepare(sql`
  update ${user} set last_login_at = timezone('utc', now()), last_seen_at = timezone('utc', now())
  where id = ${sql.placeholder('user')}`)
export const noteLoginInProfile = prepare(sql`
  update ${profileTable} set last_login_at = timezone('utc', now()), _updated_at = timezone('utc', now()),
    _updated_by = ${sql.placeholder('user')} where _id = ${sql.placeholder('user')}`)

/** The user record: owner, creator and updater are the user (v1 protocol, section 4.1). */
function createProfile(
  schemaName: string,
  userId: string,
  loginIds: readonly LoginId[],
  profile: Fields,
  existing: Readonly<Record<string, string>>,
): Statement {
  const written = writtenFields(profile, existing)
  const fields = [...loginIds.map(({ key }) => key), ...written]
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const name of written) values[name] = profile[name]?.column
  for (const { key, value } of loginIds) values[key] = value
  const columns = fields.map((name) => sql`, ${sql.identifier(name)}`)
  return compile(
    schemaName,
    sql`insert into ${profileTable} (_id, _database_id, _owner_id, _created_by, _updated_by, _created_at, _updated_at${sql.join(columns)})
      select _user.id, '', _user.id, _user.id, _user.id, timezone('utc', now()), timezone('utc', now())${sql.join(
        fields.map((name) => sql`, _given.${sql.identifier(name)}`),
      )}
      from (select ${userId}::text as id) as _user, jsonb_populate_record(null::${profileTable}, ${JSON.stringify(values)}::jsonb) as _given`,
  )
}
