import type { DocumentFault } from '../../src/gateway/document/fault.ts'
import { parseDocument, type GearSections, type Parsed } from '../../src/gateway/document/parse.ts'

/** The minimal document of skygear v2.3 "AppConfiguration". */
export const minimal = {
  api_version: 'v2.3',
  app_id: '5a0d...',
  app_name: 'myapp',
  database_config: { database_url: 'postgres://u@db/skygear', database_schema: 'app' },
  app_config: {
    api_version: 'v2.3',
    master_key: 'mk-3f2c',
    auth: { authentication_session: { secret: 's1' } },
    hook: { secret: 's2' },
    asset: { secret: 's3' },
  },
}

/** The fuller one of the same place: every optional block once. */
export const fuller = {
  ...minimal,
  hook: { sync_hook_timeout_second: 3, sync_hook_total_timeout_second: 8 },
  app_config: {
    api_version: 'v2.3',
    display_app_name: 'My App',
    master_key: 'mk-3f2c',
    clients: [
      {
        client_name: 'Web',
        client_id: 'web-client',
        redirect_uris: ['https://myapp.example/cb'],
        grant_types: ['authorization_code', 'refresh_token'],
        auth_api_use_cookie: true,
        access_token_lifetime: 900,
      },
    ],
    session: { lifetime: 604_800, idle_timeout_enabled: true, idle_timeout: 86_400 },
    cors: { origin: '*.myapp.example,localhost:3000' },
    oidc: { keys: [{ kid: 'k1', public_key: 'PEM', private_key: 'PEM' }] },
    auth: {
      enable_api: true,
      authentication_session: { secret: 's1' },
      login_id_keys: [{ key: 'email', type: 'email', maximum: 2 }],
      login_id_types: { email: { block_plus_sign: true } },
    },
    mfa: { enabled: true, enforcement: 'required', recovery_code: { count: 10, list_enabled: true } },
    password_policy: { min_length: 8, minimum_guessable_level: 3, history_size: 5 },
    user_verification: { criteria: 'all', login_id_keys: [{ key: 'email', code_format: 'numeric' }] },
    sso: {
      oauth: {
        state_jwt_secret: 's4',
        providers: [
          { type: 'google', client_id: 'c', client_secret: 'x' },
          { id: 'corp', type: 'azureadv2', client_id: 'c', client_secret: 'x', tenant: 't' },
        ],
      },
    },
    hook: { secret: 's2' },
    asset: { secret: 's3' },
    smtp: { host: 'smtp.example', port: 587, mode: 'ssl', login: 'l', password: 'p' },
  },
  template_items: [
    {
      type: 'welcome_email.txt',
      language_tag: 'ja',
      uri: 'asset-gear:///template-1f..txt',
      digest: 'sha256:ab..',
    },
  ],
  hooks: [{ event: 'before_user_create', url: 'https://myapp.example/hooks/before_user_create' }],
  deployment_routes: [
    {
      version: 'a1',
      path: '/api',
      type: 'http-service',
      type_config: { backend_url: 'http://svc-api:8080' },
    },
  ],
}

const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))

/** What `pointer` names in `value`, undefined if nothing does. */
export const at = (value: unknown, pointer: string): unknown =>
  keysOf(pointer).reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value)

/** A copy in which `pointer` names `value`, or, when that is left out, nothing. It defines `__proto__` as JSON does. */
export function edited(document: unknown, pointer: string, ...value: [] | [unknown]): unknown {
  const keys = keysOf(pointer)
  const last = keys.pop()
  if (last === undefined) return value[0]
  const copy: unknown = JSON.parse(JSON.stringify(document))
  const parent = keys.reduce((inner, key) => (inner as Record<string, unknown>)[key], copy) as object
  if (value.length === 0) Reflect.deleteProperty(parent, last)
  else
    Object.defineProperty(parent, last, {
      value: value[0],
      enumerable: true,
      configurable: true,
      writable: true,
    })
  return copy
}

/** The document that `value` parses to; throws the fault if it has one. */
export function accepted(value: unknown, sections: GearSections = {}): Parsed {
  const parsed = parseDocument(value, sections)
  if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.message}`)
  return parsed.value
}

/** Why `value` is refused, null if it is not. */
export function faultOf(value: unknown, sections: GearSections = {}): DocumentFault | null {
  const parsed = parseDocument(value, sections)
  return parsed.ok ? null : parsed.error
}
