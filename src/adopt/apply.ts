import { sql, type SQL } from 'drizzle-orm'
import type { SchemaSession } from './database.ts'
import type { OldForeignKey, Pending } from './found.ts'
import type { GrantedLoginId } from './login-ids.ts'
import { V1_TRIGGER } from './skygear-v1.ts'

/** Login ids in one statement: some 500 KB. */
const LOGIN_IDS_MAX = 5_000

/** Does what is pending, the modules' tables being there. In the caller's transaction. */
export async function apply(session: SchemaSession, pending: Pending): Promise<void> {
  const { rows, at } = session
  if (pending.users > 0) await rows(addUsers(session))
  if (pending.passwords > 0) await rows(addPasswords(session))
  await addLoginIds(session, pending.login_ids)
  await rows(addIdentities(session))
  for (const foreignKey of pending.foreign_keys) await rows(pointToCoreUser(session, foreignKey))
  for (const flag of pending.nullable_role_flags) {
    const column = sql.identifier(flag)
    await rows(sql`update ${at('_role')} set ${column} = false where ${column} is null`)
    await rows(
      sql`alter table ${at('_role')} alter ${column} set default false, alter ${column} set not null`,
    )
  }
  for (const table of pending.notifying)
    await rows(sql`alter table ${at(table)} disable trigger ${sql.identifier(V1_TRIGGER)}`)
}

/**
 * With their accounts at providers and of custom tokens, which later runs leave alone: what a user has lost since is not
 * found again. `is_verified` is the field of v1's verification (section 2.6), where the app had it.
 */
const addUsers = ({ at }: SchemaSession): SQL => sql`
  with added as (${newUsers(at)} returning id
  ), accounts as (
    select gen_random_uuid()::text as id, o.* from ${at('_sso_oauth')} o join added on added.id = o.user_id
    where not exists (select from ${at('_auth_identity_oauth')} i
      where i.provider_type = o.provider and i.provider_keys = '{}' and i.provider_user_id = o.principal_id)
  ), principals as (
    select gen_random_uuid()::text as id, t.* from ${at('_sso_custom_token')} t join added on added.id = t.user_id
    where not exists (select from ${at('_auth_identity_custom_token')} i where i.provider_user_id = t.principal_id)
  ), identities as (
    insert into ${at('_auth_identity')} (id, type, user_id, created_at, updated_at)
    select id, 'oauth', user_id, _created_at, _updated_at from accounts
    union all select id, 'custom_token', user_id, _created_at, _created_at from principals
  ), oauth as (
    insert into ${at('_auth_identity_oauth')}
      (identity_id, provider_type, provider_user_id, token_response, profile, claims)
    select id, provider, principal_id, token_response, profile, ${at('_auth_claims')}(profile) from accounts
  )
  insert into ${at('_auth_identity_custom_token')} (identity_id, provider_user_id)
  select id, principal_id from principals`

const newUsers = (at: SchemaSession['at']): SQL => sql`
  insert into ${at('_core_user')}
    (id, created_at, last_login_at, last_seen_at, disabled, disabled_message, disabled_expiry, verified)
  select a.id, coalesce(u._created_at, a.token_valid_since, timezone('utc', now())), u.last_login_at, a.last_seen_at,
    a.disabled, a.disabled_message, a.disabled_expiry, coalesce(to_jsonb(u) -> 'is_verified' = 'true', false)
  from ${at('_auth')} a left join ${at('user')} u on u._id = a.id and u._database_id = ''
  where not exists (select from ${at('_core_user')} c where c.id = a.id)`

/** `token_valid_since` is when v1 last set the password (section 4.3). */
const addPasswords = ({ at }: SchemaSession): SQL => sql`
  with old as (
    select gen_random_uuid()::text as id, a.id as user_id, a.password,
      coalesce(a.token_valid_since, timezone('utc', now())) as set_at
    from ${at('_auth')} a
    where a.password <> ''
      and not exists (select from ${at('_auth_authenticator_password')} p where p.user_id = a.id)
  ), authenticators as (
    insert into ${at('_auth_authenticator')} (id, type, user_id, created_at)
    select id, 'password', user_id, set_at from old
  )
  insert into ${at('_auth_authenticator_password')} (authenticator_id, user_id, password, updated_at)
  select id, user_id, password, set_at from old`

/** In statements of a bounded size; the users are there. */
export async function addLoginIds(
  session: SchemaSession,
  loginIds: readonly GrantedLoginId[],
): Promise<void> {
  for (let i = 0; i < loginIds.length; i += LOGIN_IDS_MAX)
    await session.rows(loginIdsInsert(session, loginIds.slice(i, i + LOGIN_IDS_MAX)))
}

const loginIdsInsert = ({ at }: SchemaSession, loginIds: readonly GrantedLoginId[]): SQL => sql`
  with old as (
    select gen_random_uuid()::text as id, g.*
    from jsonb_to_recordset(${JSON.stringify(loginIds)}::jsonb) as g(user_id text, key text, value text, folded text)
  ), identities as (
    insert into ${at('_auth_identity')} (id, type, user_id) select id, 'login_id', user_id from old
  )
  insert into ${at('_auth_identity_login_id')} (identity_id, login_id_key, login_id, unique_key)
  select id, key, value, folded from old`

/** For those whom nothing else finds. Their passwords are there, by which they are told from anonymous ones. */
export const addIdentities = ({ at }: SchemaSession): SQL => sql`
  select ${at('_auth_ensure_identity')}(u.id) from ${at('_core_user')} u
  where not exists (select from ${at('_auth_identity')} i where i.user_id = u.id)`

/** By `pg_constraint.confdeltype`. */
const ON_DELETE: Readonly<Record<string, SQL>> = {
  c: sql` on delete cascade`,
  n: sql` on delete set null`,
  d: sql` on delete set default`,
  r: sql` on delete restrict`,
}

/** As it was but for its target; of `_auth_role`, as the core module has it. */
function pointToCoreUser({ at, schema }: SchemaSession, key: OldForeignKey): SQL {
  const isCoreTable = key.schema === schema && key.table === '_auth_role'
  const onDelete = ON_DELETE[isCoreTable ? 'c' : key.on_delete] ?? sql``
  const name = sql.identifier(key.name)
  return sql`alter table ${sql.identifier(key.schema)}.${sql.identifier(key.table)} drop constraint ${name},
    add constraint ${name} foreign key (${sql.identifier(key.column)}) references ${at('_core_user')} (id)${onDelete}`
}
