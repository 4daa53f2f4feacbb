import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { adminOf, resultOf, rolesOf } from './roles.ts'

describe('role:admin', () => {
  let app: TestApp
  let admin: TestUser
  beforeAll(async () => {
    app = await testApp()
    admin = await adminOf(app)
  })
  const mayAssign = async () =>
    outcome(await app.call('role:assign', { users: [admin.id], roles: ['Any'] }, admin)).status === 200

  it('has the role Admin flagged from the beginning', async () => {
    expect(await mayAssign()).toBe(true)
  })

  it('replaces the roles that make an administrator, from the next call on', async () => {
    const answer = await rolesOf(app).flag('admin', ['Boss'])
    expect([outcome(answer), resultOf(answer)]).toEqual([OK, ['Boss']])
    expect(await mayAssign()).toBe(false)
    await rolesOf(app).assign([admin], ['Boss'])
    expect(await mayAssign()).toBe(true)
    await rolesOf(app).flag('admin', ['Admin', 'Ops'])
    expect(await mayAssign()).toBe(true)
  })

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    await live.guest()
    const body = { roles: ['Everyone'] }
    expect(outcome(await live.call('role:admin', body))).toEqual({ status: 403, trips: 0, code: 102 })
    expect(await live.sql(`select id from ${live.table('_role')} where is_admin`)).toEqual([{ id: 'Admin' }])
  })
})
