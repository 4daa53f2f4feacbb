import { createPrivateKey, createPublicKey } from 'node:crypto'
import {
  calculateJwkThumbprint,
  errors,
  exportJWK,
  importPKCS8,
  importSPKI,
  jwtVerify,
  SignJWT,
  type JWK,
  type JWTPayload,
} from 'jose'
import { BoundedMap } from '../core/bounded-map.ts'
import { fail, invalid, type Failure } from '../core/failure.ts'
import { CUSTOM_TOKEN_BYTES_MAX, TOKENS_CACHED_MAX, TOKEN_BYTES_MAX } from '../core/limits.ts'
import type { CustomClaims, TokenClaims, Tokens } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { DERIVED_KEY, type Tenant } from '../core/tenant.ts'

type Algorithm = 'EdDSA' | 'ES256'
type SigningKey = {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  /** Until then it only verifies. */
  readonly signsFrom: Date | null
}

/** `id` names app and keys: a remembered token does not outlive the key that signed it, nor reach another app. */
type Keyring = { readonly id: string; readonly keys: readonly SigningKey[] }

const NOT_ACCEPTED = err(fail('AccessTokenNotAccepted', 'access token not accepted'))
/** RFC 9068's type: an ID token or anything else that the same key signs is no access token. */
const TOKEN_TYPE = 'at+jwt'

/**
 * Access tokens as JWTs (RFC 7519), signed with the app's own key: the newest of the document's `oidc.keys` that signs
 * by now and is an Ed25519 or P-256 key, else one derived from the app's secret. `iss` and `aud` are the app id, so that no other app's
 * token passes even where two share a key. A verified token is remembered until it expires (measured: a verification
 * costs more than all other work of a request together).
 */
export function joseTokens(): Tokens {
  const keysOf = new WeakMap<Tenant, Keyring>()
  const verified = new BoundedMap<string, TokenClaims & { readonly expiresAt: number }>(TOKENS_CACHED_MAX)
  const keys = async (tenant: Tenant) => {
    const known = keysOf.get(tenant) ?? (await keyring(tenant))
    keysOf.set(tenant, known)
    return known
  }

  return {
    async issue(tenant, { userId, sessionId, issuedAt, expiresAt }) {
      const { keys: available } = await keys(tenant)
      const key =
        available.find(({ signsFrom }) => signsFrom === null || signsFrom <= issuedAt) ?? available.at(-1)
      if (!key) throw new Error('an app without a signing key')
      const token = new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: TOKEN_TYPE })
        .setIssuer(tenant.appId)
        .setAudience(tenant.appId)
        .setSubject(userId)
        .setJti(crypto.randomUUID())
        .setIssuedAt(issuedAt)
      if (expiresAt) token.setExpirationTime(expiresAt)
      return token.sign(key.privateKey)
    },

    async verify(tenant, token, now) {
      if (token.length > TOKEN_BYTES_MAX) return NOT_ACCEPTED
      const { id, keys: available } = await keys(tenant)
      const cacheKey = id + token
      const known = verified.get(cacheKey)
      if (known) return known.expiresAt > now.getTime() ? ok(known) : NOT_ACCEPTED
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid, alg }) => {
            const key = available.find((candidate) => candidate.kid === kid && candidate.algorithm === alg)
            if (!key) throw new errors.JWKSNoMatchingKey()
            return key.publicKey
          },
          {
            issuer: tenant.appId,
            audience: tenant.appId,
            typ: TOKEN_TYPE,
            algorithms: ['EdDSA', 'ES256'],
            currentDate: now,
          },
        )
        const { sub, sid, exp } = payload
        if (typeof sub !== 'string' || typeof sid !== 'string') return NOT_ACCEPTED
        const claims = { userId: sub, sessionId: sid, expiresAt: exp === undefined ? Infinity : exp * 1000 }
        verified.set(cacheKey, claims)
        return ok(claims)
      } catch (cause) {
        if (cause instanceof errors.JOSEError || cause instanceof TypeError) return NOT_ACCEPTED
        throw cause
      }
    },

    async publicKeys(tenant) {
      return { keys: (await keys(tenant)).keys.map(({ jwk }) => jwk) }
    },

    verifyCustom: verifyCustomToken,
  }
}

async function keyring(tenant: Tenant): Promise<Keyring> {
  const keys = await signingKeys(tenant)
  return { id: `${tenant.appId}\n${keys.map(({ kid }) => kid).join()}\n`, keys }
}

async function signingKeys(tenant: Tenant): Promise<readonly SigningKey[]> {
  const given: SigningKey[] = []
  for (const { kid, privateKey, publicKey, signsFrom = null } of tenant.signingKeys) {
    if (kid === DERIVED_KEY) {
      given.push(await derivedKey(tenant))
      continue
    }
    const algorithm = algorithmOf(privateKey)
    if (!algorithm || algorithmOf(publicKey) !== algorithm) continue
    const pair = {
      privateKey: await importPKCS8(privateKey, algorithm),
      publicKey: await importSPKI(publicKey, algorithm, { extractable: true }),
    }
    given.push(await signingKey(kid, algorithm, pair, signsFrom))
  }
  return given.length > 0 ? given : [await derivedKey(tenant)]
}

/**
 * What a PEM's key signs with; null where it is of another kind: RSA keys of a v2 document sign ID tokens, not these.
 * Read from the PEM, since workerd imports any key as Ed25519 and fails later.
 */
function algorithmOf(pem: string): Algorithm | null {
  try {
    const key = pem.includes('PRIVATE KEY') ? createPrivateKey(pem) : createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
      ? 'ES256'
      : null
  } catch {
    return null
  }
}

/** RFC 8410, section 7: what precedes the 32 bytes of an Ed25519 private key in PKCS #8. */
const ED25519_PKCS8_PREFIX = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20] as const

/** Any 32 bytes are an Ed25519 private key (RFC 8032, section 5.1.5): HKDF (RFC 5869) makes them of the app's secret. */
async function derivedKey(tenant: Tenant): Promise<SigningKey> {
  const encoder = new TextEncoder()
  const secret = await crypto.subtle.importKey('raw', encoder.encode(tenant.sessionSecret), 'HKDF', false, [
    'deriveBits',
  ])
  const info = encoder.encode(`skygear access token signing key of ${tenant.appId}`)
  const seed = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    secret,
    256,
  )
  const pkcs8 = new Uint8Array([...ED25519_PKCS8_PREFIX, ...new Uint8Array(seed)])
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const { crv, x, kty } = await exportJWK(privateKey)
  const jwk = { crv, x, kty } as JWK
  const publicKey = await crypto.subtle.importKey('jwk', jwk as JsonWebKey, 'Ed25519', true, ['verify'])
  return signingKey(await calculateJwkThumbprint(jwk), 'EdDSA', { privateKey, publicKey }, null)
}

async function signingKey(
  kid: string,
  algorithm: Algorithm,
  pair: { privateKey: CryptoKey; publicKey: CryptoKey },
  signsFrom: Date | null,
): Promise<SigningKey> {
  const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' }
  return { kid, algorithm, ...pair, jwk, signsFrom }
}

/** RFC 7518, section 3.2: nothing but HMAC is signed with a shared secret. */
const CUSTOM_ALGORITHMS = ['HS256', 'HS384', 'HS512']

const NO_CUSTOM_TOKEN = err(fail('BadRequest', 'custom token not accepted', { arguments: ['token'] }))

/** Judges a custom token (v1 protocol, section 4.11): signature and times first, then the claims it must have. */
async function verifyCustomToken(
  secret: string,
  token: string,
  now: Date,
): Promise<Result<CustomClaims, Failure>> {
  if (token.length > CUSTOM_TOKEN_BYTES_MAX) return NO_CUSTOM_TOKEN
  let payload: JWTPayload
  try {
    const key = new TextEncoder().encode(secret)
    ;({ payload } = await jwtVerify(token, key, { algorithms: CUSTOM_ALGORITHMS, currentDate: now }))
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) return NO_CUSTOM_TOKEN
    throw cause
  }
  const { sub, iat, exp, skyprofile = {} } = payload
  const missing = Object.entries({ sub, iat, exp }).find(([, claim]) => !claim)
  if (missing || typeof sub !== 'string')
    return err(fail('InvalidCredentials', `the custom token has no ${missing?.[0] ?? 'sub'}`))
  return isObject(skyprofile)
    ? ok({ principalId: sub, profile: skyprofile })
    : err(invalid('skyprofile is no object', 'skyprofile'))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
