import { sql, type SQL } from 'drizzle-orm'
import * as v from 'valibot'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { assetUrls } from '../../core/asset/url.ts'
import type { Scope } from '../../core/gear.ts'
import type { Row } from '../../core/ports.ts'
import { mayAccess } from '../../core/record/access.ts'
import { renderRecord, type RecordRow } from '../../core/record/render.ts'
import type { RecordType } from '../../core/record/types.ts'
import { visibleRow } from '../../core/record/visible-row.ts'
import { tenantTables } from '../../core/sql.ts'

/** A user in an answer, or why there is none (v1 protocol, section 11). */
export const Item = v.looseObject({ id: v.string(), type: v.optional(v.string()) })

const { user, userRole } = tenantTables(coreTables)
const { profile } = tenantTables(recordTables)
export const caller = sql`${sql.placeholder('caller')}`

/** `_profile`: the records of users whom the caller may read, as `record:fetch` has it. */
export const readableProfiles = (isMaster: boolean): SQL => sql`${profile} as _profile
  join ${user} as _user on _user.id = _profile._id
  where _profile._database_id = '' and ${isMaster ? sql`true` : mayAccess(sql`_profile`, 'read', caller, 'user')}`

/** The caller's roles, beside the rows: which of their fields are for the caller is told by both. */
export const callersRoles = sql`(select coalesce(json_agg(_held.role_id), '[]') from ${userRole} as _held
  where _held.auth_id = ${caller})`

/** What the statements of this gear answer as their one column, `found`. */
type Found = {
  readonly users: readonly RecordRow[]
  readonly roles: readonly string[]
  readonly count?: number
}
export const foundIn = (rows: readonly Row[] | undefined): Found =>
  (rows?.[0]?.['found'] ?? { users: [], roles: [] }) as Found

/** The users as the caller sees them, in order. */
export function shownUsers({ users, roles }: Found, known: RecordType | null | undefined, scope: Scope) {
  if (!known) return []
  const { caller: by } = scope
  const onlooker = { isMaster: by.key === 'master', userId: by.user?.id ?? '', roles }
  const urls = assetUrls(scope)
  return users.map((row) => ({
    id: row._id,
    type: 'user',
    data: renderRecord('user', known.columns, visibleRow(row, 'user', known, onlooker), urls),
  }))
}
