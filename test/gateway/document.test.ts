import { describe, expect, it } from 'vitest'
import { DOCUMENT_BYTES_MAX } from '../../src/core/limits.ts'
import { parseDocumentText } from '../../src/gateway/document/parse.ts'
import { accepted, edited, faultOf, fuller, minimal } from './document.fixture.ts'

describe('what is accepted', () => {
  it.each([
    ['the minimal document', minimal],
    ['the fuller document', fuller],
    ['no database keys at all: the cluster has a database', edited(minimal, '/database_config', {})],
    ['an app name of an older cluster', edited(minimal, '/app_name', 'My_App')],
    ['an api version of an older cluster', edited(minimal, '/api_version', 'v2.0')],
    ['lists as the original writes them when empty', { ...minimal, hooks: null, deployment_routes: null }],
    [
      'null for nothing in the lists that the original did not check',
      {
        ...minimal,
        deployment_routes: [{ path: null, type_config: null }, null],
        template_items: [{ type: 'x', language_tag: null, uri: null }],
        hooks: [{ event: 'before_signup', url: null }],
      },
    ],
    [
      'a quoted name in a sender',
      edited(minimal, '/app_config/welcome_email', { sender: '"Us" <us@example.com>' }),
    ],
    [
      'a bare address in a sender',
      edited(minimal, '/app_config/welcome_email', { sender: 'us@example.com' }),
    ],
    [
      "v2.2's client",
      edited(minimal, '/app_config/clients', [
        { id: 'web', name: 'Web', api_key: 'k', session_transport: 'header' },
      ]),
    ],
  ])('%s', (_, value) => {
    expect(faultOf(value)).toBeNull()
  })

  it('warns of nothing where everything has an effect', () => {
    expect(accepted(fuller).warnings).toEqual([])
  })
})

describe('what a missing key is refused with', () => {
  it.each([
    '/api_version',
    '/app_id',
    '/app_name',
    '/database_config',
    '/app_config',
    '/app_config/api_version',
    '/app_config/master_key',
    '/app_config/auth',
    '/app_config/auth/authentication_session',
    '/app_config/auth/authentication_session/secret',
    '/app_config/auth/login_id_keys/0/type',
    '/app_config/clients/0/client_name',
    '/app_config/clients/0/client_id',
    '/app_config/oidc/keys/0/kid',
    '/app_config/oidc/keys/0/public_key',
    '/app_config/oidc/keys/0/private_key',
    '/app_config/user_verification/login_id_keys/0/key',
    '/app_config/sso/oauth/state_jwt_secret',
    '/app_config/sso/oauth/providers/0/type',
    '/app_config/sso/oauth/providers/0/client_id',
    '/app_config/sso/oauth/providers/0/client_secret',
    '/app_config/sso/oauth/providers/1/tenant',
    '/app_config/hook',
    '/app_config/hook/secret',
    '/app_config/asset',
    '/app_config/asset/secret',
  ])('%s is required', (path) => {
    expect(faultOf(edited(fuller, path))).toEqual({ path, message: 'is required' })
  })

  it.each(['key_id', 'team_id'])('an apple provider needs its %s', (key) => {
    const provider = { type: 'apple', client_id: 'c', client_secret: 'x', key_id: 'k', team_id: 't' }
    const whole = edited(fuller, '/app_config/sso/oauth/providers', [provider])
    expect(faultOf(whole)).toBeNull()
    const path = `/app_config/sso/oauth/providers/0/${key}`
    expect(faultOf(edited(whole, path))).toEqual({ path, message: 'is required' })
  })
})

describe('what a value is refused with', () => {
  it.each([
    ['', null, 'must be an object'],
    ['', [], 'must be an object'],
    ['/api_version', 'v3.0', 'must be one of "v2.0", "v2.1", "v2.2", "v2.3"'],
    ['/app_config/api_version', 'v1', 'must be one of "v2.0", "v2.1", "v2.2", "v2.3"'],
    ['/app_id', '', 'must have at least 1 character(s)'],
    ['/app_name', 7, 'must be a string'],
    ['/app_config', [], 'must be an object'],
    ['/app_config/session', [], 'must be an object'],
    ['/app_config/session', null, 'must be an object'],
    ['/app_config/session/lifetime', -1, 'must be at least 0'],
    ['/app_config/session/lifetime', 1.5, 'must be an integer'],
    ['/app_config/session/lifetime', '60', 'must be a number'],
    ['/app_config/session/idle_timeout_enabled', 1, 'must be a boolean'],
    ['/app_config/master_key', '', 'must have at least 1 character(s)'],
    ['/app_config/clients', {}, 'must be an array'],
    ['/app_config/clients/0/client_id', '', 'must have at least 1 character(s)'],
    ['/app_config/clients/0/access_token_lifetime', -1, 'must be at least 0'],
    ['/app_config/clients/0/redirect_uris/0', 1, 'must be a string'],
    ['/app_config/oidc/keys', [], 'must have at least 1 item(s)'],
    ['/app_config/auth/login_id_keys', [], 'must have at least 1 item(s)'],
    ['/app_config/auth/login_id_keys/0/type', 'fax', 'must be one of "raw", "email", "phone", "username"'],
    ['/app_config/auth/authentication_session/secret', '', 'must have at least 1 character(s)'],
    ['/app_config/mfa/enforcement', '', 'must be one of "off", "optional", "required"'],
    ['/app_config/mfa/maximum', 1000, 'must be at most 999'],
    ['/app_config/mfa/bearer_token', { expire_in_days: 0 }, 'must be at least 1', '/expire_in_days'],
    ['/app_config/mfa/recovery_code/count', 25, 'must be at most 24'],
    ['/app_config/password_policy/minimum_guessable_level', 6, 'must be at most 5'],
    ['/app_config/password_policy/history_size', 25, 'must be at most 24'],
    [
      '/app_config/welcome_email',
      { sender: '' },
      'must be user@example.com or "User" <user@example.com>',
      '/sender',
    ],
    [
      '/app_config/welcome_email',
      { sender: 'Us <us@example.com>' },
      'must be user@example.com or "User" <user@example.com>',
      '/sender',
    ],
    [
      '/app_config/forgot_password',
      { reply_to: '"A\r\nBcc: b" <a@example.com>' },
      'must be user@example.com or "User" <user@example.com>',
      '/reply_to',
    ],
    ['/app_config/sso/oauth/state_jwt_secret', '', 'must have at least 1 character(s)'],
    [
      '/app_config/sso/oauth/providers/0/type',
      'myspace',
      'must be one of "google", "facebook", "instagram", "linkedin", "azureadv2", "apple"',
    ],
    ['/app_config/user_verification/criteria', 'some', 'must be one of "any", "all"'],
    ['/app_config/smtp/port', -25, 'must be at least 0'],
    ['/app_config/smtp/mode', 'tls', 'must be one of "normal", "ssl"'],
    ['/hook/sync_hook_timeout_second', 'soon', 'must be a number'],
    ['/hooks', {}, 'must be an array'],
    ['/gears', [], 'must be an object'],
    ['/gears', { auth: true }, 'must be a string', '/auth'],
    ['/gear_config', [], 'must be an object'],
    ['/plan', 1, 'must be a string'],
    ['/server_timing', 'yes', 'must be a boolean'],
    ['/database_config/database_url', '', 'must have at least 1 character(s)'],
    ['/database_config/database_schema', 'é'.repeat(32), 'must be at most 63 bytes'],
    ['/database_config/database_schema', 'a\0b', 'must not hold U+0000'],
  ])('%s: %j %s', (path, value, message, below = '') => {
    expect(faultOf(edited(fuller, path, value))).toEqual({ path: path + below, message })
  })

  it('a schema name of 63 bytes fits, and one made of the app name must fit as well', () => {
    expect(faultOf(edited(minimal, '/database_config/database_schema', 'a'.repeat(63)))).toBeNull()
    const unnamed = edited(minimal, '/database_config', {})
    expect(faultOf(edited(unnamed, '/app_name', 'a'.repeat(59)))).toBeNull()
    expect(faultOf(edited(unnamed, '/app_name', 'a'.repeat(60)))).toMatchObject({
      path: '/database_config/database_schema',
    })
  })

  it('nesting beyond any document is refused before it is walked', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(faultOf(edited(minimal, '/gear_config', { x: deep }))).toEqual({
      path: '',
      message: 'is nested deeper than 32 levels',
    })
  })
})

describe('the rules across keys', () => {
  it.each([
    [
      'no client id is the master key',
      edited(fuller, '/app_config/clients/0/client_id', 'mk-3f2c'),
      '/app_config/master_key',
      'master key must not be same as client_id',
    ],
    [
      "nor is v2.2's api key beside one",
      edited(fuller, '/app_config/clients/0/api_key', 'mk-3f2c'),
      '/app_config/master_key',
      'master key must not be same as client_id',
    ],
    [
      'a refresh token outlives its access token',
      edited(fuller, '/app_config/clients/0/refresh_token_lifetime', 899),
      '/app_config/clients/0/refresh_token_lifetime',
      'refresh token lifetime must be greater than or equal to access token lifetime',
    ],
    [
      'what is verified is a login id key',
      edited(fuller, '/app_config/user_verification/login_id_keys/0/key', 'fax/home'),
      '/app_config/user_verification/login_id_keys/fax~1home',
      'cannot verify disallowed login ID key',
    ],
    [
      'what makes a user verified is verified',
      edited(fuller, '/gear_config', { auth: { verification_criteria: ['email', 'phone'] } }),
      '/gear_config/auth/verification_criteria/1',
      'must be among app_config.user_verification.login_id_keys',
    ],
    [
      'provider ids are unique',
      edited(fuller, '/app_config/sso/oauth/providers/1/id', 'google'),
      '/app_config/sso/oauth/providers/1',
      'duplicated OAuth provider',
    ],
  ])('%s', (_, value, path, message) => {
    expect(faultOf(value)).toEqual({ path, message })
  })
})

describe('text', () => {
  it('is parsed as JSON', () => {
    expect(parseDocumentText(JSON.stringify(minimal), {})).toMatchObject({ ok: true })
  })
  it.each(['', '{', '{"master_key": "hush" "x"}', 'hush'])(
    '%j is not JSON, and the answer does not quote it',
    (text) => {
      expect(parseDocumentText(text, {})).toEqual({ ok: false, error: { path: '', message: 'is not JSON' } })
    },
  )
  it.each(['a', 'é'])('of more than 1 MiB is refused, counted in bytes (%s)', (character) => {
    const room = DOCUMENT_BYTES_MAX - JSON.stringify({ ...minimal, plan: '' }).length
    const plan = character.repeat(Math.floor(room / (character === 'a' ? 1 : 2)))
    expect(parseDocumentText(JSON.stringify({ ...minimal, plan }), {})).toMatchObject({ ok: true })
    expect(parseDocumentText(JSON.stringify({ ...minimal, plan: plan + character }), {})).toEqual({
      ok: false,
      error: { path: '', message: 'is larger than 1048576 bytes' },
    })
  })
})
