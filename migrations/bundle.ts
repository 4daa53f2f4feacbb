import assetUp from './asset/1795206100_assets.up.sql'
import authUp from './auth/1763596801_identities_authenticators.up.sql'
import passwordsUp from './auth/1795199490_passwords_custom_tokens.up.sql'
import codesUp from './auth/1795206300_codes_and_verification.up.sql'
import auditUp from './auth/1795206400_audit.up.sql'
import oauthUp from './auth/1795277963_oauth_accounts.up.sql'
import userStoreUp from './auth/1795290120_one_user_store.up.sql'
import staleKeysUp from './auth/1795290130_keys_that_are_none_any_more.up.sql'
import codesDueUp from './auth/1795290210_codes_due.up.sql'
import coreUp from './core/1763596800_users_sessions_roles.up.sql'
import guardUp from './core/1795196900_guard_in_one_query.up.sql'
import requireAdminUp from './core/1795198807_require_admin.up.sql'
import guardOfTablesUp from './core/1795206000_guard_of_tables.up.sql'
import sessionsUp from './core/1795290110_sessions_as_v2_has_them.up.sql'
import recordUp from './record/1763596802_records.up.sql'
import grantsUp from './record/1795196901_grants_and_fingerprints.up.sql'
import accessRulesUp from './record/1795198806_access_rules.up.sql'
import placesUp from './record/1795199288_places_and_relations.up.sql'
import refusalsUp from './record/1795201510_refusals_asked_when_refused.up.sql'
import rulesByRevisionUp from './record/1795206010_rules_by_revision.up.sql'
import refusalOfOneUp from './record/1795206020_refusal_of_one.up.sql'
import manyAtOnceUp from './record/1795206030_many_at_once.up.sql'
import orderUp from './record/1795206200_order_and_geometry.up.sql'
import oneKeyUp from './record/1795280666_one_key_and_geometry.up.sql'
import type { Module } from '../src/migrate/module.ts'

/**
 * The migrations as the Worker carries them, up files only: it makes fresh schemas and never takes one back.
 * A test compares this list with the folder.
 */
export const modules: readonly Module[] = [
  {
    name: 'core',
    migrations: [
      { version: 1763596800, name: 'users_sessions_roles', up: coreUp },
      { version: 1795196900, name: 'guard_in_one_query', up: guardUp },
      { version: 1795198807, name: 'require_admin', up: requireAdminUp },
      { version: 1795206000, name: 'guard_of_tables', up: guardOfTablesUp },
      { version: 1795290110, name: 'sessions_as_v2_has_them', up: sessionsUp },
    ],
  },
  {
    name: 'auth',
    migrations: [
      { version: 1763596801, name: 'identities_authenticators', up: authUp },
      { version: 1795199490, name: 'passwords_custom_tokens', up: passwordsUp },
      { version: 1795206300, name: 'codes_and_verification', up: codesUp },
      { version: 1795206400, name: 'audit', up: auditUp },
      { version: 1795277963, name: 'oauth_accounts', up: oauthUp },
      { version: 1795290120, name: 'one_user_store', up: userStoreUp },
      { version: 1795290130, name: 'keys_that_are_none_any_more', up: staleKeysUp },
      { version: 1795290210, name: 'codes_due', up: codesDueUp },
    ],
  },
  {
    name: 'record',
    migrations: [
      { version: 1763596802, name: 'records', up: recordUp },
      { version: 1795196901, name: 'grants_and_fingerprints', up: grantsUp },
      { version: 1795198806, name: 'access_rules', up: accessRulesUp },
      { version: 1795199288, name: 'places_and_relations', up: placesUp },
      { version: 1795201510, name: 'refusals_asked_when_refused', up: refusalsUp },
      { version: 1795206010, name: 'rules_by_revision', up: rulesByRevisionUp },
      { version: 1795206020, name: 'refusal_of_one', up: refusalOfOneUp },
      { version: 1795206030, name: 'many_at_once', up: manyAtOnceUp },
      { version: 1795206200, name: 'order_and_geometry', up: orderUp },
      { version: 1795280666, name: 'one_key_and_geometry', up: oneKeyUp },
    ],
  },
  { name: 'asset', migrations: [{ version: 1795206100, name: 'assets', up: assetUp }] },
]
