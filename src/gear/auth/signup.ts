import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { invalid, type Failure } from '../../core/failure.ts'
import { action, type Scope } from '../../core/gear.ts'
import { AnyObject } from '../../core/json-object.ts'
import type { Fields } from '../../core/record/fields.ts'
import { refusedBefore } from '../../core/record/hooks.ts'
import type { RecordDraft } from '../../core/record/upsert.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import { AuthResponse } from './account.ts'
import { auditing } from './audit.ts'
import { parseAuthData, type AuthData } from './auth-data.ts'
import { authSection } from './config.ts'
import { limited } from './limits.ts'
import { makeUser } from './make-user.ts'
import { newPassword, rememberPassword } from './new-password.ts'
import { ensureIdentity, giveDefaultRoles, setLoginIds } from './new-user.ts'
import { decodeProfile, profileDraft } from './profile.ts'

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
    const authData = parseAuthData(input.auth_data, authSection.of(scope.tenant).auth_record_keys)
    if (!authData.ok) return authData
    const profile = decodeProfile(input.profile ?? {}, scope)
    if (!profile.ok) return profile
    const given = givenPassword(authData.value, input.password ?? '')
    if (!given.ok) return given
    const { loginIds = [], fields = {} } = authData.value ?? {}
    const both = [...loginIds.map(({ key }) => key), ...Object.keys(fields)].filter((key) =>
      Object.hasOwn(profile.value, key),
    )
    if (both.length > 0) return err(invalid('given in auth_data and in profile', ...both))
    const texts = { ...fields, ...Object.fromEntries(loginIds.map(({ key, value }) => [key, value])) }
    const draft = profileDraft(scope.newId(), { ...profile.value, ...textFields(texts) })
    const refused = refusedBefore(draft, scope)
    if (refused) return err(refused)
    const attempt = await limited(scope, 'signup', null)
    if (!attempt.ok) return attempt
    const userData = { ...input.profile, ...input.auth_data }
    const hash = given.value === null ? ok(null) : await newPassword(given.value, userData, null, scope)
    if (!hash.ok) return hash
    return create(draft, authData.value, profile.value, hash.value, scope)
  },
})

/** The password to set; null for an anonymous user, who has neither login id nor password (section 4.4). */
function givenPassword(authData: AuthData | null, password: string): Result<string | null, Failure> {
  if (authData === null)
    return password === '' ? ok(null) : err(invalid('auth_data is required with a password', 'auth_data'))
  return password === '' ? err(invalid('password is required', 'password')) : ok(password)
}

/** Fields that hold text, null being one that has no text yet. */
const textFields = (texts: Readonly<Record<string, string | null>>): Fields =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      { type: 'string', column: text, writes: text !== null },
    ]),
  )

function create(
  draft: RecordDraft,
  authData: AuthData | null,
  given: Fields,
  hash: string | null,
  scope: Scope,
) {
  const { loginIds = [], fields = {} } = authData ?? {}
  const { schema: schemaName, userKeys: lists, developmentMode } = scope.tenant
  const ids = { user: draft.key, authenticator: scope.newId() }
  const mayExtend = developmentMode || scope.caller.key === 'master'
  return makeUser(
    {
      draft,
      loginIds,
      profile: { ...given, ...textFields(fields) },
      // What users are known by is theirs.
      granted: Object.keys(fields),
      required: textFields(Object.fromEntries(lists.flat().map((field) => [field, null]))),
      // Without lists there is nothing to require, and only who may change the schema can drop what once was.
      before:
        lists.length > 0 || mayExtend
          ? [requireUnique(schemaName, { lists: JSON.stringify(lists), mayExtend })]
          : [],
      credentials: [
        giveDefaultRoles(schemaName, ids),
        ...setLoginIds(schemaName, ids.user, loginIds),
        ...(hash === null
          ? []
          : [
              createAuthenticator(schemaName, ids),
              setPassword(schemaName, { ...ids, hash }),
              ...rememberPassword(scope, ids.user, hash),
            ]),
        ...(loginIds.length === 0 ? [ensureIdentity(schemaName, ids)] : []),
      ],
    },
    auditing(scope, 'signup', ids.user),
    scope,
  )
}

const { authenticator, password } = tenantTables(authTables)

const createAuthenticator = prepare(sql`
  insert into ${authenticator} (id, type, user_id)
  values (${sql.placeholder('authenticator')}, 'password', ${sql.placeholder('user')})`)

const setPassword = prepare(sql`
  insert into ${password} (authenticator_id, user_id, password)
  values (${sql.placeholder('authenticator')}, ${sql.placeholder('user')}, ${sql.placeholder('hash')})`)

const requireUnique = prepare(sql`
  select ${inTenant('_auth_require_unique')}(${sql.placeholder('lists')}::jsonb, ${sql.placeholder('mayExtend')})`)
