import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { TOKEN_BYTES_MAX } from '../../src/core/limits.ts'
import { joseTokens } from '../../src/platform/jose-tokens.ts'
import { aTenant } from '../support/tenant.ts'
import { claims, encoded, later, madeWith, notes, now, partsOf, pemPair, seconds } from './tokens.fixture.ts'

const accepted = { ok: true, value: expect.objectContaining({ userId: 'u-1', sessionId: 's-1' }) }
const refused = { ok: false, error: { name: 'AccessTokenNotAccepted', message: 'access token not accepted' } }

type Pair = Awaited<ReturnType<typeof pemPair>>
let ed: Pair
let p256: Pair
let rsa: Pair
beforeAll(async () => {
  ed = await pemPair('k1', 'EdDSA')
  p256 = await pemPair('k2', 'ES256')
  rsa = await pemPair('k3', 'RS256')
})

describe('an access token', () => {
  it('says who it is for, by whom, until when, and no more', async () => {
    const { header, payload } = partsOf(await joseTokens().issue(notes(), claims))
    expect(header).toEqual({ alg: 'EdDSA', kid: expect.any(String), typ: 'at+jwt' })
    expect(payload).toEqual({
      sid: 's-1',
      sub: 'u-1',
      iss: 'notes',
      aud: 'notes',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: seconds(now),
      exp: seconds(later(3600)),
    })
  })

  it('is accepted for whom it was issued, by another isolate too', async () => {
    const token = await joseTokens().issue(notes(), claims)
    expect(await joseTokens().verify(notes(), token, now)).toEqual(accepted)
  })

  it('is accepted until it expires, remembered or not', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(notes(), claims)
    for (const verifier of [tokens, joseTokens(), joseTokens()]) {
      expect(await verifier.verify(notes(), token, later(3599))).toEqual(accepted)
      expect(await verifier.verify(notes(), token, later(3600))).toEqual(refused)
      expect(await verifier.verify(notes(), token, later(3599))).toEqual(accepted)
    }
    expect(await joseTokens().verify(notes(), token, later(3600))).toEqual(refused)
  })

  it('without an end has none', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(notes(), { ...claims, expiresAt: null })
    expect(partsOf(token).payload).not.toHaveProperty('exp')
    for (let i = 0; i < 2; i++) expect(await tokens.verify(notes(), token, later(1e9))).toEqual(accepted)
  })

  it('is another each time', async () => {
    const tokens = joseTokens()
    expect(await tokens.issue(notes(), claims)).not.toBe(await tokens.issue(notes(), claims))
  })
})

describe('an app that gives no key', () => {
  it('has one made of its secret: always the same, and nobody else’s', async () => {
    const kidOf = async (given: Parameters<typeof aTenant>[0]) => {
      const { keys } = await joseTokens().publicKeys(aTenant(given))
      return keys.map(({ kid, x }) => `${kid} ${x}`).join()
    }
    const own = await kidOf({})
    expect(await kidOf({})).toBe(own)
    expect(await kidOf({ masterKey: 'changed', clients: [] })).toBe(own)
    expect(await kidOf({ appId: 'other' })).not.toBe(own)
    expect(await kidOf({ sessionSecret: 'other' })).not.toBe(own)
  })

  it('does not accept another app’s token, though they share the secret', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(aTenant({ appId: 'other' }), claims)
    expect(await tokens.verify(aTenant({ appId: 'other' }), token, now)).toEqual(accepted)
    expect(await tokens.verify(notes(), token, now)).toEqual(refused)
  })

  it('does not accept its old tokens once the secret has changed', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(notes(), claims)
    expect(await tokens.verify(notes(), token, now)).toEqual(accepted)
    expect(await tokens.verify(aTenant({ sessionSecret: 'changed' }), token, now)).toEqual(refused)
  })
})

describe('an app that gives keys', () => {
  it('signs with the first that is Ed25519 or P-256, and accepts the others', async () => {
    const tokens = joseTokens()
    const before = await tokens.issue(notes([ed]), claims)
    const rotated = notes([p256, ed])
    const after = await tokens.issue(rotated, claims)
    expect([partsOf(before).header, partsOf(after).header]).toMatchObject([
      { alg: 'EdDSA', kid: 'k1' },
      { alg: 'ES256', kid: 'k2' },
    ])
    expect(await tokens.verify(rotated, before, now)).toEqual(accepted)
    expect(await tokens.verify(rotated, after, now)).toEqual(accepted)
    // The old key is gone: what it signed goes with it, though this isolate has seen it.
    expect(await tokens.verify(notes([p256]), before, now)).toEqual(refused)
    expect(await tokens.verify(notes([p256]), after, now)).toEqual(accepted)
  })

  it('passes over RSA keys, which sign other tokens, and over what is no key', async () => {
    const tokens = joseTokens()
    expect(partsOf(await tokens.issue(notes([rsa, ed]), claims)).header).toMatchObject({ kid: 'k1' })
    const broken = { kid: 'k9', privateKey: 'PEM', publicKey: 'PEM' }
    const derived = partsOf(await tokens.issue(notes(), claims)).header
    expect(partsOf(await tokens.issue(notes([rsa, broken]), claims)).header).toEqual(derived)
    expect((await tokens.publicKeys(notes([rsa, ed, broken]))).keys.map(({ kid }) => kid)).toEqual(['k1'])
  })

  it('does not accept another app’s token, though they share the key', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(aTenant({ appId: 'other', signingKeys: [ed] }), claims)
    expect(await tokens.verify(aTenant({ appId: 'other', signingKeys: [ed] }), token, now)).toEqual(accepted)
    expect(await tokens.verify(notes([ed]), token, now)).toEqual(refused)
  })
})

describe('a new key beside the old one', () => {
  const fresh = () => ({ ...ed, signsFrom: later(300) })

  it('signs from its time on, and verifies and is published before', async () => {
    const tenant = notes([fresh(), p256])
    const tokens = joseTokens()
    const kidOf = async (issuedAt: Date) =>
      partsOf(await tokens.issue(tenant, { ...claims, issuedAt })).header
    expect(await kidOf(now)).toMatchObject({ kid: 'k2' })
    expect(await kidOf(later(300))).toMatchObject({ kid: 'k1' })
    const early = await madeWith(ed.key, { alg: 'EdDSA', kid: 'k1' })
    expect(await tokens.verify(tenant, early, now)).toEqual(accepted)
    expect((await tokens.publicKeys(tenant)).keys.map(({ kid }) => kid)).toEqual(['k1', 'k2'])
  })

  it('signs at once where there is no other', async () => {
    const token = await joseTokens().issue(notes([fresh()]), claims)
    expect(partsOf(token).header).toMatchObject({ kid: 'k1' })
  })

  it('leaves tokens of the old one alive until that is dropped, remembered or not', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(notes([p256]), claims)
    expect(await tokens.verify(notes([ed, p256]), token, now)).toEqual(accepted)
    for (const verifier of [tokens, joseTokens()])
      expect(await verifier.verify(notes([ed]), token, now)).toEqual(refused)
  })

  it('leaves tokens of the derived one alive until that is dropped', async () => {
    const tokens = joseTokens()
    const token = await tokens.issue(notes(), claims)
    const derived = { kid: 'derived', publicKey: '', privateKey: '' }
    expect(await tokens.verify(notes([ed, derived]), token, now)).toEqual(accepted)
    expect(await tokens.issue(notes([derived]), claims).then(partsOf)).toMatchObject({
      header: partsOf(token).header as object,
    })
    expect(await tokens.verify(notes([ed]), token, now)).toEqual(refused)
  })
})

describe('a forged token', () => {
  const verify = async (token: string) => joseTokens().verify(notes([ed]), token, now)
  const verifyWithBoth = async (token: string) => joseTokens().verify(notes([ed, p256]), token, now)

  it('is what this is not: made with the app’s own key, a good one', async () => {
    expect(await verify(await madeWith(ed.key, { alg: 'EdDSA' }))).toEqual(accepted)
  })

  it('is what these are not: made with the app’s own keys, two good ones', async () => {
    expect(await verifyWithBoth(await madeWith(ed.key, { alg: 'EdDSA' }))).toEqual(accepted)
    expect(await verifyWithBoth(await madeWith(p256.key, { alg: 'ES256', kid: 'k2' }))).toEqual(accepted)
  })

  it('under the kid of the app’s other key is refused', async () => {
    expect(await verifyWithBoth(await madeWith(ed.key, { alg: 'EdDSA', kid: 'k2' }))).toEqual(refused)
    expect(await verifyWithBoth(await madeWith(p256.key, { alg: 'ES256', kid: 'k1' }))).toEqual(refused)
    const p384 = await pemPair('k2', 'ES384')
    expect(await verifyWithBoth(await madeWith(p384.key, { alg: 'ES384', kid: 'k2' }))).toEqual(refused)
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another app’s audience', { aud: 'other' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'other' }],
    ['no issuer', { iss: undefined }],
    ['an end that has come', { exp: seconds(now) }],
    ['an end that is no number', { exp: 'never' }],
    ['a beginning that has not come', { nbf: seconds(later(60)) }],
    ['no user', { sub: undefined }],
    ['a user that is no text', { sub: 1 }],
    ['no session', { sid: undefined }],
    ['a session that is no text', { sid: ['s-1'] }],
  ])('with %s is refused', async (_, payload) => {
    expect(await verify(await madeWith(ed.key, { alg: 'EdDSA', payload }))).toEqual(refused)
  })

  it.each(['JWT', 'id+jwt', ''])('of type %j is refused: it may be an ID token', async (typ) => {
    expect(await verify(await madeWith(ed.key, { alg: 'EdDSA', typ }))).toEqual(refused)
  })

  it.each([
    ['a kid of nobody', 'k9'],
    ['no kid', ''],
    ['the kid of every object', 'constructor'],
  ])('with %s is refused', async (_, kid) => {
    expect(await verify(await madeWith(ed.key, { alg: 'EdDSA', kid }))).toEqual(refused)
  })

  it('signed with another key under our kid is refused', async () => {
    const stranger = await pemPair('k1', 'EdDSA')
    expect(await verify(await madeWith(stranger.key, { alg: 'EdDSA' }))).toEqual(refused)
  })

  it('signed by HMAC with the bytes of the public key is refused', async () => {
    const { keys } = await joseTokens().publicKeys(notes([ed]))
    const x = Uint8Array.from(atob(String(keys[0]?.x).replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    )
    for (const secret of [x, new TextEncoder().encode(ed.publicKey)])
      expect(await verify(await madeWith(secret, { alg: 'HS256' }))).toEqual(refused)
  })

  it('signed by an algorithm that is not ours is refused, whoever’s the key', async () => {
    expect(await verify(await madeWith(rsa.key, { alg: 'RS256' }))).toEqual(refused)
  })

  it('without a signature is refused, whatever it calls its algorithm', async () => {
    const { payload } = partsOf(await madeWith(ed.key, { alg: 'EdDSA' })).raw
    for (const alg of ['none', 'None', 'NONE', '', 'EdDSA'])
      expect(await verify(`${encoded({ alg, kid: 'k1', typ: 'at+jwt' })}.${payload}.`)).toEqual(refused)
  })

  it('with a changed payload or signature is refused', async () => {
    const { raw, payload } = partsOf(await madeWith(ed.key, { alg: 'EdDSA' }))
    const other = encoded({ ...(payload as object), sub: 'u-2' })
    expect(await verify(`${raw.header}.${other}.${raw.signature}`)).toEqual(refused)
    const flipped = (raw.signature.startsWith('A') ? 'B' : 'A') + raw.signature.slice(1)
    expect(await verify(`${raw.header}.${raw.payload}.${flipped}`)).toEqual(refused)
  })

  it.each([
    '',
    '.',
    '..',
    '...',
    'a.b.c',
    'null',
    '{}',
    'e30.e30.e30',
    '\u0000',
    'ü.ü.ü',
    `${'a'.repeat(99)}.b.c`,
  ])('that reads %j is refused', async (token) => expect(await verify(token)).toEqual(refused))

  it('longer than a token can be is refused unread', async () => {
    const token = await madeWith(ed.key, { alg: 'EdDSA', payload: { padding: 'x'.repeat(TOKEN_BYTES_MAX) } })
    expect(await verify(token)).toEqual(refused)
  })
})

describe('the public keys of an app', () => {
  it.each([
    ['derived', () => []],
    ['one that was given', () => [ed]],
    ['two of a kind each', () => [p256, ed]],
  ])('verify its tokens where they are %s, and say no secret', async (_, given) => {
    const tenant = notes(given())
    const tokens = joseTokens()
    const { keys } = await tokens.publicKeys(tenant)
    const token = await tokens.issue(tenant, claims)
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys }), { currentDate: now })
    expect(payload.sub).toBe('u-1')
    for (const key of keys) {
      expect(
        Object.keys(key).filter((name) => !['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use'].includes(name)),
      ).toEqual([])
      expect(key).toMatchObject({
        use: 'sig',
        kid: expect.any(String),
        alg: expect.stringMatching(/^(EdDSA|ES256)$/),
      })
    }
  })
})
