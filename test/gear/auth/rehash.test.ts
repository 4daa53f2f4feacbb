import { scryptSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { outcome, testApp, type TestApp } from '../../support/app.ts'

const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const oldScrypt = (password: string) => {
  const salt = Buffer.from('salt-of-sixteen!')
  return `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(scryptSync(password, salt, 32, { N: 2 ** 10, r: 8, p: 1 }))}`
}

describe('a login by an outdated hash', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const stored = async (id: string) => {
    const [row] = await app.sql(
      `select password, updated_at::text as at from ${app.table('_auth_authenticator_password')} where user_id = $1`,
      [id],
    )
    return row ?? {}
  }
  const withHash = async (hash: string) => {
    const username = crypto.randomUUID()
    const { id } = await app.signUp(username)
    await app.sql(
      `update ${app.table('_auth_authenticator_password')} set password = $1 where user_id = $2`,
      [hash, id],
    )
    return { id, login: (password: string) => app.call('auth:login', { auth_data: { username }, password }) }
  }
  /** As Go's bcrypt writes it, of `ana-1842`. */
  const ofAdopted = '$2a$10$e1Gl9URad5gxo6T8BuXg6emHv3J/kR6aOE3z8QHqnODD/IsoqHL0u'
  /** As Skygear v2 keeps it. */
  const ofImported = '$bcrypt-sha512$$2a$10$a0DqbAztXgzxYVfyXUTsGOQrnnbjtcPeREtshB3pVxePIH.bB0iD6'

  it.each([
    ['bcrypt, of an adopted user', ofAdopted],
    ['bcrypt of a digest, of a user of a v2 cluster', ofImported],
    ['scrypt of another cost', oldScrypt('ana-1842')],
  ])('replaces it in the same two trips: %s', async (_, hash) => {
    const { id, login } = await withHash(hash)
    const before = await stored(id)
    expect(outcome(await login('wrong')).code).toBe(105)
    expect(await stored(id), 'a wrong password proves nothing').toEqual(before)
    expect(outcome(await login('ana-1842'))).toEqual({ status: 200, trips: 2 })
    const after = await stored(id)
    expect(after['password']).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/)
    expect(after['at'], 'the password is as old as it was').toBe(before['at'])
    expect(outcome(await login('ana-1842'))).toEqual({ status: 200, trips: 2 })
    expect(await stored(id), 'once').toEqual(after)
    expect(outcome(await login('wrong')).code).toBe(105)
  })

  it('five times at once lets all in', async () => {
    const { login } = await withHash(oldScrypt('secret'))
    const answers = await Promise.all(Array.from({ length: 5 }, () => login('secret')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })
})
