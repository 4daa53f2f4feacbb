import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { newest } from './audit-trail.ts'
import { oauthOf, REFUSED, tally, UNKNOWN } from './oauth-app.ts'

describe('sso:oauth:unlink', () => {
  let app: TestApp
  let oauth: ReturnType<typeof oauthOf>
  beforeAll(async () => {
    app = await testApp()
    oauth = oauthOf(app)
    await oauth.signup({ principal_id: 'first' })
  })
  const guest = async () => (await app.guest()).id

  it('takes an account from its user: it logs nobody in, and is free for another', async () => {
    const [user_id, other] = [await guest(), await guest()]
    await oauth.link({ principal_id: 'moving', user_id })
    const { access_token } = authOf(await oauth.login({ principal_id: 'moving' }))
    const answer = await oauth.unlink({ user_id })
    expect([outcome(answer), answer.json]).toEqual([OK, { result: 'OK' }])
    expect(outcome(await oauth.login({ principal_id: 'moving' }))).toMatchObject(REFUSED)
    expect(outcome(await app.call('me', {}, { token: access_token }))).toEqual(OK)
    await oauth.link({ principal_id: 'moving', user_id: other })
    expect(authOf(await oauth.login({ principal_id: 'moving' })).user_id).toBe(other)
  })

  it('takes only the account at the named provider', async () => {
    const user_id = await guest()
    await oauth.link({ principal_id: 'kept', user_id })
    await oauth.link({ provider: 'facebook', principal_id: 'taken', user_id })
    await oauth.unlink({ provider: 'facebook', user_id })
    expect(await oauth.kept('kept')).toMatchObject({ user_id })
    expect(await oauth.kept('taken', 'facebook')).toBeUndefined()
  })

  it('refuses where there is none: of who has none there, and of nobody', async () => {
    const user_id = await guest()
    await oauth.link({ provider: 'facebook', principal_id: 'elsewhere', user_id })
    for (const body of [{ user_id }, { user_id: 'nobody' }])
      expect(outcome(await oauth.unlink(body))).toEqual({ ...UNKNOWN, trips: 1 })
  })

  it('twenty times at once takes it once', async () => {
    const user_id = await guest()
    await oauth.link({ principal_id: 'rush', user_id })
    const answers = await Promise.all(Array.from({ length: 20 }, () => oauth.unlink({ user_id })))
    expect(tally(answers)).toEqual({ 200: 1, 404: 19 })
  })

  it('is in the audit trail', async () => {
    const user_id = await guest()
    await oauth.link({ principal_id: 'noted', user_id })
    await oauth.unlink({ user_id })
    expect(await newest(app)).toEqual({
      event: 'unlink_oauth',
      result: 'OK',
      auth_id: user_id,
      actor_id: '_god',
      data: { by: 'oauth', provider: 'google' },
    })
    await oauth.unlink({ user_id })
    expect(await newest(app)).toMatchObject({ event: 'unlink_oauth', result: 'ResourceNotFound' })
  })
})
