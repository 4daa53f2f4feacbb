import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { authTables } from '../../../drizzle/auth.ts'
import { recordTables } from '../../../drizzle/record.ts'
import type { Caller } from '../../core/caller.ts'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action, type Scope } from '../../core/gear.ts'
import { PRINCIPAL_BYTES_MAX } from '../../core/limits.ts'
import type { CustomClaims, Statement } from '../../core/ports.ts'
import { wantedBy } from '../../core/record/extend.ts'
import type { Fields } from '../../core/record/fields.ts'
import { columnFor } from '../../core/record/geometry.ts'
import { addedStatements, firstStatements, refusedBefore, tellSaved } from '../../core/record/hooks.ts'
import { utf8Bytes } from '../../core/record/name.ts'
import type { RecordType } from '../../core/record/types.ts'
import { writtenFields } from '../../core/record/upsert.ts'
import { isStorableJson } from '../../core/record/value.ts'
import { writeTyped } from '../../core/record/write.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import {
  accountOf,
  accountStatement,
  authResponse,
  AuthResponse,
  lockUser,
  requireEnabled,
  sessionValues,
  startSession,
  sweepSessions,
} from './account.ts'
import { auditing } from './audit.ts'
import { authSection } from './config.ts'
import { makeUser } from './make-user.ts'
import { NO_USER } from './me.ts'
import { noProfileOr, withProfile } from './missing-profile.ts'
import { changeProfile, noteLogin, noteLoginInProfile, setProfileLoginIds, takenOr } from './new-user.ts'
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
    if (utf8Bytes(claims.value.principalId) > PRINCIPAL_BYTES_MAX)
      return err(invalid(`sub is longer than ${PRINCIPAL_BYTES_MAX} bytes`, 'token'))
    const profile = decodeProfile(claims.value.profile, scope)
    if (!profile.ok) return profile
    // It is kept as it came, too, with what is no field.
    if (!isStorableJson(claims.value.profile))
      return err(
        invalid('skyprofile holds text that is not valid Unicode, or a number out of range', 'skyprofile'),
      )

    const principal: Principal = { ...claims.value, fields: profile.value }
    const known = await holderOf(principal, scope)
    if (!known.ok) return known
    if (known.value) return enterAs(known.value, principal, scope)
    const made = await make(principal, scope)
    if (made.ok || made.error.name !== 'Duplicated') return made
    // Another first login of the same principal may have been sooner.
    const sooner = await holderOf(principal, scope)
    if (!sooner.ok) return sooner
    return sooner.value ? enterAs(sooner.value, principal, scope) : made
  },
})

/** `profile` is as the token has it, `fields` the same decoded. */
type Principal = CustomClaims & { readonly fields: Fields }
type Holder = { readonly user: string; readonly identity: string }

async function holderOf(
  { principalId }: Principal,
  { tenant, db }: Scope,
): Promise<Result<Holder | null, Failure>> {
  const found = await db.transact([findHolder(tenant.schema, { principal: principalId })])
  if (!found.ok) return err(failureOf(found.error))
  return ok((found.value[0]?.[0]?.['holder'] ?? null) as Holder | null)
}

/** The app's own server vouches for all of the profile. */
function make(principal: Principal, scope: Scope) {
  const draft = profileDraft(scope.newId(), principal.fields)
  const refused = refusedBefore(draft, scope)
  if (refused) return err(refused)
  const ids = { user: draft.key, identity: scope.newId(), ...said(principal) }
  const credentials = [createIdentity(scope.tenant.schema, ids), namePrincipal(scope.tenant.schema, ids)]
  const granted = Object.keys(principal.fields)
  return makeUser(
    { draft, loginIds: [], profile: principal.fields, granted, credentials },
    auditing(scope, 'login_success', draft.key, { by: 'custom_token' }),
    scope,
  )
}

/** Everything in one transaction. */
async function enterAs(holder: Holder, principal: Principal, scope: Scope) {
  const { tenant, caller } = scope
  const { fields: profile } = principal
  const sessionId = scope.newId()
  const ids = { ...holder, ...said(principal), ...sessionValues(scope, sessionId) }
  const draft = profileDraft(holder.user, profile)
  const refused = refusedBefore(draft, scope)
  if (refused) return err(refused)
  const audit = auditing(scope, 'login_success', holder.user, { by: 'custom_token' })
  const wanted = wantedBy([{ type: 'user', fields: profile }])
  if (!wanted.ok) return wanted
  const written = await withProfile(scope, () =>
    writeTyped(
      scope,
      wanted.value,
      (columns) => [
        // The user before the record, as a login locks them.
        lockUser(tenant.schema, ids),
        requireEnabled(tenant.schema, ids),
        noteSaid(tenant.schema, ids),
        ...firstStatements([draft], scope),
        ...mergeProfile(tenant.schema, holder.user, profile, columns('user'), caller),
        ...setProfileLoginIds(tenant.schema, holder.user, profile, tenant.userKeys),
        ...addedStatements([draft], scope),
        startSession(tenant.schema, ids),
        audit.note,
        accountStatement(tenant.schema, ids),
        // The user before the sessions, as a change of the password locks them.
        noteLogin(tenant.schema, ids),
        noteLoginInProfile(tenant.schema, ids),
        sweepSessions(tenant.schema, ids),
      ],
      noProfileOr(takenOr),
    ),
  )
  if (!written.ok) return audit.settle(err(written.error))
  const account = accountOf(written.value.rows.at(-4))
  if (!account) return err(NO_USER)
  tellSaved([{ type: draft.type, key: draft.key, change: 'modified' }], scope)
  return audit.settle(ok({ result: await authResponse(scope, account, sessionId, written.value.types) }))
}

const { identity, customToken } = tenantTables(authTables)
const { profile: profileTable } = tenantTables(recordTables)

const findHolder = prepare(
  sql`select (select json_build_object('user', i.user_id, 'identity', i.id)
    from ${customToken} as t join ${identity} as i on i.id = t.identity_id
    where t.provider_user_id = ${sql.placeholder('principal')}) as holder`,
  'holder',
)

/** The values of the placeholders that hold what the token says. */
const said = ({ principalId, profile }: Principal) => ({
  principal: principalId,
  raw: JSON.stringify(profile),
})

const createIdentity = prepare(sql`
  insert into ${identity} (id, type, user_id)
  values (${sql.placeholder('identity')}, 'custom_token', ${sql.placeholder('user')})`)

const namePrincipal = prepare(sql`
  insert into ${customToken} (identity_id, provider_user_id, raw_profile, claims)
  select ${sql.placeholder('identity')}, ${sql.placeholder('principal')}, _said.raw,
    ${inTenant('_auth_claims')}(_said.raw)
  from (select ${sql.placeholder('raw')}::jsonb as raw) as _said`)

/** The identity before the principal, as where it is taken away. */
const noteSaid = prepare(sql`
  with _identity as (
    update ${identity} as i set updated_at = timezone('utc', now())
    from ${customToken} as t where i.id = ${sql.placeholder('identity')} and t.identity_id = i.id
      and t.raw_profile <> ${sql.placeholder('raw')}::jsonb returning i.id)
  update ${customToken} as t set raw_profile = _said.raw, claims = ${inTenant('_auth_claims')}(_said.raw)
  from _identity, (select ${sql.placeholder('raw')}::jsonb as raw) as _said where t.identity_id = _identity.id`)

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
