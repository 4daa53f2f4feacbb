import { describe, expect, it } from 'vitest'
import { accepted, at, edited, fuller, minimal } from './document.fixture.ts'

describe('defaults', () => {
  it('of the minimal document', () => {
    const { document } = accepted(minimal)
    expect(document).toMatchObject({
      hook: { sync_hook_timeout_second: 5, sync_hook_total_timeout_second: 10 },
      template_items: [],
      hooks: [],
      deployment_routes: [],
      server_timing: false,
    })
    expect(document.plan).toBeUndefined()
    expect(document.gears).toEqual({})
    expect(document.gears['constructor']).toBeUndefined()
    expect(document.app_config).toEqual({
      api_version: 'v2.3',
      display_app_name: 'myapp',
      master_key: 'mk-3f2c',
      clients: [],
      session: {
        lifetime: 86_400,
        idle_timeout_enabled: false,
        idle_timeout: 300,
        cookie_non_persistent: false,
      },
      cors: { origin: '' },
      oidc: {},
      auth: {
        enable_api: false,
        authentication_session: { secret: 's1' },
        login_id_keys: [
          { key: 'username', type: 'username', maximum: 1 },
          { key: 'email', type: 'email', maximum: 1 },
          { key: 'phone', type: 'phone', maximum: 1 },
        ],
        login_id_types: {
          email: { case_sensitive: false, block_plus_sign: false, ignore_dot_sign: false },
          username: {
            block_reserved_usernames: true,
            excluded_keywords: [],
            ascii_only: true,
            case_sensitive: false,
          },
        },
        on_user_duplicate_allow_create: false,
      },
      auth_ui: { css: '' },
      mfa: {
        enabled: false,
        enforcement: 'optional',
        maximum: 99,
        totp: { maximum: 99 },
        oob: {
          sms: { maximum: 99 },
          email: { maximum: 99 },
          sender: 'no-reply@skygear.io',
          subject: 'Two Factor Auth Verification instruction',
        },
        bearer_token: { expire_in_days: 30 },
        recovery_code: { count: 16, list_enabled: false },
      },
      password_policy: {
        min_length: 0,
        uppercase_required: false,
        lowercase_required: false,
        digit_required: false,
        symbol_required: false,
        minimum_guessable_level: 0,
        excluded_keywords: [],
        history_size: 0,
        history_days: 0,
        expiry_days: 0,
      },
      forgot_password: {
        secure_match: true,
        sender: 'no-reply@skygear.io',
        subject: 'Reset password instruction',
        reset_url_lifetime: 43_200,
      },
      welcome_email: {
        enabled: false,
        sender: 'no-reply@skygear.io',
        subject: 'Welcome!',
        destination: 'first',
      },
      sso: {},
      user_verification: { auto_send_on_signup: false, criteria: 'any', login_id_keys: [] },
      hook: { secret: 's2' },
      asset: { secret: 's3' },
      smtp: { port: 25, mode: 'normal' },
      twilio: {},
      nexmo: {},
    })
  })

  it.each([
    ['/database_config', {}, '/database_config/database_schema', 'app_myapp'],
    ['/app_config/display_app_name', '', '/app_config/display_app_name', 'myapp'],
    ['/app_config/session/lifetime', 0, '/app_config/session/lifetime', 86_400],
    ['/app_config/session/idle_timeout', 0, '/app_config/session/idle_timeout', 300],
    ['/app_config/session/cookie_domain', '', '/app_config/session/cookie_domain', undefined],
    ['/app_config/clients/0/access_token_lifetime', 0, '/app_config/clients/0/access_token_lifetime', 1800],
    [
      '/app_config/clients/0/refresh_token_lifetime',
      0,
      '/app_config/clients/0/refresh_token_lifetime',
      86_400,
    ],
    [
      '/app_config/clients/0/access_token_lifetime',
      90_000,
      '/app_config/clients/0/refresh_token_lifetime',
      90_000,
    ],
    ['/app_config/sso/oauth/providers/0/id', '', '/app_config/sso/oauth/providers/0/id', 'google'],
    [
      '/app_config/sso/oauth/providers/0/scope',
      '',
      '/app_config/sso/oauth/providers/0/scope',
      'openid profile email',
    ],
    [
      '/app_config/user_verification/login_id_keys/0/expiry',
      0,
      '/app_config/user_verification/login_id_keys/0/expiry',
      3600,
    ],
    [
      '/app_config/user_verification/login_id_keys/0/subject',
      '',
      '/app_config/user_verification/login_id_keys/0/subject',
      'Verification instruction',
    ],
    ['/app_config/welcome_email', { subject: '' }, '/app_config/welcome_email/subject', 'Welcome!'],
    ['/app_config/smtp/port', 0, '/app_config/smtp/port', 25],
    ['/hook/sync_hook_timeout_second', 0, '/hook/sync_hook_timeout_second', 5],
    // Where nothing is a choice, it stays.
    ['/app_config/mfa/maximum', 0, '/app_config/mfa/maximum', 0],
    ['/app_config/auth/login_id_keys/0/maximum', 0, '/app_config/auth/login_id_keys/0/maximum', 0],
    [
      '/app_config/auth/login_id_types',
      { username: { ascii_only: false } },
      '/app_config/auth/login_id_types/username/ascii_only',
      false,
    ],
    // Ours.
    ['/app_config/auth/login_id_keys/0', { type: 'email' }, '/app_config/auth/login_id_keys/0/key', 'email'],
    ['/app_config/clients/0', { api_key: 'k', id: 'web' }, '/app_config/clients/0/client_id', 'k'],
    ['/app_config/clients/0', { api_key: 'k', id: 'web' }, '/app_config/clients/0/client_name', 'web'],
    [
      '/app_config/clients/0',
      { client_id: 'c', name: 'Web', id: 'web' },
      '/app_config/clients/0/client_name',
      'Web',
    ],
    [
      '/app_config/clients/0',
      { client_id: 'c', client_name: 'C', api_key: 'k' },
      '/app_config/clients/0/api_key',
      'k',
    ],
    ['/plan', '', '/plan', undefined],
  ])('%s = %j makes %s %j', (path, value, where, expected) => {
    expect(at(accepted(edited(fuller, path, value)).document, where)).toEqual(expected)
  })

  it.each([
    ['google', 'openid profile email'],
    ['facebook', 'email'],
    ['instagram', 'basic'],
    ['linkedin', 'r_liteprofile r_emailaddress'],
    ['azureadv2', 'openid profile email'],
    ['apple', 'email'],
  ])('a %s provider asks for the scope "%s"', (type, scope) => {
    const provider = { type, client_id: 'c', client_secret: 'x', tenant: 't', key_id: 'k', team_id: 't' }
    const { document } = accepted(edited(fuller, '/app_config/sso/oauth/providers', [provider]))
    expect(document.app_config.sso.oauth?.providers).toMatchObject([{ id: type, scope }])
  })
})
