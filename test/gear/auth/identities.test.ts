import { SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, claimsOf, type TestApp, type TestUser } from '../../support/app.ts'
import { authApp } from './auth-app.ts'
import { oauthOf } from './oauth-app.ts'

const SECRET = 'a secret of the app and its own server'

describe('the identities of a user', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await authApp({
      custom_token_secret: SECRET,
      auth_record_keys: [['username'], ['email'], ['phone']],
    })
    await app.guest()
  })
  const typesOf = async (id: string) =>
    (
      await app.sql(`select type from ${app.table('_auth_identity')} where user_id = $1 order by 1`, [id])
    ).map(({ type }) => type)
  /** The type of the identity that a token's session was entered by, which must be there. */
  const enteredBy = async (token: string) => {
    const [row] = await app.sql(
      `select s.identity_type, i.type, s.identity_updated_at = i.updated_at as is_current
       from ${app.table('_core_session')} s left join ${app.table('_auth_identity')} i on i.id = s.identity_id
       where s.id = $1`,
      [claimsOf(token)['sid']],
    )
    expect(row).toMatchObject({ type: row?.['identity_type'], is_current: true })
    return row?.['type']
  }
  const save = (user: TestUser, fields: object) =>
    app.call('record:save', { records: [{ _id: `user/${user.id}`, ...fields }] }, user)
  const signup = async (body: object) => {
    const { user_id: id, access_token: token } = authOf(await app.call('auth:signup', body))
    return { id, token }
  }

  it('are one for each login id', async () => {
    const ana = await signup({ auth_data: { username: 'ana', email: 'ana@x.io' }, password: 'secret' })
    expect(await typesOf(ana.id)).toEqual(['login_id', 'login_id'])
    expect(await enteredBy(ana.token)).toBe('login_id')
  })

  it('are the one that a login found the user by', async () => {
    await signup({ auth_data: { username: 'bob', email: 'bob@x.io' }, password: 'secret' })
    for (const [key, value] of [
      ['username', 'bob'],
      ['email', 'bob@x.io'],
    ] as const) {
      const answer = await app.call('auth:login', { auth_data: { [key]: value }, password: 'secret' })
      const [found] = await app.sql(
        `select l.login_id_key from ${app.table('_core_session')} s
         join ${app.table('_auth_identity_login_id')} l on l.identity_id = s.identity_id where s.id = $1`,
        [claimsOf(authOf(answer).access_token)['sid']],
      )
      expect(found).toEqual({ login_id_key: key })
    }
  })

  it('are the anonymous one of who signs up without any', async () => {
    const guest = await app.guest()
    expect(await typesOf(guest.id)).toEqual(['anonymous'])
    expect(await enteredBy(guest.token)).toBe('anonymous')
  })

  it('are not anonymous any more with the first login id, and the session goes on by that', async () => {
    const guest = await app.guest()
    await save(guest, { username: 'promoted' })
    expect(await typesOf(guest.id)).toEqual(['login_id'])
    expect(await enteredBy(guest.token)).toBe('login_id')
  })

  it('are told from no others where only this app knows the user, by fields of the record', async () => {
    const cyd = await signup({ auth_data: { phone: '1' }, password: 'secret' })
    expect(await typesOf(cyd.id)).toEqual(['record_keys'])
    const answer = await app.call('auth:login', { auth_data: { phone: '1' }, password: 'secret' })
    expect(await enteredBy(authOf(answer).access_token)).toBe('record_keys')
  })

  it('are not anonymous any more with a password, and the session goes on by that', async () => {
    const guest = await app.guest()
    await save(guest, { phone: '2' })
    const adopted = await app.guest()
    await app.sql(
      `with made as (insert into ${app.table('_auth_authenticator')} (id, type, user_id)
        values ('old', 'password', $1) returning id, user_id)
      insert into ${app.table('_auth_authenticator_password')} (authenticator_id, user_id, password)
      select id, user_id, 'hash' from made`,
      [adopted.id],
    )
    expect(await enteredBy(adopted.token)).toBe('record_keys')
    const password = { auth_id: guest.id, password: 'secret' }
    const answer = await app.call('auth:reset_password', password, { key: app.masterKey })
    expect(await typesOf(guest.id)).toEqual(['record_keys'])
    expect(await enteredBy(authOf(answer).access_token)).toBe('record_keys')
    const again = await app.call('auth:login', { auth_data: { phone: '2' }, password: 'secret' })
    expect(await enteredBy(authOf(again).access_token)).toBe('record_keys')
  })

  it('say when a login id was changed', async () => {
    const dan = await signup({ auth_data: { username: 'dan' }, password: 'secret' })
    await save(dan, { username: 'daniel' })
    const [row] = await app.sql(
      `select updated_at > created_at as is_changed from ${app.table('_auth_identity')} where user_id = $1`,
      [dan.id],
    )
    expect(row).toEqual({ is_changed: true })
  })

  it('are never none: who loses the last is anonymous again', async () => {
    const guest = await app.guest()
    await save(guest, { username: 'fleeting' })
    await save(guest, { username: null })
    expect(await typesOf(guest.id)).toEqual(['anonymous'])
    expect(await enteredBy(guest.token)).toBe('anonymous')
  })

  it('are an account at a provider, until it is taken away: the session goes on by what is left', async () => {
    const oauth = oauthOf(app)
    const { user_id: id, access_token: token } = authOf(await oauth.signup({ principal_id: 'eve' }))
    expect(await typesOf(id)).toEqual(['oauth'])
    expect(await enteredBy(token)).toBe('oauth')
    await save({ id, token }, { username: 'eve' })
    const again = authOf(await oauth.login({ principal_id: 'eve' })).access_token
    expect(await enteredBy(again)).toBe('oauth')
    await oauth.unlink({ user_id: id })
    expect(await typesOf(id)).toEqual(['login_id'])
    expect([await enteredBy(token), await enteredBy(again)]).toEqual(['login_id', 'login_id'])
  })

  it('are the principal of a custom token', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({ sub: 'fay', iat: seconds, exp: seconds + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET))
    const enter = async () => authOf(await app.call('sso:custom_token:login', { token }))
    const { user_id } = await enter()
    expect(await typesOf(user_id)).toEqual(['custom_token'])
    expect(await enteredBy((await enter()).access_token)).toBe('custom_token')
  })

  it('are the anonymous one of whom the master key stands in for', async () => {
    const answer = await app.call('me', { _user_id: 'imported' }, { key: app.masterKey })
    expect(await typesOf('imported')).toEqual(['anonymous'])
    expect(await enteredBy(authOf(answer).access_token)).toBe('anonymous')
  })

  it('go with the user, all of them', async () => {
    const oauth = oauthOf(app)
    const gus = await signup({ auth_data: { username: 'gus' }, password: 'secret' })
    await oauth.link({ principal_id: 'gus', user_id: gus.id })
    await app.sql(`delete from ${app.table('_core_user')} where id = $1`, [gus.id])
    expect(await typesOf(gus.id)).toEqual([])
    expect(await oauth.kept('gus')).toBeUndefined()
  })

  it('are never none where several go at the same moment', async () => {
    const guest = await app.guest()
    await save(guest, { username: 'crowded' })
    const providers = Array.from({ length: 10 }, (_, i) => `provider ${i}`)
    const oauth = oauthOf(app)
    for (const provider of providers) await oauth.link({ provider, principal_id: 'x', user_id: guest.id })
    await Promise.all([
      save(guest, { username: null }),
      ...providers.map((provider) => oauth.unlink({ provider, user_id: guest.id })),
    ])
    expect(await typesOf(guest.id)).toEqual(['anonymous'])
    await Promise.all(
      providers.map((provider) => oauth.link({ provider, principal_id: 'x', user_id: guest.id })),
    )
    expect(await typesOf(guest.id)).toEqual(providers.map(() => 'oauth'))
  })
})

/** What v2's API will find: docs/users.md. */
describe('the store of users', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await authApp({})
    await app.guest()
  })

  it('has room for several accounts of a user at one provider, which v1’s actions do not make', async () => {
    const { id } = await app.guest()
    await app.sql(
      `with made as (
        insert into ${app.table('_auth_identity')} (id, type, user_id)
        select 'i' || n, 'oauth', $1 from generate_series(1, 2) as n returning id)
      insert into ${app.table('_auth_identity_oauth')} (identity_id, provider_type, provider_keys, provider_user_id)
      select id, 'azureadv2', jsonb_build_object('tenant', id), 'same' from made`,
      [id],
    )
    const [kept] = await app.sql(
      `select count(*)::int as n from ${app.table('_auth_identity')} where user_id = $1`,
      [id],
    )
    expect(kept).toEqual({ n: 2 })
  })

  it('finds a login id whatever its key is, by the index that keeps each key’s unique', async () => {
    const users = Array.from({ length: 3000 }, (_, i) => `('i-${i}', 'username', 'U${i}', 'u${i}')`)
    await app.sql(`insert into ${app.table('_auth_identity')} (id, type, user_id)
      select 'i-' || n, 'login_id', '${(await app.guest()).id}' from generate_series(0, 2999) n`)
    await app.sql(`insert into ${app.table('_auth_identity_login_id')} values ${users.join()}`)
    await app.sql(`analyze ${app.table('_auth_identity_login_id')}`)
    const plan = await app.sql(
      `explain select from ${app.table('_auth_identity_login_id')} where unique_key = 'u7'`,
    )
    expect(JSON.stringify(plan)).toContain('_auth_identity_login_id_unique')
  })

  it('lets v1 users have a username that is somebody’s email', async () => {
    const value = 'same@x.io'
    for (const key of ['email', 'username']) {
      const answer = await app.call('auth:signup', { auth_data: { [key]: value }, password: 'secret' })
      expect(answer.status).toBe(200)
    }
  })
})
