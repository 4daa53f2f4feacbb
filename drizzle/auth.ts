import { sql } from 'drizzle-orm'
import { index, pgTable, text, timestamp, unique, type PgTableFn } from 'drizzle-orm/pg-core'
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
    (t) => [unique('_auth_identity_login_id_unique').on(t.key, t.uniqueKey)],
  )
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
  // Skygear v1's own: they refer to a user by id alone.
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
  const customToken = table('_sso_custom_token', {
    userId: text('user_id').primaryKey(),
    principalId: text('principal_id').notNull().unique(),
    createdAt: timestamp('_created_at', { mode: 'string' }).notNull(),
  })
  return { identity, loginId, authenticator, password, passwordHistory, customToken }
}

export const { identity, loginId, authenticator, password, passwordHistory, customToken } =
  authTables(pgTable)
