import { SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'
import { schemasOf } from '../record/schemas.ts'
import { authApp } from './auth-app.ts'

const SECRET = 'a secret of the app and its own server'
const TWO_TRIPS = { status: 200, trips: 2 }
const seconds = () => Math.floor(Date.now() / 1000)
const signed = (claims: Json, { secret = SECRET, alg = 'HS256' } = {}) =>
  new SignJWT({ iat: seconds(), exp: seconds() + 60, ...claims })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret))

describe('sso:custom_token:login', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await authApp({ custom_token_secret: SECRET })
    await login({ sub: 'first' })
  })
  const send = (token: unknown, at = app) => at.call('sso:custom_token:login', { token })
  const login = async (claims: Json) => send(await signed(claims))
  const users = async () => (await app.sql(`select id from ${app.table('_core_user')}`)).length

  it('makes a user of a principal that is new, with the profile, and without default roles', async () => {
    await app.sql(`insert into ${app.table('_role')} (id, by_default) values ('Member', true)`)
    await login({ sub: 'warm', skyprofile: { name: '', score: 0 } })
    const answer = await login({ sub: 'new', skyprofile: { name: 'Ana', score: 2 } })
    expect(outcome(answer)).toEqual(TWO_TRIPS)
    const { user_id, profile, access_token, roles } = authOf(answer)
    expect(profile).toMatchObject({ _id: `user/${user_id}`, _ownerID: user_id, name: 'Ana', score: 2 })
    expect(roles).toBeUndefined()
    expect(outcome(await app.call('me', {}, { token: access_token }))).toEqual(OK)
  })

  it('is the same user the next time, with what the token says now merged into the profile', async () => {
    const first = authOf(await login({ sub: 'bob', skyprofile: { name: 'Bob', city: 'Basel' } }))
    const answer = await login({ sub: 'bob', skyprofile: { name: 'Robert' } })
    expect(outcome(answer)).toEqual(TWO_TRIPS)
    expect(authOf(answer)).toMatchObject({
      user_id: first.user_id,
      profile: { name: 'Robert', city: 'Basel' },
      last_login_at: expect.any(String),
      last_seen_at: expect.any(String),
    })
  })

  it('makes a profile with the default access of its type, and leaves that of a profile which is there', async () => {
    const read = [{ level: 'read', public: true }]
    const own = await authApp({ custom_token_secret: SECRET })
    const enter = async (sub: string) => authOf(await send(await signed({ sub }), own)).profile['_access']
    expect(await enter('before')).toBeNull()
    await schemasOf(own).byDefault('user', read)
    expect(await enter('before')).toBeNull()
    expect(await enter('after')).toEqual(read)
    await schemasOf(own).byDefault('user', [])
    expect(await enter('after')).toEqual(read)
  })

  it('makes the profile of a user whose user record is gone, in two trips more', async () => {
    const { user_id } = authOf(await login({ sub: 'lost', skyprofile: { name: 'Lost', username: 'lost' } }))
    await app.sql(`delete from ${app.table('user')} where _id = $1`, [user_id])
    const answer = await login({ sub: 'lost', skyprofile: { name: 'Found' } })
    expect(outcome(answer)).toEqual({ status: 200, trips: 4 })
    expect(authOf(answer).profile).toMatchObject({ _id: `user/${user_id}`, name: 'Found', username: 'lost' })
  })

  it('takes a username in the profile for a login id like any other', async () => {
    await login({ sub: 'cyd', skyprofile: { username: 'cyd' } })
    const taken = { status: 409, code: 109 }
    expect(outcome(await login({ sub: 'other', skyprofile: { username: 'CYD' } }))).toMatchObject(taken)
    const signup = { auth_data: { username: 'cyd' }, password: 'x' }
    expect(outcome(await app.call('auth:signup', signup))).toMatchObject(taken)
  })

  it('makes another user where the one it was is gone: nothing of a user is left behind', async () => {
    const { user_id } = authOf(await login({ sub: 'phoenix' }))
    await app.sql(`delete from ${app.table('_core_user')} where id = $1`, [user_id])
    const again = await login({ sub: 'phoenix' })
    expect(again.status).toBe(200)
    expect(authOf(again).user_id).not.toBe(user_id)
  })

  it('keeps what the token said last, and the email for a claim', async () => {
    const kept = async () =>
      app.sql(`select raw_profile, claims from ${app.table('_auth_identity_custom_token')}
        where provider_user_id = 'eve'`)
    await login({ sub: 'eve', skyprofile: { nick: 'E', email: 'eve@x.io', _own: 1 } })
    expect(await kept()).toEqual([
      { raw_profile: { nick: 'E', email: 'eve@x.io', _own: 1 }, claims: { email: 'eve@x.io' } },
    ])
    await login({ sub: 'eve', skyprofile: { nick: 'Eve' } })
    expect(await kept()).toEqual([{ raw_profile: { nick: 'Eve' }, claims: {} }])
  })

  it('refuses a token that says what Postgres cannot keep, even where it is no field', async () => {
    const answer = await login({ sub: 'odd', skyprofile: { _note: 'a\u0000b' } })
    expect(outcome(answer)).toMatchObject({ status: 400, code: 108, trips: 0 })
  })

  it('refuses a principal that is longer than one can be kept, in words of its own', async () => {
    const hex = Array.from({ length: 338 }, () => crypto.randomUUID().slice(0, 8)).join('')
    expect((await login({ sub: hex.slice(0, 2600) })).status).toBe(200)
    expect(outcome(await login({ sub: hex }))).toEqual({
      status: 400,
      trips: 0,
      code: 108,
      info: { arguments: ['token'] },
    })
  })

  it('of one new principal twenty times at once makes one user', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => login({ sub: 'rush' })))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(new Set(answers.map((answer) => authOf(answer).user_id)).size).toBe(1)
  })

  it('refuses a disabled user, whose profile stays as it was', async () => {
    const { user_id } = authOf(await login({ sub: 'dan', skyprofile: { name: 'Dan' } }))
    await app.sql(`update ${app.table('_core_user')} set disabled = true where id = $1`, [user_id])
    expect(outcome(await login({ sub: 'dan', skyprofile: { name: 'Daniel' } }))).toMatchObject({
      status: 403,
      code: 127,
    })
    const [row] = await app.sql(`select name from ${app.table('user')} where _id = $1`, [user_id])
    expect(row).toEqual({ name: 'Dan' })
  })

  it.each(['HS384', 'HS512'])('takes %s as well', async (alg) => {
    expect((await send(await signed({ sub: 'first' }, { alg }))).status).toBe(200)
  })

  const forgeries: Readonly<Record<string, () => string | null | Promise<string>>> = {
    'is signed with another secret': () => signed({ sub: 'first' }, { secret: 'another' }),
    'has algorithm none': () =>
      new UnsecuredJWT({ sub: 'first' }).setIssuedAt().setExpirationTime('1 minute').encode(),
    'is an access token of the app': async () => authOf(await login({ sub: 'first' })).access_token,
    'has run out': () => signed({ sub: 'first', exp: seconds() - 1 }),
    'is of the future': () => signed({ sub: 'first', nbf: seconds() + 60 }),
    'is garbage': () => 'garbage',
    'is nothing': () => '',
    'is null': () => null,
    'is 100,000 characters long': () => 'a'.repeat(100_000),
  }
  it.each(Object.keys(forgeries))('refuses a token that %s, without the database', async (name) => {
    expect(outcome(await send(await forgeries[name]?.()))).toMatchObject({ status: 400, trips: 0, code: 107 })
  })

  it.each(['sub', 'iat', 'exp'])('refuses a token without %s', async (claim) => {
    expect(outcome(await login({ sub: 'first', [claim]: undefined }))).toEqual({
      status: 401,
      trips: 0,
      code: 105,
    })
  })

  it('refuses a profile that is none, and makes nobody', async () => {
    const before = await users()
    for (const skyprofile of [{ born: { $type: 'date', $date: 'today' } }, 'ana', ['ana']])
      expect(outcome(await login({ sub: crypto.randomUUID(), skyprofile }))).toMatchObject({
        status: 400,
        trips: 0,
        code: 108,
      })
    // Whose record it would be, only the database knows.
    expect(outcome(await login({ sub: crypto.randomUUID(), skyprofile: { username: '' } }))).toEqual({
      status: 400,
      trips: 1,
      code: 108,
      info: { arguments: ['username'] },
    })
    expect(await users()).toBe(before)
  })

  it('is not configured where the app has no secret', async () => {
    const other = await testApp()
    const answer = await send(await signed({ sub: 'first' }), other)
    expect(outcome(answer)).toEqual({ status: 503, trips: 0, code: 125 })
  })

  it('of one app is none of another', async () => {
    const other = await authApp({ custom_token_secret: 'of the other' })
    expect(outcome(await send(await signed({ sub: 'first' }), other)).code).toBe(107)
  })
})
