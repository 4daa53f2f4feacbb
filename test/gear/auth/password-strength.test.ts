import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, outcome, type TestApp } from '../../support/app.ts'
import { authApp } from './auth-app.ts'

const refused = (min_level: number, pw_level: number) => ({
  status: 400,
  code: 126,
  info: { reason: 'PasswordBelowGuessableLevel', min_level, pw_level },
})

describe('an app that asks for passwords of guessability level 4', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await authApp({}, { minimum_guessable_level: 4, excluded_keywords: ['Zyxomatic'] })
    await app.guest()
  })
  const signup = (username: string, password: string, profile: object = {}) =>
    app.call('auth:signup', { auth_data: { username }, password, profile })

  it.each([
    ['a password that leaked', 'iloveyou', 1],
    ['with substitutes for letters', 'P4ssw0rd', 1],
    ['a row of keys', 'nbvcxzlkjhgf', 2],
    ['a date', '1987-06-05', 2],
  ])('refuses %s before the database, telling its level', async (_, password, level) => {
    expect(outcome(await signup('ana', password))).toEqual({ trips: 0, ...refused(4, level) })
  })

  it('takes one that is hard to guess', async () => {
    expect((await signup('ana', 'hJ7-mgwq-9PvT')).status).toBe(200)
  })

  it('knows what an attacker knows of the user: login ids and profile', async () => {
    expect(outcome(await signup('hieronymus', 'Hieronymus-77'))).toEqual({ trips: 0, ...refused(4, 2) })
    const profile = { town: 'Hieronymus an der Aare' }
    expect(outcome(await signup('bob', 'Hieronymus-77', profile))).toEqual({ trips: 0, ...refused(4, 2) })
    expect((await signup('bob', 'Hieronymus-77')).status).toBe(200)
  })

  it('asks the same at a change and at a reset', async () => {
    const cleo = authOf(await signup('cleopatra7', 'hJ7-mgwq-9PvT', { town: 'Oberwinterthur' }))
    const change = { old_password: 'hJ7-mgwq-9PvT', password: 'Oberwinterthur' }
    const changed = await app.call('auth:password', change, { token: cleo.access_token })
    expect(outcome(changed)).toEqual({ trips: 1, ...refused(4, 1) })
    const reset = { auth_id: cleo.user_id, password: 'Oberwinterthur1' }
    const reseted = await app.call('auth:reset_password', reset, { key: app.masterKey })
    expect(outcome(reseted)).toMatchObject({ status: 400, code: 126 })
  })

  it('judges by it after the rules before it', async () => {
    const { info } = outcome(await signup('dora', 'zyxomatic'))
    expect(info?.['reason']).toBe('PasswordContainingExcludedKeywords')
  })
})

it('level 5 takes what nobody guesses, and nothing less', async () => {
  const app = await authApp({}, { minimum_guessable_level: 5 })
  await app.guest()
  const signup = async (password: string) =>
    outcome(await app.call('auth:signup', { auth_data: { username: crypto.randomUUID() }, password }))
  expect(await signup('hJ7-mgwq')).toMatchObject({ code: 126, info: { min_level: 5, pw_level: 3 } })
  expect(await signup('hJ7-mgwq-9PvT')).toMatchObject({ status: 200 })
})

it.each([0, 1])('level %i refuses nothing', async (minimum_guessable_level) => {
  const app = await authApp({}, { minimum_guessable_level })
  await app.guest()
  const body = { auth_data: { username: 'ana' }, password: 'password' }
  expect((await app.call('auth:signup', body)).status).toBe(200)
})
