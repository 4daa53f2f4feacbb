import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { resultOf, rolesOf } from './roles.ts'

describe('role:revoke', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    await rolesOf(app).assign([ana, bob], ['Editor', 'Writer'])
  })

  it('takes the roles from these users only', async () => {
    const answer = await rolesOf(app).revoke([ana], ['Editor'])
    expect([outcome(answer), resultOf(answer)]).toEqual([OK, 'OK'])
    expect(await rolesOf(app).of(ana, bob)).toEqual({ [ana.id]: ['Writer'], [bob.id]: ['Editor', 'Writer'] })
  })

  it('passes over what nobody holds, and makes no role', async () => {
    expect(outcome(await rolesOf(app).revoke([ana], ['Editor', 'Unheard']))).toEqual(OK)
    expect(outcome(await rolesOf(app).revoke([], []))).toEqual(OK)
    expect(await app.sql(`select from ${app.table('_role')} where id = 'Unheard'`)).toEqual([])
  })

  it('is an administrator’s', async () => {
    const body = { users: [bob.id], roles: ['Editor'] }
    expect(outcome(await app.call('role:revoke', body, ana))).toEqual({ status: 403, trips: 1, code: 102 })
    expect(await rolesOf(app).of(bob)).toEqual({ [bob.id]: ['Editor', 'Writer'] })
  })
})
