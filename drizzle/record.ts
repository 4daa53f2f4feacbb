import {
  boolean,
  customType,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  type PgTableFn,
} from 'drizzle-orm/pg-core'
import { coreTables } from './core.ts'

const citext = customType<{ data: string }>({ dataType: () => 'citext' })

/**
 * The record module's fixed tables: `user`, the profile of each user, and the rules of access by type. Other record
 * tables are made as they are used.
 */
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
      index('_created_at_user').on(t.createdAt),
    ],
  ),
  creation: table(
    '_record_creation',
    {
      recordType: text('record_type').notNull(),
      roleId: text('role_id')
        .notNull()
        .references(() => coreTables(table).role.id),
    },
    (t) => [primaryKey({ columns: [t.recordType, t.roleId] })],
  ),
  defaultAccess: table('_record_default_access', {
    recordType: text('record_type').primaryKey(),
    defaultAccess: jsonb('default_access'),
  }),
  fieldAccess: table(
    '_record_field_access',
    {
      recordType: text('record_type').notNull(),
      recordField: text('record_field').notNull(),
      userRole: text('user_role').notNull(),
      writable: boolean().notNull(),
      readable: boolean().notNull(),
      comparable: boolean().notNull(),
      discoverable: boolean().notNull(),
    },
    (t) => [primaryKey({ columns: [t.recordType, t.recordField, t.userRole] })],
  ),
  friend: relationTable(table, '_friend'),
  follow: relationTable(table, '_follow'),
})

/** A relation between users (v1 protocol, section 11): left acts, right is whom it is to. */
const relationTable = <S extends string | undefined, N extends string>(table: PgTableFn<S>, name: N) =>
  table(
    name,
    {
      leftId: text('left_id').notNull(),
      rightId: text('right_id')
        .notNull()
        .references(() => coreTables(table).user.id, { onDelete: 'cascade' }),
    },
    (t) => [primaryKey({ columns: [t.leftId, t.rightId] }), index(`${name}_right_id`).on(t.rightId)],
  )

export const { profile, creation, defaultAccess, fieldAccess, friend, follow } = recordTables(pgTable)
