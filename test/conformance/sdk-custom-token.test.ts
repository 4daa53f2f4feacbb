import { SignJWT } from 'jose'
import type { SkygearRecord } from 'skygear'
import { describe, expect, inject, it } from 'vitest'
import { client, newUser, PASSWORD, unique } from './client.ts'

declare module 'skygear' {
  interface AuthContainer {
    loginWithCustomToken(token: string): Promise<SkygearRecord>
    loginWithProvider(provider: string, authData: object): Promise<SkygearRecord>
    onUserChanged(listener: (user: SkygearRecord | null) => void): { cancel(): void }
  }
}

const { demo, custom_token_secret } = inject('system')

/** As the app's own server signs it. */
function customToken(sub: string, skyprofile: object, secret = custom_token_secret): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ sub, iat: now, exp: now + 60, skyprofile })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret))
}

describe('a custom token', () => {
  it('§4.11 logs the SDK in as whom it names, the same user each time, with the profile that it says', async () => {
    const sub = unique('principal')
    const as = await client(demo)
    const first = await as.auth.loginWithCustomToken(await customToken(sub, { nick: 'Ana' }))
    expect(first['nick']).toBe('Ana')
    expect((await as.auth.whoami()).id).toBe(first.id)
    const elsewhere = await client(demo)
    const again = await elsewhere.auth.loginWithCustomToken(await customToken(sub, { city: 'Oslo' }))
    expect([again.id, again['nick'], again['city']]).toEqual([first.id, 'Ana', 'Oslo'])
  })

  it('§4.11 of another secret logs nobody in', async () => {
    const as = await client(demo)
    const forged = await customToken('ana', {}, 'another secret, as long as the one above')
    await expect(as.auth.loginWithCustomToken(forged)).rejects.toMatchObject({
      status: 400,
      error: { code: 107 },
    })
    expect(as.auth.currentUser).toBeNull()
  })
})

describe('an auth provider', () => {
  it('§4.5 that the app does not have is refused', async () => {
    const as = await client(demo)
    await expect(as.auth.loginWithProvider('chat', { token: 'x' })).rejects.toMatchObject({
      status: 400,
      error: { code: 108 },
    })
  })
})

describe('a listener', () => {
  it('§13.2 [SDK] is told who is logged in, until it is cancelled', async () => {
    const { as, user, username } = await newUser(demo)
    const heard: (string | null)[] = []
    const handle = as.auth.onUserChanged((changed) => heard.push(changed?.id ?? null))
    await as.auth.logout()
    await as.auth.loginWithUsername(username, PASSWORD)
    expect(heard).toEqual([null, user.id])
    handle.cancel()
    await as.auth.logout()
    expect(heard).toHaveLength(2)
  })
})
