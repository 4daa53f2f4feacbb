import type { Container } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { browser, client, newUser, PASSWORD, tokenOf, unique } from './client.ts'
import { call, expectFailure, type Json, resultOf } from './wire.ts'

const { demo, other } = inject('system')

const as104 = expect.objectContaining({
  status: 401,
  error: expect.objectContaining({ name: 'AccessTokenNotAccepted', code: 104 }) as unknown,
}) as unknown

describe('sign-up', () => {
  it('§4.4 signs up with a username and password, and the profile is stored with its types', async () => {
    const username = unique('ana')
    const born = new Date('1990-01-02T03:04:05.678Z')
    const as = await client(demo)
    const user = await as.auth.signupWithUsername(username, PASSWORD, { born, score: 1.5, tags: ['a'] })

    expect(user.recordType).toBe('user')
    expect({ ...user }).toMatchObject({ username, born, score: 1.5, tags: ['a'] })
    expect(as.auth.currentUser?.id).toBe(user.id)
    const read = await as.publicDB.getRecordByID(user.id)
    expect({ ...read }).toMatchObject({ username, born, score: 1.5, tags: ['a'] })
  })

  it('§4.4 signs up with an email', async () => {
    const email = `${unique('ben')}@example.org`
    const user = await (await client(demo)).auth.signupWithEmail(email, PASSWORD)
    expect(user['email']).toBe(email)
    expect(user).not.toHaveProperty('username')
  })

  it('§4.4 signs up with username and email both, and §4.5 either logs in', async () => {
    const [username, email] = [unique('both'), `${unique('both')}@example.org`]
    const user = await (await client(demo)).auth.signup({ username, email }, PASSWORD)
    expect({ ...user }).toMatchObject({ username, email })
    const byUsername = await (await client(demo)).auth.loginWithUsername(username, PASSWORD)
    const byEmail = await (await client(demo)).auth.loginWithEmail(email, PASSWORD)
    expect([byUsername.id, byEmail.id]).toEqual([user.id, user.id])
  })

  it('§4.4 signs up anonymously: a user without login ids, who can save', async () => {
    const as = await client(demo)
    const user = await as.auth.signupAnonymously()
    expect(user).not.toHaveProperty('username')
    expect(user).not.toHaveProperty('email')
    expect(as.auth.currentUser?.id).toBe(user.id)
    const Note = as.Record.extend(unique('note'))
    const saved = await as.privateDB.save(new Note({ text: 'mine' }))
    expect(saved.ownerID).toBe(user._id)
  })

  it.each(['username', 'email'])('§4.4 refuses a taken %s with 109/409, whatever its case', async (key) => {
    const taken = unique('Taken') + (key === 'email' ? '@example.org' : '')
    await (await client(demo)).auth.signup({ [key]: taken }, PASSWORD)
    const late = await client(demo)
    const duplicated = { status: 409, error: { name: 'Duplicated', code: 109 } }
    await expect(late.auth.signup({ [key]: taken }, 'other password')).rejects.toMatchObject(duplicated)
    const shouted = taken.toUpperCase()
    await expect(late.auth.signup({ [key]: shouted }, 'other password')).rejects.toMatchObject(duplicated)
    expect(late.auth.currentUser).toBeNull()
    // Nothing changed: the first password is still the one.
    await expect(late.auth.login({ [key]: taken }, 'other password')).rejects.toMatchObject({ status: 401 })
    await expect(late.auth.login({ [key]: taken }, PASSWORD)).resolves.toHaveProperty('id')
  })

  it.each<[string, Json, string[]]>([
    ['an empty password', { auth_data: { username: 'x' }, password: '' }, ['password']],
    ['no password', { auth_data: { username: 'x' } }, ['password']],
    ['a key it does not know', { auth_data: { nickname: 'x' }, password: 'p' }, ['auth_data']],
    ['a password for nobody', { auth_data: {}, password: 'p' }, ['auth_data']],
    [
      'a key that is in the profile too',
      { auth_data: { username: 'x' }, password: 'p', profile: { username: 'y' } },
      ['username'],
    ],
    ['a provider it does not know', { provider: 'com.example.none' }, ['provider']],
  ])('§4.4 refuses %s with 108', async (_, fields, names) => {
    expectFailure(await call(demo, 'auth:signup', fields), 108, { arguments: names })
  })

  it('§4.1 answers a sign-up with user_id, profile and access_token, and no more', async () => {
    const username = unique('plain')
    const fields = { auth_data: { username }, password: PASSWORD }
    // An app that verifies no field: where one does, its users have flags from the first code on.
    const result = resultOf(await call(other, 'auth:signup', fields))
    const id = result['user_id'] as string
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,5}[1-9])?Z$/) as unknown
    expect(result).toEqual({
      user_id: id,
      access_token: expect.stringMatching(/./) as unknown,
      profile: {
        _id: `user/${id}`,
        _type: 'record',
        _access: null,
        _ownerID: id,
        _created_at: instant,
        _created_by: id,
        _updated_at: instant,
        _updated_by: id,
        username,
      },
    })
  })
})

describe('login', () => {
  let username: string
  let email: string
  let id: string

  beforeAll(async () => {
    ;[username, email] = [unique('Lia'), `${unique('Lia')}@example.org`]
    const user = await (await client(demo)).auth.signup({ username, email }, PASSWORD)
    id = user.id
  })

  it('§4.2 finds a username or email whatever its case', async () => {
    const as = await client(demo)
    expect((await as.auth.loginWithUsername(username.toLowerCase(), PASSWORD)).id).toBe(id)
    expect((await as.auth.loginWithEmail(email.toUpperCase(), PASSWORD)).id).toBe(id)
  })

  it('§4.5 [SEC] answers a wrong password and an unknown user with the same 105/401, byte for byte', async () => {
    const login = (name: string, password: string) =>
      call(demo, 'auth:login', { auth_data: { username: name }, password })
    const wrong = await login(username, 'wrong password')
    expectFailure(wrong, 105)
    for (const twin of [await login(unique('nobody'), PASSWORD), await login(username, '')])
      expect([twin.status, twin.text]).toEqual([wrong.status, wrong.text])
  })

  it('§4.5 refuses auth_data without a login id with 108', async () => {
    expectFailure(await call(demo, 'auth:login', { auth_data: {}, password: 'p' }), 108, {
      arguments: ['auth_data'],
    })
  })

  it('§3.1 rejects in the SDK with {status, error} and logs nobody in', async () => {
    const as = await client(demo)
    const refusal = { status: 401, error: { name: 'InvalidCredentials', code: 105 } }
    await expect(as.auth.loginWithUsername(username, 'wrong password')).rejects.toMatchObject(refusal)
    expect([as.auth.currentUser, as.auth.accessToken]).toEqual([null, null])
  })

  it('§4.1 answers last_login_at and last_seen_at as they were before this login', async () => {
    const name = unique('times')
    const fields = { auth_data: { username: name }, password: PASSWORD }
    const begun = Date.now()
    await call(demo, 'auth:signup', fields)
    const first = timesOf(resultOf(await call(demo, 'auth:login', fields)))
    const second = timesOf(resultOf(await call(demo, 'auth:login', fields)))
    // The sign-up was the first login; clocks of two machines may differ by some seconds.
    expect(Math.abs(first.login - begun)).toBeLessThan(30_000)
    expect(first.profile).toBe(first.login)
    expect(first.seen).toBe(first.login)
    expect(second.login).toBeGreaterThan(first.login)
    expect(second.profile).toBe(second.login)
  })

  it('§4.1 leaves roles out where a user has none', async () => {
    const fields = { auth_data: { username }, password: PASSWORD }
    const result = resultOf(await call(demo, 'auth:login', fields))
    expect(Object.keys(result).toSorted()).toEqual(
      ['access_token', 'last_login_at', 'last_seen_at', 'profile', 'user_id'].toSorted(),
    )
  })
})

describe('a session', () => {
  it('§4.7 whoami answers the user with a new token, and §2.2 the old one lives on', async () => {
    const { as, user, token } = await newUser(demo)
    const me = await as.auth.whoami()
    expect(me.id).toBe(user.id)
    expect(me['username']).toBe(user['username'])
    expect(tokenOf(as)).not.toBe(token)
    for (const one of [token, tokenOf(as)])
      expect(resultOf(await call(demo, 'me', {}, { token: one }))['user_id']).toBe(user._id)
  })

  it('§4.7 me answers last_seen_at as it was before, and moves it', async () => {
    const { token } = await newUser(demo)
    const first = timesOf(resultOf(await call(demo, 'me', {}, { token })))
    const second = timesOf(resultOf(await call(demo, 'me', {}, { token })))
    expect(second.seen).toBeGreaterThan(first.seen)
    expect(second.login).toBe(first.login)
  })

  it('§4.6 logout ends the token with 104/401, and the SDK forgets the user', async () => {
    const { as, token } = await newUser(demo)
    await as.auth.logout()
    expect([as.auth.currentUser, as.auth.accessToken]).toEqual([null, null])
    expectFailure(await call(demo, 'me', {}, { token }), 104)
    const save = { records: [{ _id: `${unique('note')}/1` }] }
    expectFailure(await call(demo, 'record:save', save, { token }), 104)
    expectFailure(await call(demo, 'auth:logout', {}, { token }), 104)
  })

  it('§4.6 logout answers {"status":"OK"}', async () => {
    const { token } = await newUser(demo)
    expect(resultOf(await call(demo, 'auth:logout', {}, { token }))).toEqual({ status: 'OK' })
  })

  it('§2.2 several tokens of one user live side by side, and logout ends its own', async () => {
    const { as, username } = await newUser(demo)
    const phone = await client(demo)
    await phone.auth.loginWithUsername(username, PASSWORD)
    await phone.auth.logout()
    await expect(as.auth.whoami()).resolves.toHaveProperty('username', username)
  })

  it('§4.7 [ours] me keeps the session, so logging out ends the tokens before it as well', async () => {
    const { as, token } = await newUser(demo)
    await as.auth.whoami()
    await as.auth.logout()
    expectFailure(await call(demo, 'me', {}, { token }), 104)
  })

  it('§3.1 [SDK] the SDK forgets user and token when the server answers 104', async () => {
    const { as, token } = await newUser(demo)
    await call(demo, 'auth:logout', {}, { token })
    expect(as.auth.accessToken).toBe(token)
    await expect(as.auth.whoami()).rejects.toEqual(as104)
    expect([as.auth.currentUser, as.auth.accessToken]).toEqual([null, null])
  })

  it('§13.1 [SDK] config brings back the user and token that the browser kept', async () => {
    const store = browser()
    const before = await client(demo, { store })
    const user = await before.auth.signupWithUsername(unique('kept'), PASSWORD)
    const after: Container = await client(demo, { store })
    expect(after.auth.currentUser?.id).toBe(user.id)
    expect((await after.auth.whoami()).id).toBe(user.id)
    // Another browser knows nobody.
    expect((await client(demo)).auth.currentUser).toBeNull()
  })

  it('§2.3 me without a token is refused with 101/401', async () => {
    expectFailure(await call(demo, 'me'), 101)
  })
})

/** The times of an auth response, in milliseconds. */
function timesOf(result: Json) {
  const profile = result['profile'] as Json
  const at = (value: unknown) => {
    const time = Date.parse(String(value))
    if (Number.isNaN(time)) throw new Error(`no time: ${String(value)}`)
    return time
  }
  return {
    login: at(result['last_login_at']),
    seen: at(result['last_seen_at']),
    profile: at((profile['last_login_at'] as Json)['$date']),
  }
}
