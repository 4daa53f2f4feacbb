import { SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { schemasOf } from '../record/schemas.ts'
import { authApp } from './auth-app.ts'
import { oauthOf } from './oauth-app.ts'

describe('a user whose user record is gone', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const forget = ({ id }: TestUser) => app.sql(`delete from ${app.table('user')} where _id = $1`, [id])

  it('gets another by me, with the login ids, and in one trip once it is there', async () => {
    const ana = await app.signUp('ana')
    await forget(ana)
    const answer = await app.call('me', {}, ana)
    expect(outcome(answer)).toEqual({ status: 200, trips: 3 })
    expect(authOf(answer).profile).toMatchObject({
      _id: `user/${ana.id}`,
      _ownerID: ana.id,
      _created_by: ana.id,
      username: 'ana',
    })
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
  })

  it('gets another where the password is changed', async () => {
    const bob = await app.signUp('bob')
    await forget(bob)
    const body = { old_password: 'secret', password: 'another' }
    const answer = await app.call('auth:password', body, bob)
    expect(outcome(answer)).toEqual({ status: 200, trips: 3 })
    expect(authOf(answer).profile).toMatchObject({ _id: `user/${bob.id}`, username: 'bob' })
  })

  it.each(['auth:login', 'auth:reset_password'])('gets another by %s', async (action) => {
    const name = crypto.randomUUID()
    const fay = await app.signUp(name)
    await forget(fay)
    const body = { auth_id: fay.id, auth_data: { username: name }, password: 'secret' }
    const answer = await app.call(action, body, { key: app.masterKey })
    expect(outcome(answer)).toEqual({ status: 200, trips: 4 })
    expect(authOf(answer).profile).toMatchObject({ _id: `user/${fay.id}`, username: name })
  })

  it('gets one that the rules of its type are for', async () => {
    const own = await testApp()
    const cyd = await own.guest()
    await schemasOf(own).byDefault('user', [{ level: 'read', public: true }])
    await own.sql(`delete from ${own.table('user')} where _id = $1`, [cyd.id])
    const answer = await own.call('me', {}, cyd)
    expect(authOf(answer).profile['_access']).toEqual([{ level: 'read', public: true }])
  })

  it('gets one where twenty calls find none at once', async () => {
    const dan = await app.guest()
    await forget(dan)
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.call('me', {}, dan)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    for (const answer of answers) expect(authOf(answer).profile).toMatchObject({ _id: `user/${dan.id}` })
  })

  it('is told where none can be made', async () => {
    const own = await testApp()
    const eve = await own.guest()
    await own.sql(`delete from ${own.table('user')} where _id = $1`, [eve.id])
    await own.sql(`alter table ${own.table('user')} add column badge text not null`)
    for (const [action, body] of [
      ['me', {}],
      ['auth:password', { old_password: 'secret', password: 'another' }],
    ] as const)
      expect(outcome(await own.call(action, body, eve))).toMatchObject({ status: 500, code: 10005 })
  })

  it('is not logged in where none can be made: no session is left, and nothing is noted', async () => {
    const own = await authApp({ audit_days: 1, custom_token_secret: 'secret' })
    const gus = await own.signUp('gus')
    const oauth = oauthOf(own)
    await oauth.link({ principal_id: 'gus', user_id: gus.id })
    const token = await customToken('hal')
    await own.call('sso:custom_token:login', { token })
    await own.sql(`delete from ${own.table('user')}`)
    await own.sql(`alter table ${own.table('user')} add column badge text not null`)
    const rows = async () => [
      await own.sql(`select id from ${own.table('_core_session')} order by id`),
      await own.sql(`select event from ${own.table('_auth_audit')}`),
    ]
    const before = await rows()
    for (const answer of [
      await own.call('auth:login', { auth_data: { username: 'gus' }, password: 'secret' }),
      await own.call('me', { _user_id: gus.id }, { key: own.masterKey }),
      await own.call('auth:reset_password', { auth_id: gus.id, password: 'x' }, { key: own.masterKey }),
      await oauth.login({ principal_id: 'gus' }),
      await own.call('sso:custom_token:login', { token }),
    ])
      expect(outcome(answer)).toMatchObject({ status: 500, code: 10005 })
    expect(await rows()).toEqual(before)
  })

  it('gets none of another who has the name that it must have', async () => {
    const own = await testApp()
    const [ivy, other] = [await own.signUp('ivy'), await own.guest()]
    await own.sql(`delete from ${own.table('user')} where _id = $1`, [ivy.id])
    await own.sql(`update ${own.table('user')} set username = 'ivy' where _id = $1`, [other.id])
    expect(outcome(await own.call('me', {}, ivy))).toMatchObject({ status: 500, code: 10005 })
  })

  it('is refused before one is made where the user is disabled', async () => {
    const own = await authApp({ custom_token_secret: 'secret' })
    const token = await customToken('jan')
    const enter = () => own.call('sso:custom_token:login', { token })
    const { user_id } = authOf(await enter())
    await own.sql(`update ${own.table('_core_user')} set disabled = true where id = $1`, [user_id])
    await own.sql(`delete from ${own.table('user')} where _id = $1`, [user_id])
    expect(outcome(await enter())).toMatchObject({ status: 403, code: 127 })
    expect(await own.sql(`select _id from ${own.table('user')} where _id = $1`, [user_id])).toEqual([])
  })
})

function customToken(sub: string): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  return new SignJWT({ sub, iat: seconds, exp: seconds + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode('secret'))
}
