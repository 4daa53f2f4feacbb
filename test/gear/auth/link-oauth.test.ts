import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { newest } from './audit-trail.ts'
import { oauthOf, tally, TAKEN, UNKNOWN } from './oauth-app.ts'

describe('sso:oauth:link', () => {
  let app: TestApp
  let oauth: ReturnType<typeof oauthOf>
  beforeAll(async () => {
    app = await testApp()
    oauth = oauthOf(app)
    await oauth.signup({ principal_id: 'first' })
  })
  const guest = async () => (await app.guest()).id

  it('makes an account a user’s, who is logged in by it from then on', async () => {
    const user_id = await guest()
    const said = { token_response: { access_token: 'ya29' }, provider_profile: { id: '1041' } }
    const answer = await oauth.link({ principal_id: '1041', user_id, ...said })
    expect([outcome(answer), answer.json]).toEqual([OK, { result: 'OK' }])
    expect(await oauth.kept('1041')).toEqual({
      user_id,
      token_response: said.token_response,
      profile: said.provider_profile,
    })
    expect(authOf(await oauth.login({ principal_id: '1041' })).user_id).toBe(user_id)
  })

  it('gives a user an account at each of several providers', async () => {
    const user_id = await guest()
    for (const provider of ['google', 'facebook'])
      expect(outcome(await oauth.link({ provider, principal_id: `of ${user_id}`, user_id }))).toEqual(OK)
  })

  it('refuses an account that is a user’s, to the same user as to another, and leaves it as it was', async () => {
    const user_id = await guest()
    await oauth.link({ principal_id: 'owned', user_id, provider_profile: { v: 1 } })
    for (const other of [user_id, await guest(), 'nobody']) {
      const answer = await oauth.link({ principal_id: 'owned', user_id: other, provider_profile: { v: 2 } })
      expect(outcome(answer)).toEqual({ ...TAKEN, trips: 1 })
    }
    expect(await oauth.kept('owned')).toEqual({ user_id, token_response: null, profile: { v: 1 } })
  })

  it('refuses a user a second account at the same provider', async () => {
    const user_id = await guest()
    await oauth.link({ principal_id: 'one', user_id })
    expect(outcome(await oauth.link({ principal_id: 'two', user_id }))).toEqual({ ...TAKEN, trips: 1 })
    expect(await oauth.kept('two')).toBeUndefined()
  })

  it('refuses a user who is not there', async () => {
    const answer = await oauth.link({ principal_id: 'lost', user_id: 'nobody' })
    expect(outcome(answer)).toEqual({ ...UNKNOWN, trips: 1 })
    expect(await oauth.kept('lost')).toBeUndefined()
  })

  it('of one account to twenty users at once makes it one user’s', async () => {
    const users = await Promise.all(Array.from({ length: 20 }, guest))
    const answers = await Promise.all(users.map((user_id) => oauth.link({ principal_id: 'rush', user_id })))
    expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
    const refused = answers.filter(({ status }) => status === 400).map(outcome)
    expect(refused).toEqual(refused.map(() => ({ ...TAKEN, trips: 1 })))
    const got = users.find((_, i) => answers[i]?.status === 200)
    expect(await oauth.kept('rush')).toMatchObject({ user_id: got })
  })

  it('of fifty accounts to one user at once makes one the user’s', async () => {
    const user_id = await guest()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => oauth.link({ principal_id: `rush ${i}`, user_id })),
    )
    expect(tally(answers)).toEqual({ 200: 1, 400: 49 })
  })

  it('is in the audit trail, without what the provider said', async () => {
    const user_id = await guest()
    await oauth.link({ principal_id: 'noted', user_id, token_response: { access_token: 'secret' } })
    expect(await newest(app)).toEqual({
      event: 'link_oauth',
      result: 'OK',
      auth_id: user_id,
      actor_id: '_god',
      data: { by: 'oauth', provider: 'google', principal_id: 'noted' },
    })
    await oauth.link({ principal_id: 'noted', user_id: 'nobody' })
    expect(await newest(app)).toMatchObject({
      event: 'link_oauth',
      result: 'InvalidArgument',
      auth_id: 'nobody',
    })
  })
})
