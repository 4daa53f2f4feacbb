import { generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  authOf,
  claimsOf,
  OK,
  outcome,
  testApp,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'

const base64url = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url')

describe('an access token', () => {
  let app: TestApp
  let ana: TestUser
  let jwk: Json
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    const { keys } = await (await app.send('/.well-known/jwks.json')).json<{ keys: Json[] }>()
    jwk = keys[0] ?? {}
  })
  const headerOf = (alg: string, kid: unknown = jwk['kid']) => ({ alg, kid: String(kid), typ: 'at+jwt' })
  const signed = (
    header: { alg: string; kid: string; typ: string },
    key: CryptoKey | Uint8Array,
    claims: Json,
  ) => new SignJWT(claims).setProtectedHeader(header).sign(key)
  const parts = () => ana.token.split('.') as [string, string, string]

  const forgeries: Readonly<Record<string, () => string | Promise<string>>> = {
    'has algorithm none': () => `${base64url(headerOf('none'))}.${parts()[1]}.`,
    'has algorithm none and a signature': () => `${base64url(headerOf('none'))}.${parts()[1]}.${parts()[2]}`,
    'is signed by HMAC with the bytes of the public JWK': () =>
      signed(headerOf('HS256'), new TextEncoder().encode(JSON.stringify(jwk)), claimsOf(ana.token)),
    'is signed by HMAC with the bytes of the public key': () =>
      signed(
        headerOf('HS256'),
        Buffer.from(`${String(jwk['x'])}${'A'.repeat(43)}`, 'base64url'),
        claimsOf(ana.token),
      ),
    'had its payload changed': () =>
      [parts()[0], base64url({ ...claimsOf(ana.token), sub: 'somebody' }), parts()[2]].join('.'),
    'lost its signature': () => `${parts()[0]}.${parts()[1]}.`,
    'has another type': async () => {
      const { privateKey } = await generateKeyPair('EdDSA')
      return signed({ ...headerOf('EdDSA'), typ: 'JWT' }, privateKey, claimsOf(ana.token))
    },
    'is signed by a key of the forger under the app’s kid': async () => {
      const { privateKey } = await generateKeyPair('EdDSA')
      return signed(headerOf('EdDSA'), privateKey, claimsOf(ana.token))
    },
    'brings its own key': async () => {
      const { privateKey } = await generateKeyPair('EdDSA')
      const own = { ...headerOf('EdDSA', 'own'), jwk: { ...jwk } }
      return signed(own, privateKey, claimsOf(ana.token))
    },
    'is garbage': () => 'garbage',
    'is three dots': () => '...',
    'is JSON of the wrong shape': () => `${base64url([])}.${base64url(1)}.AA`,
    'has 5000 characters': () => `${parts()[0]}.${'A'.repeat(5000)}.${parts()[2]}`,
    'has critical headers nobody knows': () =>
      [base64url({ ...headerOf('EdDSA'), crit: ['b64'], b64: false }), parts()[1], parts()[2]].join('.'),
  }
  it.each(Object.keys(forgeries))('is refused without a round trip where it %s', async (name) => {
    const token = (await forgeries[name]?.()) ?? ''
    for (const [action, body] of [
      ['me', {}],
      ['auth:logout', {}],
      ['record:query', { record_type: 'note' }],
      ['record:save', { records: [{ _id: 'note/1' }] }],
    ] as const)
      expect(outcome(await app.call(action, body, { token }))).toEqual({ status: 401, trips: 0, code: 104 })
    expect(outcome(await app.call('me', {}, ana)), 'the real one still holds').toEqual(OK)
  })

  it('is refused in the body as in the header, whatever characters it has', async () => {
    for (const access_token of ['🦄', 'a\u0000b', ' ', 'null'])
      expect(outcome(await app.call('me', { access_token }))).toEqual({ status: 401, trips: 0, code: 104 })
  })

  it('of one app is refused by another', async () => {
    const other = await testApp()
    const { token } = await other.guest()
    expect(outcome(await app.call('me', {}, { token }))).toEqual({ status: 401, trips: 0, code: 104 })
    expect(outcome(await other.call('me', {}, { token }))).toEqual(OK)
  })

  it('of an app that shares the secret is refused by another', async () => {
    const shared = { authentication_session: { secret: 'one secret for two apps' } }
    const document = (name: string) => ({
      app_config: {
        api_version: 'v2.3',
        master_key: `master of ${name}`,
        clients: [{ client_name: 'default', client_id: `key of ${name}` }],
        auth: shared,
        hook: { secret: 'h' },
        asset: { secret: 'a' },
      },
    })
    const one = await testApp({ document: document('one') })
    const two = await testApp({ document: document('two') })
    const call = (app: TestApp, key: string, token?: string) =>
      app.call(token ? 'me' : 'auth:signup', {}, { key, ...(token && { token }) })
    const { access_token } = authOf(await call(one, 'key of one'))
    expect(outcome(await call(two, 'key of two', access_token))).toEqual({ status: 401, trips: 0, code: 104 })
    expect(outcome(await call(one, 'key of one', access_token))).toEqual(OK)
  })

  it('lives as long as the app says and no longer', async () => {
    const document = { gear_config: { record: { development_mode: true }, auth: { token_expiry: 3600 } } }
    const hours = (n: number) => () => new Date(Date.now() + n * 3_600_000)
    const expiring = await testApp({ document })
    const { token } = await expiring.guest()
    expect(Number(claimsOf(token)['exp']) - Number(claimsOf(token)['iat'])).toBe(3600)
    expect(outcome(await expiring.call('me', {}, { token }))).toEqual(OK)
    const refused = { status: 401, trips: 0, code: 104 }
    expect(outcome(await expiring.reopen({ now: hours(1.01) }).call('me', {}, { token }))).toEqual(refused)
    let offset = 0
    const aging = expiring.reopen({ now: () => hours(offset)() })
    expect(outcome(await aging.call('me', {}, { token }))).toEqual(OK)
    offset = 1.01
    expect(outcome(await aging.call('me', {}, { token })), 'also where it was verified before').toEqual(
      refused,
    )
  })

  it('lives until logout where the app says nothing', () => {
    expect(claimsOf(ana.token)).not.toHaveProperty('exp')
  })

  it('can be verified by the app’s public keys, which hold nothing private', async () => {
    expect(jwk).toMatchObject({ kid: expect.any(String), alg: 'EdDSA', use: 'sig' })
    expect(jwk).not.toHaveProperty('d')
    const other = await app.send('/oauth2/jwks')
    expect(await other.json()).toEqual({ keys: [jwk] })
    expect(other.headers.get('content-type')).toBe('application/jwk-set+json')
  })
})
