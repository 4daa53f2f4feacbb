import * as v from 'valibot'
import { IDENTIFIER_BYTES_MAX } from '../../core/limits.ts'
import { type DocumentFault, pointer } from './fault.ts'
import type { TenantDocument } from './schema.ts'

/**
 * The rules that need more than one key, judged after defaults (skygear v2.3 "Cross-field rules"), and our own of the
 * schema's name. The original's pointers began with /user_config, a name that app_config had long before; ours do not.
 */
export function brokenRule({
  database_config,
  app_config,
  gear_config,
}: TenantDocument): DocumentFault | null {
  const { clients, master_key, auth, user_verification, sso } = app_config

  if (clients.some(({ client_id, api_key }) => client_id === master_key || api_key === master_key)) {
    return fault('master key must not be same as client_id', 'app_config', 'master_key')
  }

  const short = clients.findIndex((client) => client.refresh_token_lifetime < client.access_token_lifetime)
  if (short >= 0) {
    const message = 'refresh token lifetime must be greater than or equal to access token lifetime'
    return fault(message, 'app_config', 'clients', short, 'refresh_token_lifetime')
  }

  const loginIdKeys = new Set(auth.login_id_keys.map(({ key }) => key))
  const stranger = user_verification.login_id_keys.find(({ key }) => !loginIdKeys.has(key))
  if (stranger !== undefined) {
    const place = ['app_config', 'user_verification', 'login_id_keys', stranger.key]
    return fault('cannot verify disallowed login ID key', ...place)
  }

  const verifiedKeys = user_verification.login_id_keys.map(({ key }) => key)
  const unproved = criteriaIn(gear_config['auth']).findIndex((key) => !verifiedKeys.includes(key))
  if (unproved >= 0) {
    const message = 'must be among app_config.user_verification.login_id_keys'
    return fault(message, 'gear_config', 'auth', 'verification_criteria', unproved)
  }

  const providers = (sso.oauth?.providers ?? []).map(({ id }) => id)
  const twin = providers.findIndex((id, index) => providers.indexOf(id) < index)
  if (twin >= 0) return fault('duplicated OAuth provider', 'app_config', 'sso', 'oauth', 'providers', twin)

  const schema = database_config.database_schema
  if (new TextEncoder().encode(schema).length > IDENTIFIER_BYTES_MAX) {
    const message = `must be at most ${IDENTIFIER_BYTES_MAX} bytes`
    return fault(message, 'database_config', 'database_schema')
  }
  if (schema.includes('\0')) return fault('must not hold U+0000', 'database_config', 'database_schema')
  return null
}

/** Of a section that its gear's schema has yet to judge. */
function criteriaIn(section: unknown): readonly string[] {
  const parsed = v.safeParse(v.object({ verification_criteria: v.array(v.string()) }), section)
  return parsed.success ? parsed.output.verification_criteria : []
}

const fault = (message: string, ...keys: unknown[]): DocumentFault => ({ path: pointer(keys), message })
