import { MASTER_USER_ID, type Caller } from '../core/caller.ts'
import { fail, type Failure } from '../core/failure.ts'
import { failV2, inV2, type FailureV2 } from '../core/failure-v2.ts'
import type { Access, AccessV2 } from '../core/gear.ts'
import type { Tokens } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { sameSecret } from '../core/secret.ts'
import type { Tenant } from '../core/tenant.ts'

/** What a request shows: empty and ill-typed values count as absent (v1 protocol, section 1.3). */
export type Credentials = {
  readonly apiKey: string | null
  readonly accessToken: string | null
  /** `_user_id`: whom the master key stands in for. */
  readonly actingFor: string | null
}

type Body = Readonly<Record<string, unknown>>

/** Headers win over the body; the query string counts only where there is no body to read (gateways, section 1.4). */
export function credentialsOf(headers: Headers, body: Body, query?: URLSearchParams): Credentials {
  const given = (header: string, field: string): string | null => {
    const inBody = body[field]
    return headers.get(header) || query?.get(field) || (typeof inBody === 'string' && inBody) || null
  }
  const actingFor = body['_user_id']
  return {
    apiKey: given('x-skygear-api-key', 'api_key'),
    accessToken: given('x-skygear-access-token', 'access_token'),
    actingFor: typeof actingFor === 'string' && actingFor !== '' ? actingFor : null,
  }
}

const ANYONE: Caller = { key: 'none', clientId: null, user: null }

/** Who calls, as far as the action asks (v1 protocol, section 2.3). No I/O: the session is checked where the work is. */
export async function authenticate(
  { apiKey, accessToken, actingFor }: Credentials,
  access: Access,
  tenant: Tenant,
  tokens: Tokens,
  now: Date,
): Promise<Result<Caller, Failure>> {
  if (access === 'anyone') return ok(ANYONE)
  const holder = apiKey === null ? ANYONE : keyHolder(apiKey, tenant)
  if (!holder) return err(fail('AccessKeyNotAccepted', 'API key not accepted'))
  if (access === 'key')
    return holder.key === 'none' ? err(fail('NotAuthenticated', 'API key required')) : ok(holder)

  if (accessToken !== null) {
    const claims = await tokens.verify(tenant, accessToken, now)
    if (!claims.ok) return claims
    return ok({ ...holder, user: { id: claims.value.userId, sessionId: claims.value.sessionId } })
  }
  if (holder.key === 'none') return err(fail('NotAuthenticated', 'API key or access token required'))
  if (holder.key === 'master')
    return ok({ ...holder, user: { id: actingFor ?? MASTER_USER_ID, sessionId: null } })
  return access === 'user' || access === 'expired user'
    ? err(fail('NotAuthenticated', 'login required'))
    : ok(holder)
}

/**
 * The same for v2 (v2 reference, section 1.10): a key that is none of the app's counts as none, and the token is a bearer's.
 */
export async function authenticateV2(
  headers: Headers,
  access: AccessV2,
  tenant: Tenant,
  tokens: Tokens,
  now: Date,
): Promise<Result<Caller, FailureV2>> {
  const holder = keyHolder(headers.get('x-skygear-api-key') ?? '', tenant) ?? ANYONE
  if (access === 'anyone' || holder.key === 'master') return ok(holder)
  if (access === 'master key') return err(failV2('AccessKeyNotAccepted', 'Master key required'))
  const token = /^bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token === undefined) return err(failV2('NotAuthenticated', 'authentication required'))
  const claims = await tokens.verify(tenant, token, now)
  if (!claims.ok) return err(inV2(claims.error))
  return ok({ ...holder, user: { id: claims.value.userId, sessionId: claims.value.sessionId } })
}

function keyHolder(apiKey: string, tenant: Tenant): Caller | null {
  if (sameSecret(apiKey, tenant.masterKey)) return { ...ANYONE, key: 'master' }
  const client = tenant.clients.find(({ id }) => sameSecret(apiKey, id))
  return client ? { ...ANYONE, key: 'client', clientId: client.id } : null
}
