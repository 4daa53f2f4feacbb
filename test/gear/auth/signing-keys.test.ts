import { env } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { edit } from '../../../src/gateway/operations/edit.ts'
import { rotate } from '../../../src/gateway/operations/rotate.ts'
import { sections } from '../../../src/gears.ts'
import { authOf, OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'

const REFUSED = { status: 401, trips: 0, code: 104 }
const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Json)['kid']

/** As `rotate-keys --signing` does it; another isolate reads what is stored then. */
async function rotateSigning(
  app: TestApp,
  options: { dropOld?: boolean; at?: number } = {},
): Promise<TestApp> {
  const key = `host:${app.host}`
  const document = JSON.parse((await env.TENANTS.get(key)) ?? '') as Json
  const { dropOld, at = Date.now() } = options
  const rotated = await rotate(document, { kind: 'signing', dropOld }, () => '', at)
  const edited = rotated.ok && edit(document, rotated.value.edits, sections)
  if (!edited || !edited.ok) throw new Error('not rotated')
  await env.TENANTS.put(key, JSON.stringify(edited.value.document))
  return app.reopen()
}

describe('a rotation of signing keys', () => {
  it('logs nobody out: old tokens hold, from the derived key on, until the old key is dropped', async () => {
    const app = await testApp()
    const { token } = await app.guest()
    const yesterday = Date.now() - 86_400_000

    const rotated = await rotateSigning(app, { at: yesterday })
    const fresh = await rotated.call('me', {}, { token })
    expect(outcome(fresh)).toEqual(OK)
    const { access_token } = authOf(fresh)
    expect(kidOf(access_token)).not.toBe(kidOf(token))
    const { keys } = await (await rotated.send('/.well-known/jwks.json')).json<{ keys: Json[] }>()
    expect(keys.map(({ kid }) => kid)).toEqual([kidOf(access_token), kidOf(token)])

    const dropped = await rotateSigning(app, { dropOld: true })
    expect(outcome(await dropped.call('me', {}, { token }))).toEqual(REFUSED)
    expect(outcome(await dropped.call('me', {}, { token: access_token }))).toEqual(OK)
  })

  it('publishes the new key before it signs, so that isolates with the old document accept every token', async () => {
    const app = await testApp()
    const stale = await app.guest()
    const rotated = await rotateSigning(app)
    const { access_token } = authOf(await rotated.call('me', {}, stale))
    expect(kidOf(access_token)).toBe(kidOf(stale.token))
    expect(
      outcome(await app.call('me', {}, { token: access_token })),
      'in an isolate that knows nothing',
    ).toEqual(OK)
    const { keys } = await (await rotated.send('/.well-known/jwks.json')).json<{ keys: Json[] }>()
    expect(keys).toHaveLength(2)
  })

  it('lets verifiers keep the key set for a minute', async () => {
    const app = await testApp()
    const { headers } = await app.send('/.well-known/jwks.json')
    expect(headers.get('cache-control')).toBe('public, max-age=60')
  })

  it('refuses a token signed by HMAC with the bytes of the published PEM (algorithm confusion)', async () => {
    const app = await testApp()
    const { token } = await app.guest()
    const rotated = await rotateSigning(app)
    const document = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '') as {
      app_config: { oidc: { keys: { kid: string; public_key: string }[] } }
    }
    const [key] = document.app_config.oidc.keys
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: key?.kid ?? '', typ: 'at+jwt' })
      .sign(new TextEncoder().encode(key?.public_key))
    expect(outcome(await rotated.call('me', {}, { token: forged }))).toEqual(REFUSED)
  })
})
