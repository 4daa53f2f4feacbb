import {
  customType,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  type PgTableFn,
} from 'drizzle-orm/pg-core'

const citext = customType<{ data: string }>({ dataType: () => 'citext' })

/** The record module's one fixed table: `user`, the profile of each user. Other record tables are made as they are used. */
export const recordTables = <S extends string | undefined>(table: PgTableFn<S>) => ({
  profile: table(
    'user',
    {
      id: text('_id').notNull(),
      databaseId: text('_database_id').notNull(),
      ownerId: text('_owner_id').notNull(),
      access: jsonb('_access'),
      createdAt: timestamp('_created_at', { mode: 'string' }).notNull(),
      createdBy: text('_created_by'),
      updatedAt: timestamp('_updated_at', { mode: 'string' }).notNull(),
      updatedBy: text('_updated_by'),
      username: citext(),
      email: citext(),
      lastLoginAt: timestamp('last_login_at', { mode: 'string' }),
    },
    (t) => [
      primaryKey({ columns: [t.id, t.databaseId, t.ownerId] }),
      unique('user__id_key').on(t.id),
      unique('auth_record_keys_user_username_key').on(t.username),
      unique('auth_record_keys_user_email_key').on(t.email),
    ],
  ),
})

export const { profile } = recordTables(pgTable)
