import { keypath, type Json } from './app.ts'

const account = {
  provider: 'google',
  principal_id: '1041',
  token_response: { access_token: 'x' },
  provider_profile: { email: 'x' },
}
const letter = {
  args: {
    email: 'a@b.example',
    text_template: 'x',
    html_template: 'x',
    subject: 'x',
    sender: 'a@b.example',
    reply_to: 'a@b.example',
  },
}
const rule = {
  record_type: 'note',
  record_field: 'title',
  user_role: '_any_user',
  writable: true,
  readable: true,
  comparable: true,
  discoverable: true,
}

/**
 * Bodies that are legal, by endpoint: what is made bad in each of their places gets as far as such a value can. They
 * speak of `note/1`, of fields `title` and `n`, and of users who are not there.
 */
export const LEGAL: Readonly<Record<string, readonly Json[]>> = {
  'auth:signup': [
    { profile: { nick: 'x', since: 1 }, auth_data: null, password: null, provider: null },
    { auth_data: { email: 'a@b.example' }, password: '' },
  ],
  'auth:login': [{ auth_data: { username: 'nobody' }, provider: 'x' }],
  'auth:password': [{ old_password: 'x', password: 'x', invalidate: true }],
  'auth:reset_password': [{ auth_id: 'nobody', password: 'x' }],
  'auth:disable:set': [{ auth_id: 'nobody', disabled: true, message: 'x', expiry: '2999-01-01T00:00:00Z' }],
  'auth:session:list': [{ auth_id: 'nobody' }],
  'auth:session:revoke': [{ auth_id: 'nobody', session_id: 'none' }],
  'auth:audit:list': [{ auth_id: 'nobody', event: 'login', before: 1, limit: 1 }],
  'user:forgot-password': [{ args: { email: 'a@b.example' } }],
  'user:reset-password': [
    { args: { user_id: 'nobody', code: 'x', expire_at: 32_503_680_000, new_password: 'x' } },
  ],
  'user:verify_request': [{ args: { record_key: 'email' } }],
  'user:verify_code': [{ args: { code: 'x' } }],
  'user:forgot-password:test': [letter],
  'user:welcome-email:test': [letter],
  'user:verify_request:test': [{ args: { record_key: 'email', record_value: 'a@b.example' } }],
  'sso:custom_token:login': [{ token: 'x.x.x' }],
  'sso:oauth:login': [account],
  'sso:oauth:signup': [{ ...account, profile: { nick: 'x' } }],
  'sso:oauth:link': [{ ...account, user_id: 'nobody' }],
  'sso:oauth:unlink': [{ provider: 'google', user_id: 'nobody' }],
  'role:default': [{ roles: ['r', 's'] }],
  'role:admin': [{ roles: ['r', 's'] }],
  'role:assign': [{ roles: ['r'], users: ['nobody'] }],
  'role:revoke': [{ roles: ['r'], users: ['nobody'] }],
  'role:get': [{ users: ['nobody'] }],
  'record:save': [
    {
      records: [
        {
          _id: 'note/1',
          title: 'x',
          n: 1,
          _access: [
            { level: 'read', public: true },
            { level: 'write', role: 'r' },
          ],
        },
        { _id: 'fresh/1', when: { $type: 'date', $date: '2026-01-01T00:00:00Z' }, more: [{ a: 1 }] },
      ],
      atomic: false,
      database_id: '_public',
    },
    { records: [{ _id: 'note/1', at: { $type: 'geo', $lng: 1, $lat: 2 } }], atomic: true },
  ],
  'record:fetch': [{ ids: ['note/1', 'note/2'], database_id: '_private' }],
  'record:query': [
    {
      record_type: 'note',
      predicate: [
        'and',
        ['eq', keypath('title'), 'x'],
        ['in', keypath('n'), [1]],
        ['not', ['gt', keypath('n'), 1]],
      ],
      sort: [[keypath('title'), 'asc']],
      limit: 1,
      offset: 1,
      page: 1,
      count: true,
      include: null,
      desired_keys: null,
      database_id: null,
    },
    { record_type: 'user', predicate: ['like', keypath('username'), 'x'] },
  ],
  'record:delete': [{ ids: ['note/none', 'note/no'], atomic: true, database_id: '_public' }],
  'schema:create': [{ record_types: { fresh: { fields: [{ name: 'a', type: 'string' }] } } }],
  'schema:rename': [{ record_type: 'note', item_name: 'n', new_name: 'm' }],
  'schema:delete': [{ record_type: 'note', item_name: 'n' }],
  'schema:index': [{ record_type: 'note', fields: ['title', 'n'], drop: false }],
  'schema:access': [{ type: 'note', create_roles: ['r'] }],
  'schema:default_access': [
    {
      type: 'note',
      default_access: [
        { level: 'write', role: 'r' },
        { level: 'read', public: true, user_id: 'x', relation: 'friend' },
      ],
    },
  ],
  'schema:field_access:update': [{ access: [{ ...rule, user_role: '_role:r' }, rule] }],
  'relation:add': [{ name: 'friend', targets: ['nobody'] }],
  'relation:remove': [{ name: 'friend', targets: ['nobody'] }],
  'relation:query': [{ name: 'friend', direction: 'outward', limit: 1, offset: 1, page: 1 }],
  'asset:put': [{ filename: 'cat.png', 'content-type': 'image/png', 'content-size': 3 }],
  'POST /_asset/presign_upload': [
    {
      prefix: 'x',
      access: 'private',
      headers: {
        'content-length': '3',
        'content-type': 'image/png',
        'content-disposition': 'inline',
        'content-md5': 'rL0Y20zC+Fzt72VPzMSk2A==',
      },
    },
  ],
  'POST /_asset/get_signed_url': [
    { assets: [{ asset_name: 'cat.png', expire: 1, pipeline: 'image/resize,w_1' }] },
  ],
}
