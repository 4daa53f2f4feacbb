import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { resultOf, rolesOf } from './roles.ts'

describe('role:default', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
  })

  it('replaces the roles that new users get, whoever is there already', async () => {
    const before = await app.guest()
    const answer = await rolesOf(app).flag('default', ['Member', 'Guest'])
    expect([outcome(answer), resultOf(answer)]).toEqual([OK, ['Member', 'Guest']])
    const first = await app.guest()
    await rolesOf(app).flag('default', ['Guest'])
    const second = await app.guest()
    expect(resultOf(await rolesOf(app).flag('default', []))).toEqual([])
    const third = await app.guest()
    expect(await rolesOf(app).of(before, first, second, third)).toEqual({
      [before.id]: [],
      [first.id]: ['Guest', 'Member'],
      [second.id]: ['Guest'],
      [third.id]: [],
    })
  })

  it('is for development mode and the master key', async () => {
    expect(outcome(await app.call('role:default', { roles: [] }))).toEqual(OK)
    const live = await testApp({ production: true })
    await live.guest()
    expect(outcome(await live.call('role:default', { roles: ['Admin'] }))).toEqual({
      status: 403,
      trips: 0,
      code: 102,
    })
    expect(outcome(await rolesOf(live).flag('default', ['Admin']))).toEqual(OK)
  })

  it('asks for roles', async () => {
    expect(outcome(await app.call('role:default', {}))).toMatchObject({
      code: 108,
      info: { arguments: ['roles'] },
    })
  })
})
