import { expect, it } from 'vitest'
import type { Adoption } from '../../src/adopt/adopt.ts'
import { oldApp } from './old-app.ts'

it('a check tells what is there, and changes nothing', async () => {
  await using old = await oldApp()
  const before = await old.rows()
  const checked = await old.check()
  expect(checked).toEqual({
    ok: true,
    value: {
      schema: old.schema,
      version: '7469be11899e',
      applied: false,
      record_types: [
        { name: 'Place', records: 1, private_records: 0, odd_access: 0 },
        { name: 'category', records: 1, private_records: 0, odd_access: 0 },
        { name: 'note', records: 6, private_records: 1, odd_access: 0 },
        { name: 'user', records: 7, private_records: 0, odd_access: 0 },
      ],
      users: {
        total: 7,
        disabled: 1,
        without_password: 3,
        unknown_hash: 1,
        without_profile: 1,
        orphan_profiles: 1,
      },
      roles: [
        { id: 'Admin', is_admin: true, by_default: false, users: 0 },
        { id: 'Editor', is_admin: false, by_default: false, users: 1 },
        { id: 'Member', is_admin: false, by_default: true, users: 2 },
        { id: 'Old', is_admin: false, by_default: false, users: 0 },
      ],
      tables: {
        _asset: 1,
        _device: 1,
        _subscription: 1,
        _friend: 2,
        _follow: 1,
        _record_creation: 1,
        _record_default_access: 1,
        _record_field_access: 5,
        _sso_oauth: 1,
        _sso_custom_token: 1,
        _password_history: 1,
        _verify_code: 1,
      },
      oddities: [
        '3 users without a password: they cannot log in by one',
        '1 users whose password is no bcrypt hash of a cost up to 12: they cannot log in by it',
        '1 users without a user record: they have no login id, and no profile',
        '1 user records of no user: records like others, which nobody logs in by',
        'user u-ligature cannot log in by username "ﬁnn": it is an older user’s too',
        '1 OAuth accounts: served to the app’s own server, which logs their users in by sso:oauth:login',
        '1 custom token accounts: served once gear_config.auth.custom_token_secret is the old CUSTOM_TOKEN_SECRET',
        'Place.at is geometry: its values are places, or GeoJSON',
        'Place.price is money: its values are kept, and served as unknown',
        'the view _user shows users as v1 had them, not those to come',
        'the table audit log is not of Skygear’s making: kept, and not served',
        '1 files: served once their bytes are in the bucket ASSETS, each under <app id>/<name>',
        '1 subscriptions: kept, and served by no gear of this release',
        '1 devices: kept, and served by no gear of this release',
      ],
      changes: [
        'tables of the modules core, auth, record, asset beside the old ones',
        '7 users, from _auth and user',
        '2 accounts of theirs, from _sso_oauth and _sso_custom_token',
        '4 passwords, as they are hashed',
        '6 login ids, from user.username and user.email',
        '_auth_role.auth_id refers to _core_user, which new users are in, not to _auth',
        '_device.auth_id refers to _core_user, which new users are in, not to _auth',
        '_follow.right_id refers to _core_user, which new users are in, not to _auth',
        '_friend.right_id refers to _core_user, which new users are in, not to _auth',
        '_role.by_default is never null',
        '_role.is_admin is never null',
        '1 roles’ null flags become false',
        'the trigger trigger_notify_record_change of Place is disabled: it feeds v1’s own server',
        'the trigger trigger_notify_record_change of category is disabled: it feeds v1’s own server',
        'the trigger trigger_notify_record_change of note is disabled: it feeds v1’s own server',
      ],
    },
  })
  expect(await old.rows()).toEqual(before)
  expect(
    await old.sql(`select from pg_tables where schemaname = '${old.schema}' and tablename = '_core_user'`),
  ).toEqual([])
})

it.each([
  [
    'an older revision',
    `update _version set version_num = 'ce320de280b1'`,
    /is at version ce320de280b1, older than 7469be11899e: start Skygear server v1\.7\.3/,
  ],
  [
    'another revision',
    `update _version set version_num = 'feedfacecafe'`,
    /is at version feedfacecafe, which is none of Skygear v1\.7/,
  ],
  ['no revision', 'delete from _version', /is not one of Skygear v1: it has no version in _version/],
  ['several revisions', `insert into _version values ('ce320de280b1')`, /has several versions: /],
  ['no version table', 'drop table _version', /is not one of Skygear v1/],
  ['no users', 'drop table _auth cascade', /lacks _auth$/],
])('%s is refused in one line, also to apply', async (_, sql, line) => {
  await using old = await oldApp(sql)
  const refused = { ok: false, error: expect.stringMatching(line) }
  expect(await old.check()).toEqual(refused)
  expect(await old.apply()).toEqual(refused)
})

it.each([
  [
    'a login key of the app’s own',
    `alter table "user" add phone text, add constraint auth_record_keys_user_phone_key unique (phone)`,
    'users logged in by phone too: name it in gear_config.auth.auth_record_keys',
  ],
  [
    'an id that is not unique',
    `alter table note drop constraint note__id_key`,
    'note._id is not unique: records of this type cannot be saved',
  ],
  [
    'a reserved column of another type',
    `alter table category alter _created_by type varchar(40)`,
    'category._created_by is character varying, not text',
  ],
  [
    'access that is no list',
    `update category set _access = '{}'`,
    '1 records of category whose _access is no list: for their owner only',
  ],
  [
    'a view of somebody else',
    `create view busy as select 1 as x`,
    'the view busy is not of Skygear’s making: kept, and not served',
  ],
])('%s is told', async (_, sql, told) => {
  await using old = await oldApp(sql)
  const checked = await old.check()
  expect(checked.ok && (checked.value satisfies Adoption).oddities).toContain(told)
})
