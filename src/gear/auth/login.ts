import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { coreTables } from '../../../drizzle/core.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import { PASSWORD_BYTES_MAX } from '../../core/limits.ts'
import { isStorable } from '../../core/record/name.ts'
import { cachedTypes, describedTypes, describeStatement } from '../../core/record/types.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTable } from '../../core/sql.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  AuthResponse,
  expiryOf,
  startSession,
  timestampOf,
} from './account.ts'
import { parseAuthData } from './auth-data.ts'
import { noteLogin, noteLoginInProfile } from './signup.ts'

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
    const loginIds = parseAuthData(input.auth_data)
    if (!loginIds.ok) return loginIds
    const loginId = loginIds.value?.[0]
    if (!loginId) return err(invalid('auth_data is required', 'auth_data'))

    const found = await db.transact([findUser(tenant.schema, loginId)], { readOnly: true })
    if (!found.ok) return err(failureOf(found.error))
    const { id, password } = (found.value[0]?.[0] ?? {}) as { id?: string; password?: string | null }
    // scrypt cannot tell a text from the same with NULs behind it.
    const given =
      input.password.length <= PASSWORD_BYTES_MAX && isStorable(input.password) ? input.password : ''
    const proved = await scope.passwords.verify(given, password ?? null)
    if (!proved.ok) return proved
    if (id === undefined || given === '' || !proved.value) return err(REFUSED)

    const ids = { user: id, session: scope.newId() }
    const known = cachedTypes(tenant, ['user'])
    const entered = await db.transact([
      requireEnabled(tenant.schema, ids),
      describeStatement(tenant.schema, known),
      accountStatement(tenant.schema, ids),
      startSession(tenant.schema, {
        ...ids,
        client: scope.caller.clientId,
        expiresAt: timestampOf(expiryOf(scope)),
      }),
      noteLogin(tenant.schema, ids),
      noteLoginInProfile(tenant.schema, ids),
    ])
    if (!entered.ok) return err(failureOf(entered.error))
    const account = accountOf(entered.value[2])
    if (!account) return err(REFUSED)
    const types = describedTypes(tenant, known, entered.value[1] ?? [])
    return ok({ result: await authResponse(scope, account, ids.session, types) })
  },
})

const { user } = coreTables(tenantTable)
const { identity, loginId, password } = authTables(tenantTable)

/** Who has this login id, and the hash of its password where it has one. */
const findUser = prepare(sql`
  select i.user_id as id, p.password
  from ${loginId} as l join ${identity} as i on i.id = l.identity_id
  left join ${password} as p on p.user_id = i.user_id
  where l.login_id_key = ${sql.placeholder('key')} and l.unique_key = ${sql.placeholder('folded')}`)

const requireEnabled = prepare(
  sql`select ${inTenant('_core_require_enabled')}(u) from ${user} as u where u.id = ${sql.placeholder('user')}`,
)
