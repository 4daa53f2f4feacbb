/** The revision of the last v1 schema, that of v1.5 to v1.7.3 (v1 protocol, section 7). */
export const V1_VERSION = '7469be11899e'

/** The revisions before it (skygear-server v1.7.3 pkg/server/skydb/pq/migration), which its server migrates itself. */
export const V1_OLDER_VERSIONS: ReadonlySet<string> = new Set([
  '069921d63218',
  '1981535c8aeb',
  '30d0a626888',
  '41af1c8d394',
  '48b961caa',
  '51375067b45',
  '52b88c46931',
  '551bc42a839',
  '6250fd676f58',
  '81beb4d8658c',
  '83f549ff247b',
  '88a550bf579',
  '94ffce762644',
  'b3163d49bd6d',
  'b55e91bc9391',
  'bc5768da91b',
  'bce7089fca4',
  'bd7643dc5c8',
  'c0397f15027',
  'cc97afd25016',
  'ce320de280b1',
  'd2cb54c648',
  'db76e79e987',
  'f0c53134d25d',
])

/** Without these there is nobody to adopt. */
export const V1_REQUIRED_TABLES = ['_auth', 'user', '_role', '_auth_role'] as const

/** The other fixed tables. */
export const V1_TABLE_NAMES = [
  '_asset',
  '_device',
  '_subscription',
  '_friend',
  '_follow',
  '_record_creation',
  '_record_default_access',
  '_record_field_access',
  '_sso_oauth',
  '_sso_custom_token',
  '_password_history',
  '_verify_code',
] as const
export type V1Table = (typeof V1_TABLE_NAMES)[number]

/** The view that joins `_auth` and `user` for old plugins. */
export const V1_USER_VIEW = '_user'

/** The trigger of every record table, which feeds `public.pending_notification` for v1's own server to empty. */
export const V1_TRIGGER = 'trigger_notify_record_change'

/** The reserved columns of a record table (v1 protocol, section 5.3). */
export const V1_RESERVED_COLUMNS: Readonly<Record<string, string>> = {
  _id: 'text',
  _database_id: 'text',
  _owner_id: 'text',
  _access: 'jsonb',
  _created_at: 'timestamp without time zone',
  _created_by: 'text',
  _updated_at: 'timestamp without time zone',
  _updated_by: 'text',
}

/** The Postgres types that the record gear has a wire form for; others are served as `unknown`. */
export const SERVED_TYPES: ReadonlySet<string> = new Set([
  'text',
  'citext',
  'character varying',
  'double precision',
  'real',
  'numeric',
  'boolean',
  'jsonb',
  'json',
  'timestamp without time zone',
  'point',
  'integer',
  'bigint',
  'smallint',
])

/** A bcrypt hash as v1 made them, of a cost that a Worker can afford (see src/platform/scrypt-passwords.ts). */
export const V1_PASSWORD = '^\\$2[aby]\\$(0[4-9]|1[0-2])\\$[./A-Za-z0-9]{53}$'
