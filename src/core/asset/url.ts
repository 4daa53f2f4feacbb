import type { Scope } from '../gear.ts'
import { ASSET_URL_SECONDS, ASSET_URL_SECONDS_MAX } from '../limits.ts'
import { sameSecret } from '../secret.ts'
import { escapedName } from './name.ts'

/** Who may have an asset's bytes: anybody, or whoever shows a signature. */
export type AssetAccess = 'public' | 'private'

/** What a record's value says of an asset: its name and, where its row was at hand, what the row says. */
export type AssetValue = {
  readonly $name: string
  readonly $content_type?: string
  readonly access?: string
}

/** Makes the URL under which an asset can be had for the next 15 minutes (v1 protocol, section 8.4). */
export type AssetUrls = (asset: AssetValue) => string

type Signing = Pick<Scope, 'tenant' | 'digests' | 'now'>

export const assetUrls =
  (scope: Signing & Pick<Scope, 'baseUrl'>): AssetUrls =>
  ({ $name, access }) => {
    const url = `${scope.baseUrl}/files/${escapedName($name)}`
    if (access === 'public') return url
    const expiresAt = Math.floor(scope.now.getTime() / 1000) + ASSET_URL_SECONDS
    return `${url}?expiredAt=${expiresAt}&signature=${signature(scope, $name, expiresAt)}%3D`
  }

/** HMAC-SHA256 over name and decimal expiry: base64url, whose padding is left to who shows it. */
const signature = ({ tenant, digests }: Signing, name: string, expiresAt: number): string =>
  digests.hmac(tenant.assetSecret, `${name}${expiresAt}`, 'base64url')

/** What is wrong with a v1 URL: it was not signed so, or its time is over or too far away to be one that we signed. */
export type UrlFault = 'malformed' | 'expired' | 'forged'

export function urlFault(scope: Signing, name: string, query: URLSearchParams): UrlFault | null {
  const expiry = query.get('expiredAt') ?? ''
  if (!/^-?\d{1,15}$/.test(expiry)) return 'malformed'
  const expiresAt = Number(expiry)
  const now = scope.now.getTime() / 1000
  // Standard base64 is an app's own server's (v1 protocol, section 8.4); `+` arrives as a space.
  const given = (query.get('signature') ?? '').replaceAll(/[+ ]/g, '-').replaceAll('/', '_').replace(/=$/, '')
  if (expiresAt < now || expiresAt > now + ASSET_URL_SECONDS_MAX || !/^[\w-]{43}$/.test(given))
    return 'expired'
  return sameSecret(given, signature(scope, name, expiresAt)) ? null : 'forged'
}
