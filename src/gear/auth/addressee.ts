import { sql, type SQL } from 'drizzle-orm'
import { coreTables } from '../../../drizzle/core.ts'
import { recordTables } from '../../../drizzle/record.ts'
import { tenantTables } from '../../core/sql.ts'
import type { View } from './message-template.ts'

/** Who a message or page is about: as `addresseeOf` reads them. Times are UTC, without a zone. */
export type Addressee = {
  readonly id: string
  readonly created_at: string
  readonly last_login_at: string | null
  readonly is_verified: boolean
  readonly is_manually_verified: boolean
  readonly is_disabled: boolean
  readonly profile: Readonly<Record<string, unknown>> | null
}

const { user } = tenantTables(coreTables)
const { profile } = tenantTables(recordTables)

/** The user of this id as JSON; null where there is none. */
export const addresseeOf = (id: SQL): SQL => sql`(
  select json_build_object('id', _user.id, 'created_at', _user.created_at, 'last_login_at', _user.last_login_at,
    'is_verified', _user.verified or _user.manually_verified, 'is_manually_verified', _user.manually_verified,
    'is_disabled', _user.disabled, 'profile', (select row_to_json(_profile) from ${profile} as _profile
      where _profile._id = _user.id and _profile._database_id = ''))
  from ${user} as _user where _user.id = ${id})`

/** A user who was made just now. */
export const newAddressee = (id: string, record: Addressee['profile'], now: Date): Addressee => ({
  id,
  created_at: now.toISOString().slice(0, -1),
  last_login_at: null,
  is_verified: false,
  is_manually_verified: false,
  is_disabled: false,
  profile: record,
})

/**
 * A user as templates know one: the record's texts, numbers and flags by name, as v1's; and by the names that v2's
 * templates have for a user (v2 reference, section 3.5), whose metadata are the same.
 */
export function userView(addressee: Addressee): View {
  const texts = Object.fromEntries(
    Object.entries(addressee.profile ?? {}).flatMap(([name, value]) =>
      !name.startsWith('_') && isScalar(value) ? [[name, value]] : [],
    ),
  )
  return {
    ...texts,
    id: addressee.id,
    ID: addressee.id,
    CreatedAt: `${addressee.created_at}Z`,
    LastLoginAt: addressee.last_login_at === null ? null : `${addressee.last_login_at}Z`,
    Verified: addressee.is_verified,
    ManuallyVerified: addressee.is_manually_verified,
    Disabled: addressee.is_disabled,
    Metadata: texts,
  }
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
