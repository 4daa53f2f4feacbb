import { sql } from 'drizzle-orm'
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  type PgTableFn,
} from 'drizzle-orm/pg-core'
import { coreTables } from './core.ts'

const utcNow = sql`timezone('utc', now())`

/** The auth module's tables: identities find a user, authenticators prove one. */
export const authTables = <S extends string | undefined>(table: PgTableFn<S>) => {
  const { user } = coreTables(table)
  const identity = table(
    '_auth_identity',
    {
      id: text().primaryKey(),
      type: text().notNull(),
      userId: text('user_id')
        .notNull()
        .references(() => user.id, { onDelete: 'cascade' }),
      createdAt: timestamp('created_at', { mode: 'string' }).notNull().default(utcNow),
      updatedAt: timestamp('updated_at', { mode: 'string' }).notNull().default(utcNow),
    },
    (t) => [index('_auth_identity_user_id_idx').on(t.userId)],
  )
  const loginId = table(
    '_auth_identity_login_id',
    {
      identityId: text('identity_id')
        .primaryKey()
        .references(() => identity.id, { onDelete: 'cascade' }),
      key: text('login_id_key').notNull(),
      value: text('login_id').notNull(),
      uniqueKey: text('unique_key').notNull(),
    },
    (t) => [unique('_auth_identity_login_id_unique').on(t.uniqueKey, t.key)],
  )
  const oauth = table(
    '_auth_identity_oauth',
    {
      identityId: text('identity_id')
        .primaryKey()
        .references(() => identity.id, { onDelete: 'cascade' }),
      provider: text('provider_type').notNull(),
      providerKeys: jsonb('provider_keys').notNull().default({}),
      principalId: text('provider_user_id').notNull(),
      tokenResponse: jsonb('token_response'),
      profile: jsonb(),
      claims: jsonb().notNull().default({}),
    },
    (t) => [unique('_auth_identity_oauth_unique').on(t.provider, t.providerKeys, t.principalId)],
  )
  const customToken = table('_auth_identity_custom_token', {
    identityId: text('identity_id')
      .primaryKey()
      .references(() => identity.id, { onDelete: 'cascade' }),
    principalId: text('provider_user_id').notNull().unique(),
    rawProfile: jsonb('raw_profile').notNull().default({}),
    claims: jsonb().notNull().default({}),
  })
  const authenticator = table(
    '_auth_authenticator',
    {
      id: text().primaryKey(),
      type: text().notNull(),
      userId: text('user_id')
        .notNull()
        .references(() => user.id, { onDelete: 'cascade' }),
      createdAt: timestamp('created_at', { mode: 'string' }).notNull().default(utcNow),
    },
    (t) => [index('_auth_authenticator_user_id_idx').on(t.userId)],
  )
  const password = table('_auth_authenticator_password', {
    authenticatorId: text('authenticator_id')
      .primaryKey()
      .references(() => authenticator.id, { onDelete: 'cascade' }),
    userId: text('user_id')
      .notNull()
      .unique()
      .references(() => user.id, { onDelete: 'cascade' }),
    password: text().notNull(),
    updatedAt: timestamp('updated_at', { mode: 'string' }).notNull().default(utcNow),
  })
  // Skygear v1's own: it refers to a user by id alone.
  const passwordHistory = table(
    '_password_history',
    {
      id: text().primaryKey(),
      userId: text('auth_id').notNull(),
      password: text().notNull(),
      loggedAt: timestamp('logged_at', { mode: 'string' }).notNull(),
    },
    (t) => [index('_password_history_auth_id_logged_at_idx').on(t.userId, t.loggedAt.desc().nullsFirst())],
  )
  const code = table(
    '_auth_code',
    {
      id: text().primaryKey(),
      userId: text('user_id')
        .notNull()
        .references(() => user.id, { onDelete: 'cascade' }),
      purpose: text().notNull(),
      key: text('record_key').notNull(),
      target: text().notNull(),
      hash: text().notNull(),
      attempts: integer().notNull().default(0),
      createdAt: timestamp('created_at', { mode: 'string' }).notNull().default(utcNow),
      expiresAt: timestamp('expires_at', { mode: 'string' }).notNull(),
    },
    (t) => [index('_auth_code_user_id_idx').on(t.userId, t.purpose)],
  )
  const verified = table(
    '_auth_verified',
    {
      userId: text('user_id')
        .notNull()
        .references(() => user.id, { onDelete: 'cascade' }),
      key: text('record_key').notNull(),
      value: text('record_value').notNull(),
      verifiedAt: timestamp('verified_at', { mode: 'string' }).notNull().default(utcNow),
    },
    (t) => [primaryKey({ columns: [t.userId, t.key] })],
  )
  const audit = table(
    '_auth_audit',
    {
      id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
      at: timestamp({ mode: 'string' }).notNull(),
      event: text().notNull(),
      result: text().notNull(),
      userId: text('auth_id'),
      actorId: text('actor_id'),
      requestId: text('request_id').notNull(),
      address: text(),
      userAgent: text('user_agent'),
      claims: jsonb().notNull().default({}),
      data: jsonb().notNull().default({}),
    },
    (t) => [index('_auth_audit_auth_id_idx').on(t.userId, t.id)],
  )
  return {
    identity,
    loginId,
    oauth,
    customToken,
    authenticator,
    password,
    passwordHistory,
    code,
    verified,
    audit,
  }
}

export const {
  identity,
  loginId,
  oauth,
  customToken,
  authenticator,
  password,
  passwordHistory,
  code,
  verified,
  audit,
} = authTables(pgTable)
