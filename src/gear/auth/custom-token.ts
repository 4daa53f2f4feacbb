import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { recordTables } from '../../../drizzle/record.ts'
import type { Caller } from '../../core/caller.ts'
import { fail, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import type { Statement } from '../../core/ports.ts'
import { wantedBy } from '../../core/record/extend.ts'
import type { Fields } from '../../core/record/fields.ts'
import { columnFor } from '../../core/record/geometry.ts'
import { addedStatements, refusedBefore, tellSaved } from '../../core/record/hooks.ts'
import type { RecordType, TypeAccess } from '../../core/record/types.ts'
import { writtenFields } from '../../core/record/upsert.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { prepare, tenantTables } from '../../core/sql.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  AuthResponse,
  expiryOf,
  requireEnabled,
  startSession,
  sweepSessions,
  timestampOf,
} from './account.ts'
import { auditing } from './audit.ts'
import { authSection } from './config.ts'
import { greet } from './greet.ts'
import { NO_USER } from './me.ts'
import {
  changeProfile,
  ensureUser,
  giveDefaultAccess,
  noteLogin,
  noteLoginInProfile,
  setProfileLoginIds,
  takenOr,
} from './new-user.ts'
import { decodeProfile, profileDraft } from './profile.ts'

export const customTokenLogin = action({
  summary: 'Logs in whom a token of the app’s own server names, making the user at first. Two round trips.',
  access: 'key',
  input: schema(v.object({ token: v.nullish(v.string(), '') })),
  output: AuthResponse,
  async run({ token }, scope) {
    const { custom_token_secret: secret } = authSection.of(scope.tenant)
    if (secret === undefined) return err(fail('NotConfigured', 'this app takes no custom tokens'))
    const claims = await scope.tokens.verifyCustom(secret, token, scope.now)
    if (!claims.ok) return claims
    const profile = decodeProfile(claims.value.profile, scope)
    if (!profile.ok) return profile

    const { principalId } = claims.value
    const known = await userOf(principalId, scope)
    if (!known.ok) return known
    const entered = await enterAs(principalId, known.value, profile.value, scope)
    if (entered.ok || known.value !== null || entered.error.name !== 'Duplicated') return entered
    // Another first login of the same principal may have been sooner.
    const sooner = await userOf(principalId, scope)
    if (!sooner.ok) return sooner
    return sooner.value === null ? entered : enterAs(principalId, sooner.value, profile.value, scope)
  },
})

async function userOf(principalId: string, { tenant, db }: Scope): Promise<Result<string | null, Failure>> {
  const found = await db.transact([findUser(tenant.schema, { principal: principalId })])
  if (!found.ok) return err(failureOf(found.error))
  return ok((found.value[0]?.[0]?.['user'] ?? null) as string | null)
}

/** Everything in one transaction. A user who has vanished comes back under the same id (v1 protocol, section 4.11). */
async function enterAs(principalId: string, known: string | null, profile: Fields, scope: Scope) {
  const { tenant, caller } = scope
  const ids = { user: known ?? scope.newId(), session: scope.newId() }
  const draft = profileDraft(ids.user, profile)
  const refused = refusedBefore(draft, scope)
  if (refused) return err(refused)
  const audit = auditing(scope, 'login_success', ids.user, { by: 'custom_token' })
  const wanted = wantedBy([{ type: 'user', fields: profile }])
  if (!wanted.ok) return wanted
  const written = await writeTyped(
    scope,
    wanted.value,
    (columns, access) => [
      ensureUser(tenant.schema, ids),
      ...defaultAccess(tenant.schema, ids.user, access('user')),
      requireEnabled(tenant.schema, ids),
      ...(known === null ? [nameUser(tenant.schema, { ...ids, principal: principalId })] : []),
      ...mergeProfile(tenant.schema, ids.user, profile, columns('user'), caller),
      ...setProfileLoginIds(tenant.schema, ids.user, profile),
      ...addedStatements([draft], scope),
      startSession(tenant.schema, {
        ...ids,
        client: caller.clientId,
        expiresAt: timestampOf(expiryOf(scope)),
      }),
      audit.note,
      accountStatement(tenant.schema, ids),
      // The user before the sessions, as a change of the password locks them.
      noteLogin(tenant.schema, ids),
      noteLoginInProfile(tenant.schema, ids),
      sweepSessions(tenant.schema, ids),
    ],
    takenOr,
  )
  if (!written.ok) return audit.settle(err(written.error))
  const account = accountOf(written.value.rows.at(-4))
  if (account)
    tellSaved([{ type: draft.type, key: draft.key, change: known === null ? 'created' : 'modified' }], scope)
  if (account && known === null) greet(ids.user, account.profile?.['email'], scope)
  return account
    ? audit.settle(ok({ result: await authResponse(scope, account, ids.session, written.value.types) }))
    : err(NO_USER)
}

const { customToken } = tenantTables(authTables)
const { profile: profileTable } = tenantTables(recordTables)

const findUser = prepare(
  sql`select (select user_id from ${customToken} where principal_id = ${sql.placeholder('principal')}) as user`,
  'user',
)

const nameUser = prepare(sql`
  insert into ${customToken} (user_id, principal_id, _created_at)
  values (${sql.placeholder('user')}, ${sql.placeholder('principal')}, timezone('utc', now()))`)

const defaultAccess = (schemaName: string, user: string, access: TypeAccess | undefined) =>
  access?.default ? [giveDefaultAccess(schemaName, { user, access: JSON.stringify(access.default) })] : []

/** The fields that are given overwrite the record's. */
function mergeProfile(
  schemaName: string,
  userId: string,
  profile: Fields,
  existing: RecordType['columns'],
  caller: Caller,
): readonly Statement[] {
  const written = writtenFields(profile, existing)
  if (written.length === 0) return []
  const values = Object.fromEntries(
    written.map((name) => [name, profile[name] && columnFor(profile[name], existing[name])]),
  )
  const changes = written.map((name) => sql`${sql.identifier(name)} = _given.${sql.identifier(name)}`)
  return [
    changeProfile(
      schemaName,
      sql`update ${profileTable} as _row set ${sql.join(changes, sql`, `)}
        from jsonb_populate_record(null::${profileTable}, ${JSON.stringify(values)}::jsonb) as _given
        where _row._id = ${userId} and _row._database_id = ''`,
      written,
      existing,
      caller,
    ),
  ]
}
