import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { recordsOf } from '../record/records.ts'
import { adminOf, resultOf, rolesOf } from './roles.ts'

describe('role:assign', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
  })

  it('gives every user every role, making roles that are new', async () => {
    const answer = await rolesOf(app).assign([ana, bob], ['Editor', 'Writer', 'Editor'])
    expect([outcome(answer), resultOf(answer)]).toEqual([OK, 'OK'])
    expect(await rolesOf(app).of(ana, bob)).toEqual({
      [ana.id]: ['Editor', 'Writer'],
      [bob.id]: ['Editor', 'Writer'],
    })
  })

  it('keeps what a user holds already', async () => {
    await rolesOf(app).assign([ana], ['Editor', 'Author'])
    expect(await rolesOf(app).of(ana)).toEqual({ [ana.id]: ['Author', 'Editor', 'Writer'] })
  })

  it('passes over users that do not exist, and does nothing for empty lists', async () => {
    const nobody = { id: 'nobody', token: '' }
    expect(outcome(await rolesOf(app).assign([nobody], ['Editor']))).toEqual(OK)
    expect(await rolesOf(app).of(nobody)).toEqual({ nobody: [] })
    expect(outcome(await rolesOf(app).assign([], ['Editor']))).toEqual(OK)
    expect(outcome(await rolesOf(app).assign([ana], []))).toEqual(OK)
  })

  it('takes effect on the very next call', async () => {
    const as = { ana: recordsOf(app, ana), bob: recordsOf(app, bob) }
    await as.ana.save({ _id: 'note/1', _access: [{ level: 'write', role: 'Reviewer' }], n: 1 })
    expect(codesOf(await as.bob.save({ _id: 'note/1', n: 2 }))).toEqual([102])
    await rolesOf(app).assign([bob], ['Reviewer'])
    expect(codesOf(await as.bob.save({ _id: 'note/1', n: 2 }))).toEqual([null])
    await rolesOf(app).revoke([bob], ['Reviewer'])
    expect(codesOf(await as.bob.save({ _id: 'note/1', n: 3 }))).toEqual([102])
  })

  it('is an administrator’s: the role is judged where the work is done', async () => {
    const body = { users: [bob.id], roles: ['Boss'] }
    expect(outcome(await app.call('role:assign', body))).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await app.call('role:assign', body, ana))).toEqual({ status: 403, trips: 1, code: 102 })
    expect(await rolesOf(app).of(bob)).toEqual({ [bob.id]: ['Editor', 'Writer'] })
    const admin = await adminOf(app)
    expect(outcome(await app.call('role:assign', body, admin))).toEqual(OK)
    await rolesOf(app).revoke([admin], ['Admin'])
    expect(outcome(await app.call('role:assign', body, admin))).toMatchObject({ code: 102 })
  })

  it.each([
    [{ roles: ['a'] }, 108, ['users']],
    [{ users: ['a'], roles: null }, 108, ['roles']],
    [{ users: ['a'], roles: [''] }, 108, ['roles']],
    [{ users: ['a'], roles: 'a' }, 107, ['roles']],
    [{ users: [1], roles: ['a'] }, 107, ['users']],
  ])('refuses %j', async (body, code, args) => {
    const answer = await app.call('role:assign', body, { key: app.masterKey })
    expect(outcome(answer)).toMatchObject({ status: 400, trips: 0, code, info: { arguments: args } })
  })
})
