import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '../../support/app.ts'

describe('auth:signup', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.call('auth:signup')
  })

  it('makes a user with a username and a password, in one round trip', async () => {
    const { status, json, trips } = await app.call('auth:signup', {
      auth_data: { username: 'Ana' },
      password: 's3cret',
    })
    expect({ status, trips }).toEqual({ status: 200, trips: 1 })
    const { user_id } = json['result'] as { user_id: string }
    expect(json).toEqual({
      result: {
        user_id,
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        profile: {
          _id: `user/${user_id}`,
          _type: 'record',
          _access: null,
          _ownerID: user_id,
          _created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          _created_by: user_id,
          _updated_at: expect.any(String),
          _updated_by: user_id,
          username: 'Ana',
        },
      },
    })
  })
})
