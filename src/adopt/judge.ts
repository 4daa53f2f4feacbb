import { STANDARD_LOGIN_ID_KEYS } from '../core/login-id.ts'
import type { Found, FoundTable } from './found.ts'
import {
  SERVED_TYPES,
  V1_OLDER_VERSIONS,
  V1_REQUIRED_TABLES,
  V1_RESERVED_COLUMNS,
  V1_TABLE_NAMES,
  V1_TRIGGER,
  V1_USER_VIEW,
  V1_VERSION,
} from './skygear-v1.ts'

const isTable = ({ kind }: FoundTable): boolean => kind === 'r' || kind === 'p'

/** A table that v1 served as a record type: not named like one of its own, with the reserved columns. */
export const isRecordTable = (table: FoundTable): boolean =>
  isTable(table) &&
  !table.name.startsWith('_') &&
  Object.keys(V1_RESERVED_COLUMNS).every((column) => Object.hasOwn(table.columns, column))

/** Why a schema cannot be adopted; null where it can. */
export function refusal(
  schema: string,
  tables: readonly FoundTable[],
  versions: readonly string[],
): string | null {
  const [version, another] = versions
  if (version === undefined)
    return `the schema ${schema} is not one of Skygear v1: it has no version in _version`
  if (another !== undefined) return `the schema ${schema} has several versions: ${versions.join(', ')}`
  if (V1_OLDER_VERSIONS.has(version))
    return `the schema ${schema} is at version ${version}, older than ${V1_VERSION}: start Skygear server v1.7.3 on it once, which brings it there`
  if (version !== V1_VERSION)
    return `the schema ${schema} is at version ${version}, which is none of Skygear v1.7 (${V1_VERSION})`
  const missing = V1_REQUIRED_TABLES.filter(
    (name) => !tables.some((table) => isTable(table) && table.name === name),
  )
  return missing.length > 0 ? `the schema ${schema} lacks ${missing.join(', ')}` : null
}

/** What an operator should know before apply: what is served otherwise than v1 did, or not at all. */
export function odditiesOf(found: Found, modules: readonly string[]): readonly string[] {
  return [...userOddities(found), ...found.tables.flatMap(tableOddities(modules)), ...dataOddities(found)]
}

const KEPT = 'kept, and served by no gear of this release'

function userOddities({ users, refused_login_ids, auth_keys, rows }: Found): readonly string[] {
  const otherKeys = auth_keys.filter((key) => !STANDARD_LOGIN_ID_KEYS.some((known) => known === key))
  return [
    ...some(users.without_password, 'users without a password: they cannot log in by one'),
    ...some(
      users.unknown_hash,
      'users whose password is no bcrypt hash of a cost up to 12: they cannot log in by it',
    ),
    ...some(users.without_profile, 'users without a user record: they have no login id, and no profile'),
    ...some(users.orphan_profiles, 'user records of no user: records like others, which nobody logs in by'),
    ...refused_login_ids.map(
      ({ user_id, key, value, why }) =>
        `user ${user_id} cannot log in by ${key} ${JSON.stringify(value.slice(0, 80))}: it ${why}`,
    ),
    ...otherKeys.map((key) => `users logged in by ${key} too: name it in gear_config.auth.auth_record_keys`),
    ...some(
      rows._sso_oauth ?? 0,
      'OAuth accounts: served to the app’s own server, which logs their users in by sso:oauth:login',
    ),
    ...some(
      rows._sso_custom_token ?? 0,
      'custom token accounts: served once gear_config.auth.custom_token_secret is the old CUSTOM_TOKEN_SECRET',
    ),
  ]
}

const tableOddities =
  (modules: readonly string[]) =>
  (table: FoundTable): readonly string[] => {
    const { name, kind, columns, has_unique_id } = table
    if (kind === 'v' || kind === 'm')
      return name === V1_USER_VIEW
        ? [`the view ${name} shows users as v1 had them, not those to come`]
        : [`the view ${name} is not of Skygear’s making: kept, and not served`]
    if (isRecordTable(table)) {
      const odd = Object.entries(columns).filter(([column, type]) =>
        Object.hasOwn(V1_RESERVED_COLUMNS, column)
          ? V1_RESERVED_COLUMNS[column] !== type
          : !SERVED_TYPES.has(type),
      )
      return [
        ...(has_unique_id ? [] : [`${name}._id is not unique: records of this type cannot be saved`]),
        ...odd.map(([column, type]) =>
          column.startsWith('_')
            ? `${name}.${column} is ${type}, not ${V1_RESERVED_COLUMNS[column] ?? 'a column of v1'}`
            : type === 'geometry'
              ? `${name}.${column} is geometry: its values are places, or GeoJSON`
              : `${name}.${column} is ${type}: its values are kept, and served as unknown`,
        ),
      ]
    }
    const known: readonly string[] = [...V1_TABLE_NAMES, ...V1_REQUIRED_TABLES, '_version']
    const isOurs = modules.some((module) => name.startsWith(`_${module}_`))
    return known.includes(name) || isOurs
      ? []
      : [`the table ${name} is not of Skygear’s making: kept, and not served`]
  }

function dataOddities({ types, rows }: Found): readonly string[] {
  return [
    ...types.flatMap(({ name, odd_access }) =>
      some(odd_access, `records of ${name} whose _access is no list: for their owner only`),
    ),
    ...some(
      rows._asset ?? 0,
      'files: served once their bytes are in the bucket ASSETS, each under <app id>/<name>',
    ),
    ...some(rows._subscription ?? 0, `subscriptions: ${KEPT}`),
    ...some(rows._device ?? 0, `devices: ${KEPT}`),
  ]
}

const some = (count: number, what: string): readonly string[] => (count > 0 ? [`${count} ${what}`] : [])

/** What apply does to what was there, in order: nothing where all is done. */
export function changesOf({ pending }: Found): readonly string[] {
  const {
    modules,
    users,
    accounts,
    passwords,
    login_ids,
    foreign_keys,
    nullable_role_flags,
    null_role_flags,
    notifying,
  } = pending
  return [
    ...(modules.length > 0 ? [`tables of the modules ${modules.join(', ')} beside the old ones`] : []),
    ...some(users, 'users, from _auth and user'),
    ...some(accounts, 'accounts of theirs, from _sso_oauth and _sso_custom_token'),
    ...some(passwords, 'passwords, as they are hashed'),
    ...some(login_ids.length, 'login ids, from user.username and user.email'),
    ...foreign_keys.map(
      ({ table, column }) => `${table}.${column} refers to _core_user, which new users are in, not to _auth`,
    ),
    ...nullable_role_flags.map((flag) => `_role.${flag} is never null`),
    ...some(null_role_flags, 'roles’ null flags become false'),
    ...notifying.map(
      (table) => `the trigger ${V1_TRIGGER} of ${table} is disabled: it feeds v1’s own server`,
    ),
  ]
}
