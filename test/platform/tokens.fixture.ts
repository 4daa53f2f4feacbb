import { exportPKCS8, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import type { Tenant } from '../../src/core/tenant.ts'
import { aTenant } from '../support/tenant.ts'

export const now = new Date('2026-07-01T12:00:00Z')
export const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)
export const claims = { userId: 'u-1', sessionId: 's-1', issuedAt: now, expiresAt: later(3600) }
export const seconds = (date: Date): number => Math.floor(date.getTime() / 1000)

/** A pair as a tenant document gives it: PEM. */
export async function pemPair(kid: string, algorithm: 'EdDSA' | 'ES256' | 'ES384' | 'RS256') {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  return {
    kid,
    privateKey: await exportPKCS8(pair.privateKey),
    publicKey: await exportSPKI(pair.publicKey),
    key: pair.privateKey,
  }
}

/** The parts of a token, decoded. */
export function partsOf(token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const json = (part: string) => JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/'))) as unknown
  return { header: json(header), payload: json(payload), raw: { header, payload, signature } }
}

export const encoded = (value: unknown): string =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

type Made = {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
  readonly payload?: Readonly<Record<string, unknown>>
}

/** A token that somebody else made, good for `notes` but for what is said. */
export const madeWith = (key: CryptoKey | Uint8Array, { alg, kid = 'k1', typ = 'at+jwt', payload }: Made) =>
  new SignJWT({
    sid: 's-1',
    sub: 'u-1',
    iss: 'notes',
    aud: 'notes',
    iat: seconds(now),
    exp: seconds(later(3600)),
    ...payload,
  })
    .setProtectedHeader({ alg, ...(kid !== '' && { kid }), ...(typ !== '' && { typ }) })
    .sign(key)

export const notes = (signingKeys: Tenant['signingKeys'] = []): Tenant => aTenant({ signingKeys })
