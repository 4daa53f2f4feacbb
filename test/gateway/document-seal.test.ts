import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureStatus } from '../../src/core/failure.ts'
import { maskSecrets } from '../../src/gateway/document/mask.ts'
import { isSealedAnew, openSecrets, sealSecrets } from '../../src/gateway/document/seal.ts'
import { tenants } from '../../src/gateway/tenants.ts'
import { joseSealer } from '../../src/platform/jose-sealer.ts'
import { fakeRegistry } from '../support/registry.ts'
import { at, edited, fuller, minimal } from './document.fixture.ts'

const [ONE, TWO] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string]
const one = joseSealer(ONE)
const opened = async (document: unknown, keys: string | null) => {
  const outcome = await openSecrets(document, keys === null ? null : joseSealer(keys))
  return outcome.ok ? outcome.value : outcome.error
}

describe('a sealed document', () => {
  it('holds no secret, and everything else as it was', async () => {
    const sealed = await sealSecrets(fuller, one)
    for (const path of [
      '/app_config/master_key',
      '/app_config/auth/authentication_session/secret',
      '/app_config/oidc/keys/0/private_key',
      '/app_config/sso/oauth/providers/1/client_secret',
      '/app_config/smtp/password',
      '/database_config/database_url',
    ]) {
      expect(at(sealed, path), path).toEqual({
        sealed: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]*\.[\w-]+$/),
      })
    }
    expect(JSON.stringify(sealed)).not.toMatch(/mk-3f2c|"s1"|"s2"|postgres:/)
    expect(at(sealed, '/app_config/clients')).toEqual(at(fuller, '/app_config/clients'))
    expect(await opened(sealed, ONE)).toEqual(fuller)
    expect(JSON.stringify(maskSecrets(sealed))).not.toContain('"sealed":"ey')
  })

  it('opens by any key of the ring, and is sealed anew only by the first', async () => {
    const sealed = await sealSecrets(fuller, one)
    expect(await opened(sealed, `${TWO},${ONE}`)).toEqual(fuller)
    expect(await isSealedAnew(sealed, joseSealer(`${ONE},${TWO}`))).toBe(true)
    expect(await isSealedAnew(sealed, joseSealer(`${TWO},${ONE}`))).toBe(false)
    expect(await isSealedAnew(fuller, one)).toBe(false)
  })

  const MASTER = '/app_config/master_key'
  it.each([
    ['by another key', (sealed: unknown) => sealed, TWO],
    ['without a key', (sealed: unknown) => sealed, null],
    ['in another app', (sealed: unknown) => edited(sealed, '/app_id', 'other'), ONE],
    [
      'in another place',
      (sealed: unknown) => edited(sealed, MASTER, at(sealed, '/app_config/hook/secret')),
      ONE,
    ],
    [
      'changed by a bit',
      (sealed: unknown) =>
        edited(sealed, MASTER, {
          sealed: (at(sealed, `${MASTER}/sealed`) as string).replace(/.{3}$/, 'AAA'),
        }),
      ONE,
    ],
    ['where it is none', (sealed: unknown) => edited(sealed, MASTER, { sealed: 'hush' }), ONE],
  ])('does not open %s, and tells the place, not the value', async (_, change, keys) => {
    const plain = edited(minimal, '/database_config', {})
    const document = change(await sealSecrets(plain, one))
    const fault = await opened(document, keys)
    expect(fault).toEqual({ path: MASTER, message: expect.stringMatching(/sealed/) })
    expect(JSON.stringify(fault)).not.toMatch(/eyJ|hush/)
  })

  it('is an app like any other, and 503 by the place where the key is wrong', async () => {
    const document = await sealSecrets(minimal, one)
    const map = (keys: string | null) =>
      tenants({
        source: fakeRegistry({ 'host:a.example': document, 'host:b.example': { alias_of: 'a.example' } }),
        sections: {},
        sealer: keys === null ? null : joseSealer(keys),
        defaultDatabaseUrl: null,
        cacheSeconds: 60,
        now: () => 0,
        warn: () => undefined,
      })
    const [good, bad] = [map(ONE), map(TWO)]
    const both = await Promise.all(['a.example', 'b.example'].map((host) => good.byHost(host)))
    const [a, b] = both.map((found) => (found.ok ? found.value.tenant : null))
    expect(a).toMatchObject({ masterKey: 'mk-3f2c', sessionSecret: 's1' })
    expect(a, 'parsed once, though two asked at once').toBe(b)
    for (const found of [await bad.byHost('a.example'), await map(null).byHost('a.example')]) {
      expect(found).toMatchObject({ ok: false, error: { info: { path: '/database_config/database_url' } } })
      expect(!found.ok && failureStatus(found.error)).toBe(503)
    }
  })
})

it.each(['', 'short', Buffer.alloc(31).toString('base64'), `${ONE},`, `${ONE},x`])(
  'a ring of keys in which one is none is refused, without quoting it: %j',
  (keys) => {
    expect(() => joseSealer(keys)).toThrow(/^TENANT_SEAL_KEY: a key is base64 of 32 bytes$/)
  },
)

const word = fc.constantFrom('app_id', 'secret', 'password', 'database_url', 'a', '__proto__', 'hooks')
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.array(fc.tuple(word, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}))

it('sealing and opening any document gives it back', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (document) => {
      const stored: unknown = JSON.parse(JSON.stringify(await sealSecrets(document, one)))
      const back = await openSecrets(stored, one)
      expect(JSON.stringify(back.ok && back.value)).toBe(JSON.stringify(document))
    }),
  )
})
