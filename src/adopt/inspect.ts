import { sql, type SQL } from 'drizzle-orm'
import { STANDARD_LOGIN_ID_KEYS } from '../core/login-id.ts'
import { err, ok, type Result } from '../core/result.ts'
import { head, type Module } from '../migrate/module.ts'
import type { SchemaSession } from './database.ts'
import type { Found, FoundRole, FoundTable, FoundType, FoundUsers, OldForeignKey, Pending } from './found.ts'
import { isRecordTable, refusal } from './judge.ts'
import { assignLoginIds, type OldLoginId } from './login-ids.ts'
import { V1_PASSWORD, V1_TABLE_NAMES, V1_TRIGGER, type V1Table } from './skygear-v1.ts'

/** Reads the schema, and writes nothing. Refused, in one line, where it is not one of v1.7. */
export async function inspect(
  session: SchemaSession,
  modules: readonly Module[],
): Promise<Result<Found, string>> {
  const { schema, rows } = session
  const [exists] = await rows(sql`select from pg_namespace where nspname = ${schema}`)
  if (!exists) return err(`there is no schema ${schema} in this database`)
  const tables = await tablesOf(session)
  const refused = refusal(schema, tables, await versionsOf(session, tables))
  if (refused !== null) return err(refused)

  const has = (name: string): boolean => tables.some((table) => table.name === name)
  const loginIds = await loginIdsOf(session, has)
  return ok({
    tables,
    types: await typesOf(session, tables.filter(isRecordTable)),
    users: await usersOf(session, has),
    roles: await rolesOf(session),
    rows: await rowsOf(session, V1_TABLE_NAMES.filter(has)),
    auth_keys: await authKeysOf(session),
    refused_login_ids: loginIds.refused,
    pending: {
      ...(await pendingOf(session, tables, has)),
      modules: await modulesBehind(session, modules, has),
      login_ids: loginIds.granted,
    },
  })
}

/** Types are named as the schema's own search path names them. */
async function tablesOf({ schema, rows }: SchemaSession): Promise<readonly FoundTable[]> {
  await rows(sql`set local search_path = ${sql.identifier(schema)}, public`)
  return rows(sql`
    select c.relname as name, c.relkind as kind,
      coalesce((select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}') as columns,
      exists (select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisunique and i.indnkeyatts = 1 and i.indpred is null
          and a.attname = '_id') as has_unique_id,
      exists (select from pg_trigger t
        where t.tgrelid = c.oid and t.tgname = ${V1_TRIGGER} and t.tgenabled <> 'D') as notifies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind in ('r', 'p', 'v', 'm', 'f') order by c.relname`)
}

async function versionsOf(
  { rows, at }: SchemaSession,
  tables: readonly FoundTable[],
): Promise<readonly string[]> {
  const table = tables.find(({ name }) => name === '_version')
  if (!table || !Object.hasOwn(table.columns, 'version_num')) return []
  const found = await rows<{ version_num: string }>(sql`select version_num from ${at('_version')}`)
  return found.map(({ version_num }) => version_num)
}

async function typesOf(
  { rows, at }: SchemaSession,
  tables: readonly FoundTable[],
): Promise<readonly FoundType[]> {
  const types: FoundType[] = []
  for (const { name } of tables) {
    const [counts] = await rows<Omit<FoundType, 'name'>>(sql`
      select count(*)::int as records, count(*) filter (where _database_id <> '')::int as private_records,
        count(*) filter (where jsonb_typeof(_access) <> 'array')::int as odd_access
      from ${at(name)}`)
    if (counts) types.push({ name, ...counts })
  }
  return types
}

type Has = (table: string) => boolean
const NOBODY: FoundUsers = {
  total: 0,
  disabled: 0,
  without_password: 0,
  unknown_hash: 0,
  without_profile: 0,
  orphan_profiles: 0,
}

async function usersOf({ rows, at }: SchemaSession, has: Has): Promise<FoundUsers> {
  const isUser = (id: SQL) => sql`(exists (select from ${at('_auth')} a where a.id = ${id})
    ${has('_core_user') ? sql`or exists (select from ${at('_core_user')} c where c.id = ${id})` : sql``})`
  const [users] = await rows<FoundUsers>(sql`
    select count(*)::int as total, count(*) filter (where a.disabled)::int as disabled,
      count(*) filter (where coalesce(a.password, '') = '')::int as without_password,
      count(*) filter (where a.password <> '' and a.password !~ ${V1_PASSWORD})::int as unknown_hash,
      count(*) filter (where u._id is null)::int as without_profile,
      (select count(*)::int from ${at('user')} p where not ${isUser(sql`p._id`)}) as orphan_profiles
    from ${at('_auth')} a left join ${at('user')} u on u._id = a.id and u._database_id = ''`)
  return users ?? NOBODY
}

const rolesOf = ({ rows, at }: SchemaSession): Promise<readonly FoundRole[]> =>
  rows(sql`
    select r.id, coalesce(r.is_admin, false) as is_admin, coalesce(r.by_default, false) as by_default,
      (select count(*)::int from ${at('_auth_role')} h where h.role_id = r.id) as users
    from ${at('_role')} r order by r.id`)

async function rowsOf({ count, at }: SchemaSession, tables: readonly V1Table[]): Promise<Found['rows']> {
  const found: Partial<Record<V1Table, number>> = {}
  for (const table of tables) found[table] = await count(sql`select count(*)::int as n from ${at(table)}`)
  return found
}

/** v1 names the constraint of each configured tuple of keys by its keys (section 4.2). */
async function authKeysOf({ schema, rows }: SchemaSession): Promise<readonly string[]> {
  const found = await rows<{ column: string }>(sql`
    select distinct a.attname::text as column from pg_constraint c
    join pg_class t on t.oid = c.conrelid and t.relname = 'user'
    join pg_namespace n on n.oid = t.relnamespace and n.nspname = ${schema}
    join pg_attribute a on a.attrelid = t.oid and a.attnum = any(c.conkey)
    where c.contype = 'u' and c.conname like 'auth\\_record\\_keys\\_user\\_%' order by 1`)
  return found.map(({ column }) => column)
}

/** Those that no login id stands for yet, and who gets them. */
async function loginIdsOf({ rows, at }: SchemaSession, has: Has) {
  const isDone = has('_auth_identity_login_id')
  const held = isDone
    ? await rows<{ key: string; folded: string }>(
        sql`select login_id_key as key, unique_key as folded from ${at('_auth_identity_login_id')}`,
      )
    : []
  const missing = isDone
    ? sql`and not exists (select from ${at('_auth_identity')} i
        join ${at('_auth_identity_login_id')} l on l.identity_id = i.id
        where i.user_id = u._id and l.login_id_key = k.key)`
    : sql``
  const old = await rows<OldLoginId>(sql`
    select u._id as user_id, k.key, to_jsonb(u) ->> k.key as value
    from ${at('user')} u join ${at('_auth')} a on a.id = u._id
    cross join unnest(${sql.param([...STANDARD_LOGIN_ID_KEYS])}::text[]) as k(key)
    where u._database_id = '' and to_jsonb(u) ->> k.key is not null ${missing}
    order by u._created_at, u._id, k.key`)
  return assignLoginIds(old, held)
}

async function pendingOf(
  { schema, rows, count, at }: SchemaSession,
  tables: readonly FoundTable[],
  has: Has,
): Promise<Omit<Pending, 'modules' | 'login_ids'>> {
  const without = (table: string, column: string) =>
    has(table)
      ? sql`not exists (select from ${at(table)} d where d.${sql.identifier(column)} = a.id)`
      : sql`true`
  const accountsOf = async (): Promise<number> => {
    let accounts = 0
    for (const table of ['_sso_oauth', '_sso_custom_token'] as const)
      if (has(table))
        accounts += await count(sql`select count(*)::int as n from ${at(table)} s
          join ${at('_auth')} a on a.id = s.user_id where ${without('_core_user', 'id')}`)
    return accounts
  }
  const flags = await rows<{ name: string }>(sql`
    select a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relname = '_role'
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = ${schema}
    where a.attname in ('by_default', 'is_admin') and not a.attnotnull order by 1`)
  return {
    users: await count(
      sql`select count(*)::int as n from ${at('_auth')} a where ${without('_core_user', 'id')}`,
    ),
    accounts: await accountsOf(),
    passwords: await count(sql`select count(*)::int as n from ${at('_auth')} a
      where a.password <> '' and ${without('_auth_authenticator_password', 'user_id')}`),
    foreign_keys: await rows<OldForeignKey>(sql`
      select tn.nspname as schema, t.relname as table, c.conname as name, a.attname as column,
        c.confdeltype as on_delete
      from pg_constraint c
      join pg_class u on u.oid = c.confrelid and u.relname = '_auth'
      join pg_namespace n on n.oid = u.relnamespace and n.nspname = ${schema}
      join pg_class t on t.oid = c.conrelid join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
      where c.contype = 'f' order by 1, 2, 3`),
    nullable_role_flags: flags.map(({ name }) => name),
    null_role_flags: await count(
      sql`select count(*)::int as n from ${at('_role')} where by_default is null or is_admin is null`,
    ),
    notifying: tables.filter(({ notifies }) => notifies).map(({ name }) => name),
  }
}

async function modulesBehind(
  { count, at }: SchemaSession,
  modules: readonly Module[],
  has: Has,
): Promise<readonly string[]> {
  const behind: string[] = []
  for (const module of modules) {
    const table = `_${module.name}_version`
    const version = has(table)
      ? await count(sql`select coalesce(max(version), 0)::float8 as n from ${at(table)}`)
      : 0
    if (version < head(module)) behind.push(module.name)
  }
  return behind
}
