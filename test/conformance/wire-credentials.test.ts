import { createHmac, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { unique } from './client.ts'
import { call, expectFailure, itemsOf, type Json, post, query, resultOf, save, send, signUp } from './wire.ts'

const { demo, other } = inject('system')

let ana: { id: string; token: string }
let ben: { id: string; token: string }
let inOther: { id: string; token: string }

beforeAll(async () => {
  ana = await signUp(demo, unique('ana'), 'password')
  ben = await signUp(demo, unique('ben'), 'password')
  inOther = await signUp(other, unique('ana'), 'password')
})

describe('keys', () => {
  it.each<[string, Json]>([
    ['auth:signup', {}],
    ['auth:login', { auth_data: { username: 'x' }, password: 'x' }],
    ['record:query', { record_type: 'none' }],
    ['record:fetch', { ids: ['none/1'] }],
    ['record:save', { records: [{ _id: 'none/1' }] }],
    ['record:delete', { ids: ['none/1'] }],
    ['auth:logout', {}],
    ['me', {}],
  ])('§2.3 %s without key and token is 101/401, with a wrong key 103/401', async (action, fields) => {
    expectFailure(await call(demo, action, fields, { key: null }), 101)
    expectFailure(await call(demo, action, fields, { key: 'wrong' }), 103)
  })

  it('§2.3 a wrong key is refused even beside a good token: 103/401', async () => {
    expectFailure(await call(demo, 'me', {}, { key: 'wrong', token: ana.token }), 103)
  })

  it('§2.2 a good token makes the key optional', async () => {
    expect(resultOf(await call(demo, 'me', {}, { key: null, token: ana.token }))['user_id']).toBe(ana.id)
    expect(itemsOf(await query(demo, 'none', { key: null, token: ana.token }))).toEqual([])
  })

  it('§2.3 where the key is required, a token does not stand in for it: 101/401', async () => {
    expectFailure(await call(demo, 'auth:signup', {}, { key: null, token: ana.token }), 101)
  })

  it('§1.3 a key or token that is no string, or empty, counts as absent', async () => {
    expectFailure(await call(demo, 'me', { access_token: 1 }), 101)
    expectFailure(await call(demo, 'me', { access_token: '' }), 101)
    expectFailure(await call(demo, 'record:query', { record_type: 'none', api_key: 1 }), 101)
    expectFailure(await call(demo, 'record:query', { record_type: 'none', api_key: '' }), 101)
  })

  it('§1.3 [SDK] access_token null is nobody’s, and no mistake', async () => {
    const answer = await call(demo, 'record:query', { record_type: 'none', access_token: null })
    expect(itemsOf(answer)).toEqual([])
  })

  it('§1.4 the header beats the body, for the key and for the token', async () => {
    const me = (body: Json, headers: Record<string, string>) =>
      post(demo, '/me', JSON.stringify(body), headers)
    const good = { api_key: demo.api_key, access_token: ana.token }
    expectFailure(await me(good, { 'x-skygear-api-key': 'wrong' }), 103)
    expectFailure(await me(good, { 'x-skygear-access-token': 'wrong' }), 104)
    const bad = { api_key: 'wrong', access_token: 'wrong' }
    const headers = { 'x-skygear-api-key': demo.api_key, 'x-skygear-access-token': ben.token }
    expect(resultOf(await me(bad, headers))['user_id']).toBe(ben.id)
  })

  it('§1.4 an action does not read credentials from the query string', async () => {
    const at = `/record/query?api_key=${demo.api_key}&access_token=${ana.token}`
    expectFailure(await post(demo, at, '{"record_type":"none"}'), 101)
  })

  it('§1.3 _user_id counts with the master key only, and only without a token', async () => {
    const [type, acting] = [unique('note'), { _user_id: ana.id }]
    const ownerBy = async (key: string, token?: string) => {
      const records = [{ _id: `${type}/${unique('n')}` }]
      const answer = await save(demo, records, { key, ...(token !== undefined && { token }) }, acting)
      return itemsOf(answer)[0]?.['_ownerID']
    }
    expect(await ownerBy(demo.master_key)).toBe(ana.id)
    expect(await ownerBy(demo.master_key, ben.token)).toBe(ben.id)
    expect(await ownerBy(demo.api_key, ben.token)).toBe(ben.id)
    expectFailure(await call(demo, 'me', acting), 101)
  })
})

/** A token is a JWT (RFC 7519) in this server; to clients it is opaque. */
const parts = (token: string): [string, string, string] => {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}
const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const decode = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json

async function publicKeys(): Promise<readonly (JsonWebKey & Json)[]> {
  const { json } = await send(demo, '/.well-known/jwks.json')
  return json['keys'] as readonly (JsonWebKey & Json)[]
}

/** Header and payload of Ana's token, signed as `sign` does. */
function forged(header: Json, payload: Json, sign: (input: string) => string): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${sign(input)}`
}
const hmac = (key: string | Buffer) => (input: string) =>
  createHmac('sha256', key).update(input).digest('base64url')

describe('tokens', () => {
  it('design §6 the keys that verify them are published, without their private half', async () => {
    const keys = await publicKeys()
    const [header, payload, signature] = parts(ana.token)
    const key = keys.find(({ kid }) => kid === decode(header)['kid'])
    if (!key) throw new Error('the key of the token is not published')
    for (const each of keys) expect(each).not.toHaveProperty('d')
    const publicKey = { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const }
    const hash = key.kty === 'OKP' ? null : 'sha256'
    const isSigned = (input: string) =>
      verify(hash, Buffer.from(input), publicKey, Buffer.from(signature, 'base64url'))
    expect([isSigned(`${header}.${payload}`), isSigned(`${header}.${payload}x`)]).toEqual([true, false])
  })

  it('§2.2 a token without a signature (alg none) is refused: 104/401', async () => {
    const [header, payload] = parts(ana.token)
    for (const alg of ['none', 'None', 'NONE']) {
      const token = forged({ ...decode(header), alg }, decode(payload), () => '')
      expectFailure(await call(demo, 'me', {}, { token }), 104)
    }
  })

  it('§2.2 a token signed with the public key as a shared secret is refused: 104/401', async () => {
    const [header, payload] = parts(ana.token)
    for (const key of await publicKeys()) {
      const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
      const secrets = [JSON.stringify(key), pem, String(key.x), Buffer.from(String(key.x), 'base64url')]
      for (const secret of secrets) {
        const hs256 = { ...decode(header), alg: 'HS256', kid: key['kid'] }
        const token = forged(hs256, decode(payload), hmac(secret))
        expectFailure(await call(demo, 'me', {}, { token }), 104)
      }
    }
  })

  it('§2.2 a token that brings its own key is refused: 104/401', async () => {
    const [header, payload] = parts(ana.token)
    const secret = 'a secret of the forger'
    const jwk = { kty: 'oct', k: encode(secret), alg: 'HS256' }
    const token = forged({ ...decode(header), alg: 'HS256', jwk }, decode(payload), hmac(secret))
    expectFailure(await call(demo, 'me', {}, { token }), 104)
  })

  it('§2.2 a token whose payload was changed is refused: 104/401', async () => {
    const [header, payload, signature] = parts(ana.token)
    const [, bens] = parts(ben.token)
    const longer = encode({ ...decode(payload), exp: 32_503_680_000 })
    for (const changed of [bens, longer]) {
      const token = `${header}.${changed}.${signature}`
      expectFailure(await call(demo, 'me', {}, { token }), 104)
      expectFailure(await query(demo, 'none', { token }), 104)
    }
  })

  it('§2.2 a token of another app is refused: 104/401', async () => {
    expectFailure(await call(demo, 'me', {}, { token: inOther.token }), 104)
  })

  it.each(['garbage', 'a.b.c', '..', '{}', 'é', ' ', 'x'.repeat(10_000)])(
    '§2.2 %.20s is no token: 104/401',
    async (token) => {
      expectFailure(await call(demo, 'me', {}, { token }), 104)
      expectFailure(await query(demo, 'none', { token }), 104)
    },
  )
})
