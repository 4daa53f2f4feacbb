import type { GrantedLoginId, RefusedLoginId } from './login-ids.ts'
import type { V1Table } from './skygear-v1.ts'

/** A table or view of the schema, as the catalogue has it. */
export type FoundTable = {
  readonly name: string
  /** `pg_class.relkind`: r and p are tables, v and m views. */
  readonly kind: string
  /** Postgres types by column, without their modifiers. */
  readonly columns: Readonly<Record<string, string>>
  /** Whether `_id` alone is unique: saving relies on it. */
  readonly has_unique_id: boolean
  /** Whether v1's change trigger would run. */
  readonly notifies: boolean
}

export type FoundType = {
  readonly name: string
  readonly records: number
  /** Those in users' private databases. */
  readonly private_records: number
  /** Those whose `_access` is neither null nor an array. */
  readonly odd_access: number
}

export type FoundRole = {
  readonly id: string
  readonly is_admin: boolean
  readonly by_default: boolean
  readonly users: number
}

export type FoundUsers = {
  readonly total: number
  readonly disabled: number
  readonly without_password: number
  /** With a password that is no bcrypt hash of a cost we verify. */
  readonly unknown_hash: number
  readonly without_profile: number
  /** Profiles that are nobody's. */
  readonly orphan_profiles: number
}

/** What refers to `_auth` by a foreign key, and must refer to `_core_user`. */
export type OldForeignKey = {
  readonly schema: string
  readonly table: string
  readonly name: string
  readonly column: string
  /** `pg_constraint.confdeltype`. */
  readonly on_delete: string
}

/** What adoption would do: all empty or 0 where it is done. */
export type Pending = {
  readonly modules: readonly string[]
  readonly users: number
  /** Of these users: at OAuth providers and of custom tokens. */
  readonly accounts: number
  readonly passwords: number
  readonly login_ids: readonly GrantedLoginId[]
  readonly foreign_keys: readonly OldForeignKey[]
  /** Columns of `_role` that may still be null, and how many rows are. */
  readonly nullable_role_flags: readonly string[]
  readonly null_role_flags: number
  /** Tables whose trigger would fill a queue that nobody empties. */
  readonly notifying: readonly string[]
}

/** All that the schema told. */
export type Found = {
  readonly tables: readonly FoundTable[]
  readonly types: readonly FoundType[]
  readonly users: FoundUsers
  readonly roles: readonly FoundRole[]
  readonly rows: Readonly<Partial<Record<V1Table, number>>>
  /** Columns of the profile that v1 was configured to log in by. */
  readonly auth_keys: readonly string[]
  readonly refused_login_ids: readonly RefusedLoginId[]
  readonly pending: Pending
}
