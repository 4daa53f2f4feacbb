import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, itemsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { firstOf, recordsOf, refused } from './records.ts'

describe('saving user records', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  beforeAll(async () => {
    app = await testApp()
    ana = await app.signUp('Ana')
    bob = await app.guest()
  })
  const login = async (auth_data: object) =>
    outcome(await app.call('auth:login', { auth_data, password: 'secret' })).status
  const asAna = () => recordsOf(app, ana)

  it('lets users write their own profile', async () => {
    const answer = await asAna().save({ _id: `user/${ana.id}`, nick: 'A' })
    expect(firstOf(answer)).toMatchObject({ nick: 'A', username: 'Ana', _ownerID: ana.id })
    expect(outcome(await asAna().save({ _id: `user/${ana.id}`, nick: 'B' }))).toEqual(OK)
  })

  it('does not let users write another’s profile, though it has no access list', async () => {
    const answer = await recordsOf(app, bob).save({ _id: `user/${ana.id}`, nick: 'stolen' })
    expect(itemsOf(answer)).toMatchObject([{ _id: `user/${ana.id}`, ...refused(102) }])
    expect(firstOf(await asAna().fetch([`user/${ana.id}`]))['nick']).not.toBe('stolen')
    const byMaster = await recordsOf(app, { key: app.masterKey }).save({ _id: `user/${ana.id}`, nick: 'M' })
    expect(firstOf(byMaster)).toMatchObject({ nick: 'M', _ownerID: ana.id })
  })

  it('does not make users', async () => {
    const answer = await asAna().save({ _id: 'user/nobody', username: 'nobody' })
    expect(itemsOf(answer)).toMatchObject([{ _type: 'error' }])
    expect(codesOf(await asAna().fetch(['user/nobody']))).toEqual([110])
  })

  it('changes the username that logs the user in', async () => {
    const answer = await asAna().save({ _id: `user/${ana.id}`, username: 'Anna' })
    expect(outcome(answer)).toEqual(OK)
    expect(firstOf(answer)['username']).toBe('Anna')
    expect([await login({ username: 'ana' }), await login({ username: 'anna' })]).toEqual([401, 200])
  })

  it('gives the user an email to log in by, and takes it away by null', async () => {
    await asAna().save({ _id: `user/${ana.id}`, email: 'ana@x.io' })
    expect(await login({ email: 'ANA@x.io' })).toBe(200)
    await asAna().save({ _id: `user/${ana.id}`, email: null })
    expect(await login({ email: 'ana@x.io' })).toBe(401)
    const ids = await app.sql(`select login_id_key from ${app.table('_auth_identity_login_id')}`)
    expect(ids).toEqual([{ login_id_key: 'username' }])
  })

  it('refuses a username that another user has, in any letter case, and changes nothing', async () => {
    const answer = await recordsOf(app, bob).save({ _id: `user/${bob.id}`, username: 'ANNA', nick: 'b' })
    expect(itemsOf(answer)).toMatchObject([{ _id: `user/${bob.id}`, ...refused(109) }])
    const [profile] = itemsOf(await recordsOf(app, bob).fetch([`user/${bob.id}`]))
    expect(profile).not.toHaveProperty('username')
    expect(profile).not.toHaveProperty('nick')
    expect(await login({ username: 'anna' })).toBe(200)
  })

  it('frees the old username for others', async () => {
    const answer = await recordsOf(app, bob).save({ _id: `user/${bob.id}`, username: 'ana' })
    expect(firstOf(answer)['username']).toBe('ana')
  })

  it('changes only the letter case of a username', async () => {
    expect(firstOf(await asAna().save({ _id: `user/${ana.id}`, username: 'ANNA' }))['username']).toBe('ANNA')
    expect(await login({ username: 'anna' })).toBe(200)
  })

  it.each(['', 'n'.repeat(513)])(
    'refuses a username that nobody could sign up with: %j',
    async (username) => {
      const answer = await asAna().save({ _id: `user/${ana.id}`, username })
      expect(itemsOf(answer)).toMatchObject([refused(108)])
      expect(await login({ username: 'anna' })).toBe(200)
    },
  )

  it('keeps a user’s profile out of private databases', async () => {
    const answer = await asAna().save({ _id: `user/${ana.id}`, nick: 'x' }, { database_id: '_private' })
    expect(codesOf(answer)).toEqual([109])
  })
})
