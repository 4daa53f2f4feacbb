import { createHash } from 'node:crypto'
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader, errors } from 'jose'
import type { Sealer } from '../core/sealer.ts'

/** A256GCM takes a key of exactly this size (RFC 7518, section 5.3). */
const KEY_BYTES = 32

/**
 * Secrets as compact JWEs (RFC 7516): `dir` with A256GCM. The protected header, which the cipher authenticates, names
 * the key, the app and the place.
 * @param keys `TENANT_SEAL_KEY`: base64 of 32 bytes; during a rotation several with commas between, of which the first
 * seals and all open
 * @throws Error where a key is not one, without quoting it
 */
export function joseSealer(keys: string): Sealer {
  const ring = keys.split(',').map(keyFrom)
  const [first] = ring
  if (!first) throw new Error('TENANT_SEAL_KEY is empty')
  return {
    seal: (secret, { appId, path }) =>
      new CompactEncrypt(new TextEncoder().encode(secret))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: first.kid, app_id: appId, path })
        .encrypt(first.bytes),
    async open(sealed, { appId, path }) {
      const header = headerOf(sealed)
      const key = ring.find(({ kid }) => kid === header?.kid)
      if (!key || header?.['app_id'] !== appId || header['path'] !== path) return null
      try {
        const { plaintext } = await compactDecrypt(sealed, key.bytes, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext)
      } catch (cause) {
        if (cause instanceof errors.JOSEError || cause instanceof TypeError) return null
        throw cause
      }
    },
    isCurrent: (sealed) => headerOf(sealed)?.kid === first.kid,
  }
}

function headerOf(sealed: string) {
  try {
    return decodeProtectedHeader(sealed)
  } catch {
    return null
  }
}

function keyFrom(text: string) {
  const bytes = Buffer.from(text.trim(), 'base64')
  if (bytes.length !== KEY_BYTES) throw new Error(`TENANT_SEAL_KEY: a key is base64 of ${KEY_BYTES} bytes`)
  // Tells keys apart, and of the key nothing.
  const kid = createHash('sha256').update('skygear tenant seal').update(bytes).digest('base64url').slice(0, 8)
  return { kid, bytes: new Uint8Array(bytes) }
}
