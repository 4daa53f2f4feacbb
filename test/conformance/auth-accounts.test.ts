import type { SkygearRecord } from 'skygear'
import { describe, expect, inject, it } from 'vitest'
import { client, newUser, PASSWORD, tokenOf, unique } from './client.ts'
import { call, expectFailure, itemsOf, resultOf } from './wire.ts'

declare module 'skygear' {
  interface AuthContainer {
    changePassword(oldPassword: string, newPassword: string): Promise<SkygearRecord>
    adminResetPassword(user: SkygearRecord | string, newPassword: string): Promise<string>
    adminDisableUser(user: SkygearRecord | string, message?: string, expiry?: Date): Promise<string>
    adminEnableUser(user: SkygearRecord | string): Promise<string>
  }
}

const { demo } = inject('system')
const admin = async () => (await client(demo, { key: demo.master_key })).auth
const NEW_PASSWORD = 'battery staple'

describe('a password', () => {
  it('§4.8 is changed, the SDK goes on with the new token, and other devices are logged out', async () => {
    const { as, user, username, token } = await newUser(demo)
    const elsewhere = await client(demo)
    await elsewhere.auth.loginWithUsername(username, PASSWORD)
    const changed = await as.auth.changePassword(PASSWORD, NEW_PASSWORD)
    expect(changed.id).toBe(user.id)
    expect(tokenOf(as)).not.toBe(token)
    expect((await as.auth.whoami()).id).toBe(user.id)
    await expect(elsewhere.auth.whoami()).rejects.toMatchObject({ error: { code: 104 } })
    await expect((await client(demo)).auth.loginWithUsername(username, PASSWORD)).rejects.toMatchObject({
      error: { code: 105 },
    })
    await (await client(demo)).auth.loginWithUsername(username, NEW_PASSWORD)
  })

  it('§4.8 is not changed without the old one', async () => {
    const { as } = await newUser(demo)
    await expect(as.auth.changePassword('wrong', NEW_PASSWORD)).rejects.toMatchObject({
      status: 401,
      error: { name: 'InvalidCredentials', code: 105 },
    })
    expect(as.auth.currentUser, 'and nobody is logged out').not.toBeNull()
  })

  it('§4.9 is reset with the master key, and the user’s devices are logged out', async () => {
    const { as, user, username } = await newUser(demo)
    expect(await (await admin()).adminResetPassword(user, NEW_PASSWORD)).toBe(user._id)
    await expect(as.auth.whoami()).rejects.toMatchObject({ error: { code: 104 } })
    const again = await (await client(demo)).auth.loginWithUsername(username, NEW_PASSWORD)
    expect(again.id).toBe(user.id)
  })

  it('§4.9 is not reset with a client key', async () => {
    const { as, user } = await newUser(demo)
    await expect(as.auth.adminResetPassword(user, NEW_PASSWORD)).rejects.toMatchObject({
      error: { name: 'PermissionDenied', code: 102 },
    })
  })
})

describe('a user', () => {
  it('§4.10 is disabled with a message and an expiry, and enabled again', async () => {
    const { as, user } = await newUser(demo)
    const expiry = new Date('2999-01-02T03:04:05Z')
    expect(await (await admin()).adminDisableUser(user, 'spam', expiry)).toBe(user._id)
    await expect(as.auth.whoami()).rejects.toMatchObject({
      status: 403,
      error: { name: 'UserDisabled', code: 127, info: { message: 'spam', expiry: '2999-01-02T03:04:05Z' } },
    })
    await (await admin()).adminEnableUser(user)
    expect((await as.auth.whoami()).id).toBe(user.id)
  })

  it('§4.4 who is anonymous becomes a full one: a username in the profile, and a password by the master key', async () => {
    const as = await client(demo)
    const user = await as.auth.signupAnonymously()
    const username = unique('promoted')
    const User = as.Record.extend('user')
    await as.publicDB.save(new User({ _id: user.id, username }))
    await (await admin()).adminResetPassword(user, PASSWORD)
    const promoted = await (await client(demo)).auth.loginWithUsername(username, PASSWORD)
    expect(promoted.id).toBe(user.id)
  })

  it('§2.1 whom the master key names is there from then on', async () => {
    const _user_id = unique('imported')
    const answer = await call(demo, 'me', { _user_id }, { key: demo.master_key })
    expect(resultOf(answer)).toMatchObject({ user_id: _user_id, profile: { _id: `user/${_user_id}` } })
  })

  it('has sessions that the master key lists and ends (an extension)', async () => {
    const { as, user } = await newUser(demo)
    const key = { key: demo.master_key }
    const auth_id = user._id
    expect(itemsOf(await call(demo, 'auth:session:list', { auth_id }, key))).toHaveLength(1)
    await call(demo, 'auth:session:revoke', { auth_id }, key)
    await expect(as.auth.whoami()).rejects.toMatchObject({ error: { code: 104 } })
    expectFailure(await call(demo, 'auth:session:list', { auth_id }), 102)
  })
})

it('§4.11 what is no custom token logs nobody in', async () => {
  expect(await call(demo, 'sso:custom_token:login', { token: 'x' })).toMatchObject({
    status: 400,
    json: { error: { name: 'BadRequest', code: 107 } },
  })
})
