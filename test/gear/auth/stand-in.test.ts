import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'

describe('the master key in a user’s place', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const me = (body: object = {}) => app.call('me', body, { key: app.masterKey })

  it('is _god where it names nobody, who is there from then on', async () => {
    const answer = await me()
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer)).toMatchObject({ user_id: '_god', profile: { _id: 'user/_god', _ownerID: '_god' } })
    expect(outcome(await app.call('me', {}, { token: authOf(answer).access_token }))).toEqual(OK)
    expect(outcome(await me())).toEqual(OK)
  })

  it('makes the user whom it names where there is none', async () => {
    const answer = await me({ _user_id: 'imported-1' })
    expect(outcome(answer)).toEqual(OK)
    const { user_id, access_token: token, roles } = authOf(answer)
    expect([user_id, roles]).toEqual(['imported-1', undefined])
    expect((await app.call('record:save', { records: [{ _id: 'note/1' }] }, { token })).status).toBe(200)
  })

  it('changes nothing of a user who is there', async () => {
    const ana = await app.signUp('ana')
    const { profile } = authOf(await me({ _user_id: ana.id }))
    expect(profile).toMatchObject({ username: 'ana' })
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
  })

  it('makes one of twenty at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => me({ _user_id: 'rush' })))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })
})
