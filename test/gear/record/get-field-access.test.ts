import { describe, expect, it } from 'vitest'
import { OK, outcome, testApp } from '../../support/app.ts'
import { adminOf } from '../auth/roles.ts'
import { rule, schemasOf } from './schemas.ts'

describe('schema:field_access:get', () => {
  it('answers what every app starts with: login ids are for users, and their own to change', async () => {
    const app = await testApp()
    const admin = await adminOf(app)
    const answer = await schemasOf(app, admin).rules()
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json['result']).toEqual({
      access: [
        rule('user.email', '_owner', 'wrcd'),
        rule('user.email', '_any_user', 'rcd'),
        rule('user.username', '_owner', 'wrcd'),
        rule('user.username', '_any_user', 'rcd'),
      ],
    })
  })

  it('is an administrator’s, even in development mode', async () => {
    const app = await testApp()
    const user = await app.guest()
    expect(outcome(await schemasOf(app, {}).rules())).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await schemasOf(app, user).rules())).toEqual({ status: 403, trips: 1, code: 102 })
    expect(outcome(await schemasOf(app).rules())).toEqual(OK)
  })
})
