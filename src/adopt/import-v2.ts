import { sql, type SQL } from 'drizzle-orm'
import { err, ok, type Result } from '../core/result.ts'
import type { Module } from '../migrate/module.ts'
import { migrate, type Session } from '../migrate/run.ts'
import { addIdentities, addLoginIds } from './apply.ts'
import { insideTransaction, schemaSession, type SchemaSession } from './database.ts'
import { assignLoginIds, type OldLoginId, type RefusedLoginId } from './login-ids.ts'

/** An app's rows among those of others: v2 kept all apps in one schema, told apart by `app_id` (v2 reference, section 1.15). */
export type SharedApp = { readonly schema: string; readonly appId: string }

/** What was copied, verified by counting. */
export type Imported = {
  readonly users: number
  readonly login_ids: number
  readonly passwords: number
  /** At OAuth providers, and of custom tokens. */
  readonly accounts: number
  readonly refused_login_ids: readonly RefusedLoginId[]
  /** Rows that no module of this release has a place for, by table: they stay where they are. */
  readonly left: Readonly<Record<string, number>>
}

/** Tables of v2's auth module that ours have no place for. */
const LEFT_TABLES = ['_auth_password_history', '_auth_verify_code', '_auth_authenticator'] as const

/**
 * Makes a schema for one app and copies its users, with all by which they are found and their passwords, into it. One transaction on one snapshot:
 * where the schema is there, it is whole. The shared schema is only read.
 * @throws what the session throws
 */
export async function importApp(
  session: Session,
  from: SharedApp,
  to: string,
  modules: readonly Module[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<Result<Imported, string>> {
  await session.query('begin isolation level repeatable read')
  try {
    const migrated = await migrate(insideTransaction(session), to, modules)
    const outcome = migrated.ok
      ? await copy(schemaSession(session, from.schema), schemaSession(session, to), from.appId)
      : err(`the schema ${to} could not be made: ${migrated.error.message}`)
    await session.query(outcome.ok && !dryRun ? 'commit' : 'rollback')
    return outcome
  } catch (cause) {
    // The first failure is the one to tell of, even where the session is gone.
    await session.query('rollback').catch(() => undefined)
    throw cause
  }
}

async function copy(
  shared: SchemaSession,
  own: SchemaSession,
  appId: string,
): Promise<Result<Imported, string>> {
  const isOf = (table: string): SQL => sql`${sql.identifier(table)}.app_id::text = ${appId}`
  const already = await countIn(own, '_core_user')
  if (already > 0) return err(`the schema ${own.schema} has ${already} users already`)
  await own.rows(sql`
    insert into ${own.at('_core_user')} (id, created_at, last_login_at, last_seen_at, disabled, disabled_message,
      disabled_expiry, verified, manually_verified, verify_info, metadata)
    select u.id, coalesce(p.created_at, timezone('utc', now())), u.last_login_at, u.last_seen_at, u.disabled,
      u.disabled_message, u.disabled_expiry, u.verified, u.manually_verified, u.verify_info, coalesce(p.data, '{}')
    from ${shared.at('_core_user')} u left join ${shared.at('_auth_user_profile')} p on p.user_id = u.id
    where ${isOf('u')}`)
  const principals = sql`${shared.at('_auth_principal')} r
    join ${shared.at('_auth_provider_password')} l on l.principal_id = r.id`

  const loginIds = assignLoginIds(
    await shared.rows<OldLoginId>(sql`
      select r.user_id, l.login_id_key as key, l.original_login_id as value from ${principals}
      join ${own.at('_core_user')} u on u.id = r.user_id
      where ${isOf('r')} and l.login_id_key is not null order by u.created_at, u.id, r.id`),
    [],
  )
  await addLoginIds(own, loginIds.granted)
  const accounts = await addAccounts(shared, own, isOf)
  // Every login id of a user has a hash of the same password (v2 auth reference): any of them will do.
  await own.rows(sql`
    with old as (
      select distinct on (r.user_id) gen_random_uuid()::text as id, r.user_id, l.password from ${principals}
      where ${isOf('r')} and l.password <> '' order by r.user_id, r.id
    ), authenticators as (
      insert into ${own.at('_auth_authenticator')} (id, type, user_id) select id, 'password', user_id from old
    )
    insert into ${own.at('_auth_authenticator_password')} (authenticator_id, user_id, password)
    select id, user_id, password from old`)
  await own.rows(addIdentities(own))
  await own.rows(addProfiles(own))

  const imported: Imported = {
    users: await countIn(own, '_core_user'),
    login_ids: await countIn(own, '_auth_identity_login_id'),
    passwords: await countIn(own, '_auth_authenticator_password'),
    accounts:
      (await countIn(own, '_auth_identity_oauth')) + (await countIn(own, '_auth_identity_custom_token')),
    refused_login_ids: loginIds.refused,
    left: await leftOf(shared, isOf),
  }
  const expected = {
    users: await shared.count(
      sql`select count(*)::int as n from ${shared.at('_core_user')} u where ${isOf('u')}`,
    ),
    login_ids: loginIds.granted.length,
    passwords: await shared.count(sql`select count(distinct r.user_id)::int as n from ${principals}
      where ${isOf('r')} and l.password <> ''`),
    accounts,
  }
  const wrong = (['users', 'login_ids', 'passwords', 'accounts'] as const).filter(
    (what) => imported[what] !== expected[what],
  )
  return wrong.length === 0
    ? ok(imported)
    : err(wrong.map((what) => `${imported[what]} of ${expected[what]} ${what} were copied`).join('; '))
}

/** What v2 keeps of each account is what we keep; answers how many there are. */
async function addAccounts(
  shared: SchemaSession,
  { rows, at }: SchemaSession,
  isOf: (table: string) => SQL,
): Promise<number> {
  const kinds = [
    {
      type: 'oauth',
      from: '_auth_provider_oauth',
      to: '_auth_identity_oauth',
      columns: ['provider_type', 'provider_keys', 'provider_user_id', 'token_response', 'profile', 'claims'],
      renamed: {},
      times: sql`a._created_at, a._updated_at`,
    },
    {
      type: 'custom_token',
      from: '_auth_provider_custom_token',
      to: '_auth_identity_custom_token',
      columns: ['provider_user_id', 'raw_profile', 'claims'],
      renamed: { provider_user_id: 'token_principal_id' },
      // v2 has none of these, as of login ids.
      times: sql`timezone('utc', now()), timezone('utc', now())`,
    },
  ]
  let accounts = 0
  for (const { type, from, to, columns, renamed, times } of kinds) {
    if (!(await hasTable(shared, from))) continue
    const names = (of: Readonly<Record<string, string>>) =>
      sql.join(
        columns.map((name) => sql.identifier(of[name] ?? name)),
        sql`, `,
      )
    const found = sql`${shared.at('_auth_principal')} r join ${shared.at(from)} a on a.principal_id = r.id
      where ${isOf('r')} and r.user_id is not null`
    accounts += await shared.count(sql`select count(*)::int as n from ${found}`)
    await rows(sql`
      with identities as (
        insert into ${at('_auth_identity')} (id, type, user_id, created_at, updated_at)
        select r.id, ${type}, r.user_id, ${times} from ${found}
      )
      insert into ${at(to)} (identity_id, ${names({})}) select r.id, ${names(renamed)} from ${found}`)
  }
  return accounts
}

async function hasTable({ schema, count }: SchemaSession, name: string): Promise<boolean> {
  const found = await count(
    sql`select count(*)::int as n from pg_tables where schemaname = ${schema} and tablename = ${name}`,
  )
  return found > 0
}

const countIn = ({ count, at }: SchemaSession, table: string): Promise<number> =>
  count(sql`select count(*)::int as n from ${at(table)}`)

/** The user record, whose username and email are copies of the user's oldest login ids of these keys. */
function addProfiles({ at }: SchemaSession): SQL {
  const loginId = (key: string) => sql`(select l.login_id from ${at('_auth_identity')} i
    join ${at('_auth_identity_login_id')} l on l.identity_id = i.id
    where i.user_id = u.id and l.login_id_key = ${key} order by i.created_at, i.id limit 1)`
  return sql`
    insert into ${at('user')} (_id, _database_id, _owner_id, _created_at, _created_by, _updated_at, _updated_by,
      username, email, last_login_at)
    select u.id, '', u.id, u.created_at, u.id, u.created_at, u.id, ${loginId('username')}, ${loginId('email')},
      u.last_login_at
    from ${at('_core_user')} u`
}

async function leftOf(
  { schema, rows, count, at }: SchemaSession,
  isOf: (table: string) => SQL,
): Promise<Imported['left']> {
  const tables = await rows<{ name: string }>(sql`
    select tablename as name from pg_tables
    where schemaname = ${schema} and tablename = any(${sql.param([...LEFT_TABLES])}::text[]) order by 1`)
  const left: Record<string, number> = {}
  for (const { name } of tables) {
    const n = await count(sql`select count(*)::int as n from ${at(name)} t where ${isOf('t')}`)
    if (n > 0) left[name] = n
  }
  return left
}
