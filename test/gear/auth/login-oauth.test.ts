import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { newest } from './audit-trail.ts'
import { oauthOf, REFUSED } from './oauth-app.ts'

describe('sso:oauth:login', () => {
  let app: TestApp
  let oauth: ReturnType<typeof oauthOf>
  let ana: ReturnType<typeof authOf>
  beforeAll(async () => {
    app = await testApp()
    oauth = oauthOf(app)
    ana = authOf(await oauth.signup({ principal_id: 'ana', profile: { name: 'Ana' } }))
  })

  it('logs in whose account it is, with the times of before', async () => {
    const answer = await oauth.login({ principal_id: 'ana' })
    expect(outcome(answer)).toEqual(OK)
    const { user_id, access_token, profile, last_login_at, last_seen_at } = authOf(answer)
    expect(user_id).toBe(ana.user_id)
    expect(profile).toMatchObject({ _id: `user/${user_id}`, name: 'Ana' })
    expect(last_login_at).toBe(last_seen_at)
    expect(outcome(await app.call('me', {}, { token: access_token }))).toEqual(OK)
    expect(outcome(await app.call('me', {}, { token: ana.access_token }))).toEqual(OK)

    const next = authOf(await oauth.login({ principal_id: 'ana' }))
    expect(Date.parse(String(next.last_login_at))).toBeGreaterThan(Date.parse(String(last_login_at)))
    expect(next.profile['last_login_at']).toEqual({ $type: 'date', $date: next.last_login_at })
    expect(next.profile['_updated_by']).toBe(user_id)
  })

  it('answers the roles of the user', async () => {
    await app.call('role:assign', { roles: ['Editor'], users: [ana.user_id] }, { key: app.masterKey })
    expect(authOf(await oauth.login({ principal_id: 'ana' })).roles).toEqual(['Editor'])
  })

  it('keeps what the provider says now, and nothing of what it said before', async () => {
    await oauth.login({
      principal_id: 'ana',
      token_response: { access_token: 'one' },
      provider_profile: { n: 1 },
    })
    expect(await oauth.kept('ana')).toMatchObject({
      token_response: { access_token: 'one' },
      profile: { n: 1 },
    })
    await oauth.login({ principal_id: 'ana', provider_profile: { m: 2 } })
    expect(await oauth.kept('ana')).toMatchObject({ token_response: null, profile: { m: 2 } })
  })

  it.each([
    ['an account that is nobody’s', { principal_id: 'nobody' }],
    ['the same name at another provider', { provider: 'facebook', principal_id: 'ana' }],
    ['a name that differs by case', { principal_id: 'Ana' }],
  ])('refuses %s, and makes nobody', async (_, body) => {
    const before = await oauth.users()
    expect(outcome(await oauth.login(body))).toEqual({ ...REFUSED, trips: 1 })
    expect(await oauth.users()).toBe(before)
  })

  it('refuses a disabled user; what the provider says now is not kept', async () => {
    const { user_id } = authOf(await oauth.signup({ principal_id: 'dan', provider_profile: { v: 1 } }))
    const master = { key: app.masterKey }
    await app.call('auth:disable:set', { auth_id: user_id, disabled: true, message: 'spam' }, master)
    const answer = await oauth.login({ principal_id: 'dan', provider_profile: { v: 2 } })
    // The second is for the audit trail.
    expect(outcome(answer)).toEqual({ status: 403, trips: 2, code: 127, info: { message: 'spam' } })
    expect(await newest(app)).toMatchObject({
      event: 'login_failure',
      result: 'UserDisabled',
      auth_id: user_id,
      actor_id: '_god',
    })
    expect(await oauth.kept('dan')).toMatchObject({ profile: { v: 1 } })
    await app.call('auth:disable:set', { auth_id: user_id, disabled: false }, master)
    expect(outcome(await oauth.login({ principal_id: 'dan' }))).toEqual(OK)
  })

  it('is nobody’s where the user is gone', async () => {
    const { user_id } = authOf(await oauth.signup({ principal_id: 'phoenix' }))
    await app.sql(`delete from ${app.table('_core_user')} where id = $1`, [user_id])
    expect(outcome(await oauth.login({ principal_id: 'phoenix' }))).toMatchObject(REFUSED)
  })

  it('of one account twenty times at once goes well', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => oauth.login({ principal_id: 'ana' })))
    expect(answers.map(outcome)).toEqual(answers.map(() => OK))
  })

  it('takes away sessions that have ended', async () => {
    const { user_id } = authOf(await oauth.signup({ principal_id: 'swept' }))
    const sessions = app.table('_core_session')
    await app.sql(`update ${sessions} set expires_at = timezone('utc', now()) where user_id = $1`, [user_id])
    await oauth.login({ principal_id: 'swept' })
    expect(await app.sql(`select id from ${sessions} where user_id = $1`, [user_id])).toHaveLength(1)
  })

  it('is in the audit trail, of the user where there is one', async () => {
    await oauth.login({ principal_id: 'ana', token_response: { access_token: 'secret' } })
    const data = { by: 'oauth', provider: 'google', principal_id: 'ana' }
    const entry = { event: 'login_success', result: 'OK', auth_id: ana.user_id, actor_id: '_god', data }
    expect(await newest(app)).toEqual(entry)
    await oauth.login({ principal_id: 'nobody' })
    expect(await newest(app)).toMatchObject({
      event: 'login_failure',
      result: 'InvalidCredentials',
      auth_id: null,
      data: { principal_id: 'nobody' },
    })
  })
})
