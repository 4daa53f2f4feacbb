import {
  bigint,
  boolean,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  type PgTableFn,
} from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'

const utcNow = sql`timezone('utc', now())`

/** The core module's tables, made by a table factory: `pgTable` for drizzle-kit, a schema's for queries. */
export const coreTables = <S extends string | undefined>(table: PgTableFn<S>) => {
  const module = table('_core_module', {
    name: text().primaryKey(),
    version: bigint({ mode: 'number' }).notNull(),
  })
  /** One row: what the guard compares at every call. */
  const state = table('_core_state', {
    modules: jsonb().notNull(),
    revision: bigint({ mode: 'number' }).notNull().default(0),
  })
  const user = table('_core_user', {
    id: text().primaryKey(),
    createdAt: timestamp('created_at', { mode: 'string' }).notNull().default(utcNow),
    lastLoginAt: timestamp('last_login_at', { mode: 'string' }),
    lastSeenAt: timestamp('last_seen_at', { mode: 'string' }),
    disabled: boolean().notNull().default(false),
    disabledMessage: text('disabled_message'),
    disabledExpiry: timestamp('disabled_expiry', { mode: 'string' }),
    verified: boolean().notNull().default(false),
    manuallyVerified: boolean('manually_verified').notNull().default(false),
    verifyInfo: jsonb('verify_info').notNull().default({}),
    metadata: jsonb().notNull().default({}),
  })
  const session = table(
    '_core_session',
    {
      id: text().primaryKey(),
      userId: text('user_id')
        .notNull()
        .references(() => user.id, { onDelete: 'cascade' }),
      clientId: text('client_id'),
      createdAt: timestamp('created_at', { mode: 'string' }).notNull().default(utcNow),
      expiresAt: timestamp('expires_at', { mode: 'string' }),
      identityId: text('identity_id'),
      identityType: text('identity_type'),
      identityUpdatedAt: timestamp('identity_updated_at', { mode: 'string' }),
      authenticatorId: text('authenticator_id'),
      authenticatorType: text('authenticator_type'),
      authenticatorOobChannel: text('authenticator_oob_channel'),
      authenticatorUpdatedAt: timestamp('authenticator_updated_at', { mode: 'string' }),
      accessTokenHash: text('access_token_hash'),
      accessTokenCreatedAt: timestamp('access_token_created_at', { mode: 'string' })
        .notNull()
        .default(utcNow),
      refreshTokenHash: text('refresh_token_hash'),
      accessedAt: timestamp('accessed_at', { mode: 'string' }).notNull().default(utcNow),
      initialAccess: jsonb('initial_access').notNull().default({}),
      lastAccess: jsonb('last_access').notNull().default({}),
    },
    (t) => [index('_core_session_user_id_idx').on(t.userId)],
  )
  const role = table('_role', {
    id: text().primaryKey(),
    byDefault: boolean('by_default').notNull().default(false),
    isAdmin: boolean('is_admin').notNull().default(false),
  })
  const userRole = table(
    '_auth_role',
    {
      userId: text('auth_id')
        .notNull()
        .references(() => user.id, { onDelete: 'cascade' }),
      roleId: text('role_id')
        .notNull()
        .references(() => role.id),
    },
    (t) => [primaryKey({ columns: [t.userId, t.roleId] })],
  )
  return { module, state, user, session, role, userRole }
}

export const { module, state, user, session, role, userRole } = coreTables(pgTable)
