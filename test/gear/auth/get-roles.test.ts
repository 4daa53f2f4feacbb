import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { adminOf, resultOf, rolesOf } from './roles.ts'

describe('role:get', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    await rolesOf(app).assign([ana], ['Editor'])
  })
  const get = (users: readonly string[], as: Parameters<TestApp['call']>[2]) =>
    app.call('role:get', { users }, as)

  it('answers each user’s roles, none for users that do not exist', async () => {
    const answer = await get([ana.id, bob.id, 'nobody', '__proto__'], { key: app.masterKey })
    expect(outcome(answer)).toEqual(OK)
    expect(new Map(Object.entries(resultOf(answer) as object))).toEqual(
      new Map([
        [ana.id, ['Editor']],
        [bob.id, []],
        ['nobody', []],
        ['__proto__', []],
      ]),
    )
  })

  it('lets users ask for themselves, and for nobody else', async () => {
    const answer = await get([ana.id], ana)
    expect([outcome(answer), resultOf(answer)]).toEqual([OK, { [ana.id]: ['Editor'] }])
    for (const users of [[bob.id], [ana.id, bob.id], ['nobody']])
      expect(outcome(await get(users, ana))).toEqual({ status: 403, trips: 1, code: 102 })
  })

  it('lets an administrator ask for anybody', async () => {
    expect(outcome(await get([ana.id, bob.id], await adminOf(app)))).toEqual(OK)
  })

  it('asks for a user', async () => {
    expect(outcome(await get([ana.id], {}))).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await get([ana.id], { key: null }))).toEqual({ status: 401, trips: 0, code: 101 })
  })

  it('asks for users', async () => {
    expect(outcome(await get([], ana))).toMatchObject({ code: 108, info: { arguments: ['users'] } })
  })
})
