import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { newest } from './audit-trail.ts'
import { oauthOf, TAKEN } from './oauth-app.ts'

describe('sso:oauth:signup', () => {
  let app: TestApp
  let oauth: ReturnType<typeof oauthOf>
  beforeAll(async () => {
    app = await testApp()
    oauth = oauthOf(app)
    await oauth.signup({ principal_id: 'first', profile: { name: '', score: 0, born: null } })
  })

  it('makes a user of an account that is nobody’s, with the profile, and without default roles', async () => {
    await app.sql(`insert into ${app.table('_role')} (id, by_default) values ('Member', true)`)
    const profile = { name: 'Ana', score: 2, born: { $type: 'date', $date: '1990-01-01T00:00:00Z' } }
    await oauth.signup({ principal_id: 'warm', profile })
    const answer = await oauth.signup({ principal_id: 'new', profile })
    expect(outcome(answer)).toEqual(OK)
    const { user_id, roles, access_token, ...rest } = authOf(answer)
    expect(rest).toEqual({
      profile: expect.objectContaining({ _id: `user/${user_id}`, _ownerID: user_id, ...profile }),
    })
    expect(roles).toBeUndefined()
    expect(outcome(await app.call('me', {}, { token: access_token }))).toEqual(OK)
  })

  it('keeps what the provider said, and does not answer it', async () => {
    const said = {
      token_response: { access_token: 'ya29', expires_in: 3600 },
      provider_profile: { id: 'said', emails: [{ value: 'a@x.example' }] },
    }
    const answer = await oauth.signup({ principal_id: 'said', ...said })
    expect(await oauth.kept('said')).toEqual({
      user_id: authOf(answer).user_id,
      token_response: said.token_response,
      profile: said.provider_profile,
    })
    expect(answer.text).not.toContain('ya29')
  })

  it('needs neither a profile nor what the provider said', async () => {
    const body = { principal_id: 'bare', token_response: null, provider_profile: null, profile: null }
    expect(outcome(await oauth.signup(body))).toEqual(OK)
    expect(await oauth.kept('bare')).toMatchObject({ token_response: null, profile: null })
  })

  it('leaves out of the profile what is reserved', async () => {
    const profile = { _id: 'user/mine', _owner_id: 'first', _access: [], _unknown: 1, name: 'Eve' }
    const answer = await oauth.signup({ principal_id: 'reserved', profile })
    const { user_id, profile: made } = authOf(answer)
    expect(made).toMatchObject({ _id: `user/${user_id}`, _ownerID: user_id, _access: null, name: 'Eve' })
    expect(made).not.toHaveProperty('_unknown')
  })

  it('takes a username in the profile for a login id like any other', async () => {
    await oauth.signup({ principal_id: 'cyd', profile: { username: 'cyd' } })
    const before = await oauth.users()
    const taken = await oauth.signup({ principal_id: 'other', profile: { username: 'CYD' } })
    expect(outcome(taken)).toMatchObject({ status: 409, code: 109 })
    expect([await oauth.kept('other'), await oauth.users()]).toEqual([undefined, before])
  })

  it('refuses an account that is a user’s already, and makes nobody', async () => {
    const { user_id } = authOf(await oauth.signup({ principal_id: 'dan', provider_profile: { v: 1 } }))
    const before = await oauth.users()
    const again = await oauth.signup({ principal_id: 'dan', provider_profile: { v: 2 } })
    expect(outcome(again)).toEqual({ ...TAKEN, trips: 1 })
    expect(await oauth.users()).toBe(before)
    expect(await oauth.kept('dan')).toMatchObject({ user_id, profile: { v: 1 } })
  })

  it('of one account twenty times at once makes one user', async () => {
    const before = await oauth.users()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => oauth.signup({ principal_id: 'rush', profile: { score: i } })),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.map(outcome)).toEqual(Array.from({ length: 19 }, () => ({ ...TAKEN, trips: 1 })))
    expect(await oauth.users()).toBe(before + 1)
    const [made] = answers.filter(({ status }) => status === 200)
    expect(await oauth.kept('rush')).toMatchObject({ user_id: made && authOf(made).user_id })
  })

  it('tells an account of one provider from the same name at another', async () => {
    const answers = await Promise.all(
      ['google', 'facebook'].map((provider) => oauth.signup({ provider, principal_id: '1041' })),
    )
    expect(answers.map(outcome)).toEqual([OK, OK])
    expect(new Set(answers.map((answer) => authOf(answer).user_id)).size).toBe(2)
  })

  it('is in the audit trail, with the account and without what the provider said', async () => {
    const body = { principal_id: 'noted', token_response: { access_token: 'secret' } }
    const { user_id } = authOf(await oauth.signup(body))
    const entry = { event: 'signup', data: { by: 'oauth', provider: 'google', principal_id: 'noted' } }
    expect(await newest(app)).toEqual({ ...entry, result: 'OK', auth_id: user_id, actor_id: '_god' })
    await oauth.signup(body)
    expect(await newest(app)).toMatchObject({ ...entry, result: 'InvalidArgument', auth_id: null })
  })

  it('of one app is none of another', async () => {
    const other = oauthOf(await testApp())
    const { user_id } = authOf(await oauth.signup({ principal_id: 'shared' }))
    expect(outcome(await other.login({ principal_id: 'shared' })).code).toBe(105)
    expect(outcome(await other.unlink({ user_id })).code).toBe(110)
    const made = await other.signup({ principal_id: 'shared' })
    expect(made.status).toBe(200)
    expect(authOf(made).user_id).not.toBe(user_id)
    expect(await oauth.kept('shared')).toMatchObject({ user_id })
  })
})
