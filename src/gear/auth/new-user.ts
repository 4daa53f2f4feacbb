import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import type { Caller } from '../../core/caller.ts'
import { fail, type Failure } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import type { SqlFault, Statement } from '../../core/ports.ts'
import { grantOf, type Grant } from '../../core/record/field-access.ts'
import type { Fields } from '../../core/record/fields.ts'
import { columnFor } from '../../core/record/geometry.ts'
import type { RecordType, TypeAccess } from '../../core/record/types.ts'
import { changedLoginIds, refuseForeign, targetOf, writtenFields } from '../../core/record/upsert.ts'
import { compile, inTenant, prepare, tenantTables } from '../../core/sql.ts'
import type { Tenant } from '../../core/tenant.ts'
import type { LoginId } from './auth-data.ts'

/** What makes a user, statement by statement: for whoever signs up, and for whom somebody else vouches. */

export const takenOr = (fault: SqlFault): Failure =>
  fault.code === '23505' ? fail('Duplicated', 'a user with these login ids exists') : failureOf(fault)

const { user, role, userRole } = tenantTables(coreTables)
const { profile: profileTable } = tenantTables(recordTables)

export const createUser = prepare(sql`insert into ${user} (id) values (${sql.placeholder('user')})`)

/** A user without any other way to be found gets an identity all the same. */
export const ensureIdentity = prepare(
  sql`select ${inTenant('_auth_ensure_identity')}(${sql.placeholder('user')})`,
)

export const giveDefaultRoles = prepare(sql`
  insert into ${userRole} (auth_id, role_id)
  select ${sql.placeholder('user')}, r.id from ${role} as r where r.by_default`)

const setLoginId = prepare(sql`
  select ${inTenant('_auth_set_login_id')}(${sql.placeholder('user')}, ${sql.placeholder('key')},
    ${sql.placeholder('value')}, ${sql.placeholder('folded')})`)

export const setLoginIds = (
  schemaName: string,
  userId: string,
  loginIds: readonly LoginId[],
): readonly Statement[] => loginIds.map((loginId) => setLoginId(schemaName, { user: userId, ...loginId }))

const setSavedLoginId = prepare(sql`
  select ${inTenant('_auth_set_login_id')}(p._id, ${sql.placeholder('key')},
    case when _now.folded is not null then ${sql.placeholder('value')}::text end, _now.folded)
  from ${profileTable} as p, (select ${sql.placeholder('folded')}::text as folded) as _now
  where p._id = ${sql.placeholder('user')}
    and to_jsonb(p) ->> ${sql.placeholder('key')} is not distinct from ${sql.placeholder('value')}`)

/**
 * A login id given with the profile is one all the same: the fields are its copies. Once the profile is written, since
 * not every field may be the new user's to write.
 */
export const setProfileLoginIds = (
  schemaName: string,
  userId: string,
  profile: Fields,
  userKeys: Tenant['userKeys'],
): readonly Statement[] =>
  changedLoginIds(profile, userKeys).map((loginId) =>
    setSavedLoginId(schemaName, { user: userId, ...loginId }),
  )

/** Both rows that say when a user logged in: v2's and v1's. `id` is the user's, or finds it in the same transaction. */
export const loginNotes = (id: SQLWrapper) => ({
  noteLogin: prepare(sql`
    update ${user} set last_login_at = timezone('utc', now()), last_seen_at = timezone('utc', now())
    where id = ${id}`),
  noteLoginInProfile: prepare(sql`
    update ${profileTable} set last_login_at = timezone('utc', now()), _updated_at = timezone('utc', now()),
      _updated_by = ${id} where _id = ${id}`),
})
export const { noteLogin, noteLoginInProfile } = loginNotes(sql.placeholder('user'))

/**
 * What a new user's record is made of. `granted`: the fields of the profile that are stored whatever the rules of its type,
 * `access`, say.
 */
type NewProfile = {
  readonly userId: string
  readonly loginIds: readonly LoginId[]
  readonly granted: readonly string[]
  readonly profile: Fields
  readonly access: TypeAccess | undefined
}

/**
 * The user record: owner, creator and updater are the user (v1 protocol, section 4.1). Fields of the profile that the
 * user may not write are left out, as where a record is saved, but for those that are granted.
 */
export function createProfile(
  schemaName: string,
  { userId, loginIds, granted, profile, access }: NewProfile,
  existing: RecordType['columns'],
  caller: Caller,
): Statement {
  const written = writtenFields(profile, existing)
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const name of written) values[name] = profile[name] && columnFor(profile[name], existing[name])
  for (const { key, value } of loginIds) values[key] = value
  const byDefault = access?.default ?? null
  const ruled = { columns: existing, ...(access && { access }) }
  const owner = { user: sql`_user.id`, isOwner: true }
  const grant = (name: string): Grant =>
    caller.key === 'master' || granted.includes(name)
      ? 'always'
      : grantOf(ruled, owner, sql`_given`, 'user', name, 'write')
  const fields = [
    ...loginIds.map(({ key }) => ({ name: key, value: sql`_given.${sql.identifier(key)}` })),
    ...written.flatMap((name) => writtenAs(name, grant(name), existing[name] === 'sequence')),
  ]
  const columns = fields.map(({ name }) => sql`, ${sql.identifier(name)}`)
  return changeProfile(
    schemaName,
    sql`insert into ${profileTable} as _row (_id, _database_id, _owner_id, _access, _created_by, _updated_by, _created_at, _updated_at${sql.join(columns)})
      select _user.id, '', _user.id, ${byDefault && JSON.stringify(byDefault)}::jsonb, _user.id, _user.id, timezone('utc', now()), timezone('utc', now())${sql.join(
        fields.map(({ value }) => sql`, ${value}`),
      )}
      from (select ${userId}::text as id) as _user, jsonb_populate_record(null::${profileTable}, ${JSON.stringify(values)}::jsonb) as _given`,
    written,
    existing,
    caller,
  )
}

/** Nothing where it may not be written. A sequence numbers the record itself unless it may be for certain. */
function writtenAs(
  name: string,
  granted: Grant,
  isSequence: boolean,
): readonly { readonly name: string; readonly value: SQL }[] {
  const given = sql`_given.${sql.identifier(name)}`
  if (granted === 'always') return [{ name, value: given }]
  return granted === 'never' || isSequence
    ? []
    : [{ name, value: sql`case when ${granted} then ${given} end` }]
}

/**
 * Changes a profile, `_row`. A reference into another user's private database is as one to nothing, as where the record is
 * saved: who signs up would else learn what ids there are.
 */
export function changeProfile(
  schemaName: string,
  change: SQL,
  written: readonly string[],
  columns: RecordType['columns'],
  { key }: Caller,
): Statement {
  const refusals =
    key === 'master'
      ? []
      : written.flatMap((name) => refuseForeign('user', name, targetOf(columns[name]), sql`_saved."_id"`))
  if (refusals.length === 0) return compile(schemaName, change)
  return compile(
    schemaName,
    sql`with _saved as (${change} returning _row.*)
      select from _saved where concat(${sql.join(refusals, sql`, `)}) is not null`,
  )
}
