import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { patiently } from './auth-app.ts'

const REFUSED = { status: 401, trips: 1, code: 105 }
const ENDED = { status: 401, trips: 1, code: 104 }

describe('auth:password', () => {
  let app: TestApp
  let ana: TestUser
  let name: string
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  beforeEach(async () => {
    name = crypto.randomUUID()
    ana = await app.signUp(name)
  })
  const change = (password: unknown, old_password: unknown = 'secret', as: { token: string } = ana) =>
    app.call('auth:password', { old_password, password }, as)
  const login = (password: string) => app.call('auth:login', { auth_data: { username: name }, password })

  it('gives the user another password, in two round trips, and answers a token that is good', async () => {
    const answer = await change('another')
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    const { user_id, access_token, profile } = authOf(answer)
    expect([user_id, profile['username']]).toEqual([ana.id, name])
    expect(outcome(await app.call('me', {}, { token: access_token }))).toEqual(OK)
    expect((await login('another')).status).toBe(200)
    expect(outcome(await login('secret')).code).toBe(105)
  })

  it('ends every session of the user on its next call, in every isolate, the one that asked included', async () => {
    const elsewhere = authOf(await login('secret')).access_token
    await change('another')
    for (const isolate of [app, app.reopen()])
      for (const token of [ana.token, elsewhere])
        for (const action of ['me', 'auth:logout'])
          expect(outcome(await isolate.call(action, {}, { token }))).toEqual(ENDED)
  })

  it('leaves the sessions of other users alone', async () => {
    const other = await app.guest()
    await change('another')
    expect(outcome(await app.call('me', {}, other))).toEqual(OK)
  })

  it('refuses a wrong old password, and changes nothing', async () => {
    expect(outcome(await change('another', 'Secret'))).toEqual(REFUSED)
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
    expect((await login('secret')).status).toBe(200)
  })

  it('refuses a user who has no password, whatever is given', async () => {
    const guest = await app.guest()
    for (const old of ['secret', 'null', ' ']) expect(outcome(await change('x', old, guest))).toEqual(REFUSED)
  })

  it.each([
    ['no new one', { old_password: 'secret' }, { code: 108, info: { arguments: ['password'] } }],
    ['no old one', { password: 'x' }, { code: 108, info: { arguments: ['old_password'] } }],
    [
      'an empty one',
      { old_password: 'secret', password: '' },
      { code: 108, info: { arguments: ['password'] } },
    ],
    ['a number', { old_password: 'secret', password: 1 }, { code: 107, info: { arguments: ['password'] } }],
  ])('refuses %s before the database', async (_, body, expected) => {
    expect(outcome(await app.call('auth:password', body, ana))).toEqual({
      status: 400,
      trips: 0,
      ...expected,
    })
  })

  it('asks for somebody who is logged in', async () => {
    const body = { old_password: 'secret', password: 'x' }
    expect(outcome(await app.call('auth:password', body))).toEqual({ status: 401, trips: 0, code: 101 })
  })

  it('tells a disabled user why, and changes nothing', async () => {
    await app.sql(`update ${app.table('_core_user')} set disabled = true where id = $1`, [ana.id])
    expect(outcome(await change('another'))).toEqual({ status: 403, trips: 1, code: 127 })
  })

  it('fifty at once leave one valid password, that of the one that went through', async () => {
    const passwords = Array.from({ length: 50 }, (_, i) => `password ${i}`)
    const answers = await Promise.all(passwords.map((password) => patiently(() => change(password))))
    const winners = passwords.filter((_, i) => answers[i]?.status === 200)
    expect(winners).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect([104, 105]).toContain(outcome(answer).code)
    const valid = await Promise.all(
      ['secret', ...passwords].map(
        async (password) => (await patiently(() => login(password))).status === 200,
      ),
    )
    expect(['secret', ...passwords].filter((_, i) => valid[i])).toEqual(winners)
    // A hundred hashes.
  }, 90_000)

  it('a login that proved the old password while it changed is refused, or ended', async () => {
    const logins = Promise.all(Array.from({ length: 6 }, () => login('secret')))
    const changed = await change('another')
    expect(changed.status).toBe(200)
    for (const answer of await logins) {
      if (answer.status !== 200) continue
      const { access_token } = authOf(answer)
      expect(outcome(await app.call('me', {}, { token: access_token }))).toEqual(ENDED)
    }
  })
})

it('changes, resets, logins and calls of one user at once leave no deadlock', async () => {
  const app = await testApp()
  const { id } = await app.signUp('busy')
  const login = (password: string) => app.call('auth:login', { auth_data: { username: 'busy' }, password })
  const tokens = (await Promise.all(Array.from({ length: 4 }, () => patiently(() => login('secret'))))).map(
    (answer) => authOf(answer).access_token,
  )
  const master = { key: app.masterKey }
  const answers = await Promise.all(
    tokens.flatMap((token, i) => [
      patiently(() =>
        app.call('auth:password', { old_password: 'secret', password: `changed ${i}` }, { token }),
      ),
      patiently(() => app.call('auth:reset_password', { auth_id: id, password: `reset ${i}` }, master)),
      patiently(() => login('secret')),
      ...Array.from({ length: 5 }, () => app.call('me', {}, { token })),
      ...Array.from({ length: 5 }, () => app.call('me', { _user_id: id }, master)),
      app.call('auth:session:revoke', { auth_id: id }, master),
    ]),
  )
  for (const answer of answers) expect([undefined, 104, 105]).toContain(outcome(answer).code)
})
