import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, outcome, type Json, type TestApp } from '../../support/app.ts'
import { authApp } from './auth-app.ts'

const violation = (reason: string, extra: Json = {}) => ({
  status: 400,
  code: 126,
  info: { reason, ...extra },
})

describe('a password policy', () => {
  const rules: readonly (readonly [string, Json, string, string, Json])[] = [
    ['min_length', { min_length: 6 }, 'short', 'longer', { min_length: 6, pw_length: 5 }],
    ['min_length, in bytes of UTF-8', { min_length: 6 }, '😀a', '😀ab', { min_length: 6, pw_length: 5 }],
    ['uppercase_required', { uppercase_required: true }, 'ärger', 'A', {}],
    ['lowercase_required', { lowercase_required: true }, 'ÄRGER', 'a', {}],
    ['digit_required', { digit_required: true }, 'eins', '1', {}],
    ['symbol_required', { symbol_required: true }, 'Abc1', 'é', {}],
    ['excluded_keywords', { excluded_keywords: ['', 'Acme'] }, 'my-aCMe-1', 'my-1', {}],
  ]
  const REASONS: Readonly<Record<string, string>> = {
    min_length: 'PasswordTooShort',
    uppercase_required: 'PasswordUppercaseRequired',
    lowercase_required: 'PasswordLowercaseRequired',
    digit_required: 'PasswordDigitRequired',
    symbol_required: 'PasswordSymbolRequired',
    excluded_keywords: 'PasswordContainingExcludedKeywords',
  }
  it.each(rules)('%s', async (_, policy, bad, good, extra) => {
    const app = await authApp({}, policy)
    const signup = (password: string) => app.call('auth:signup', { auth_data: { username: 'ana' }, password })
    const reason = REASONS[Object.keys(policy)[0] ?? ''] ?? ''
    expect(outcome(await signup(bad))).toEqual({ trips: 0, ...violation(reason, extra) })
    expect((await signup(good)).status).toBe(200)
  })

  it('names the first rule that is broken, in the order of the specification', async () => {
    const app = await authApp({}, { digit_required: true, uppercase_required: true, min_length: 3 })
    const reasons = await Promise.all(
      ['a', 'aaa', 'AAA'].map(async (password) => {
        const { info } = outcome(await app.call('auth:signup', { auth_data: { username: 'a' }, password }))
        return info?.['reason']
      }),
    )
    expect(reasons).toEqual(['PasswordTooShort', 'PasswordUppercaseRequired', 'PasswordDigitRequired'])
  })

  it('keeps the words of a user’s own fields out: at sign-up, at a change and at a reset', async () => {
    const app = await authApp({ password_excluded_fields: ['username', 'city'] })
    const refused = violation('PasswordContainingExcludedKeywords')
    const signup = (password: string) =>
      app.call('auth:signup', { auth_data: { username: 'ana' }, password, profile: { city: 'Basel' } })
    expect(outcome(await signup('I am ANA'))).toEqual({ trips: 0, ...refused })
    expect(outcome(await signup('in basel'))).toEqual({ trips: 0, ...refused })
    const { access_token: token, user_id: auth_id } = authOf(await signup('secret'))
    const change = { old_password: 'secret', password: 'BASEL1' }
    expect(outcome(await app.call('auth:password', change, { token }))).toEqual({ trips: 1, ...refused })
    const reset = { auth_id, password: 'banana' }
    expect(outcome(await app.call('auth:reset_password', reset, { key: app.masterKey }))).toEqual({
      trips: 1,
      ...refused,
    })
  })
})

describe('a password history', () => {
  const reused = (extra: Json) => violation('PasswordReused', extra)

  describe('of the last two', () => {
    let app: TestApp
    beforeAll(async () => {
      app = await authApp({}, { history_size: 2 })
    })
    const refused = { trips: 1, ...reused({ history_size: 2, history_days: 0 }) }

    it('refuses them at a change and at a reset, and lets an older one come back', async () => {
      let ana = await app.signUp('ana')
      let current = 'secret'
      const change = async (password: string) => {
        const answer = await app.call('auth:password', { old_password: current, password }, ana)
        if (answer.status === 200) {
          current = password
          ana = { id: ana.id, token: authOf(answer).access_token }
        }
        return outcome(answer)
      }
      const done = { status: 200, trips: 2 }
      expect(await change('secret')).toEqual(refused)
      expect(await change('second')).toEqual(done)
      expect(await change('secret')).toEqual(refused)
      expect(await change('third')).toEqual(done)
      expect(await change('second')).toEqual(refused)
      const reset = { auth_id: ana.id, password: 'second' }
      expect(outcome(await app.call('auth:reset_password', reset, { key: app.masterKey }))).toEqual(refused)
      expect(await change('secret')).toEqual(done)
      const rows = await app.sql(`select id from ${app.table('_password_history')} where auth_id = $1`, [
        ana.id,
      ])
      expect(rows, 'and nothing older is kept').toHaveLength(2)
    })

    it('knows the present password, though it was set before there was a history', async () => {
      const bob = await app.signUp('bob')
      await app.sql(`delete from ${app.table('_password_history')} where auth_id = $1`, [bob.id])
      const body = { old_password: 'secret', password: 'secret' }
      expect(outcome(await app.call('auth:password', body, bob))).toEqual(refused)
    })
  })

  it('of two days counts from midnight UTC, and forgets what is older', async () => {
    const app = await authApp({}, { history_days: 2 })
    const ana = await app.signUp('ana')
    const reset = (password: string) =>
      app.call('auth:reset_password', { auth_id: ana.id, password }, { key: app.masterKey })
    await reset('second')
    const age = (logged_at: string) =>
      app.sql(
        `update ${app.table('_password_history')} set logged_at = ${logged_at} where id = (select id from
         ${app.table('_password_history')} where auth_id = $1 order by logged_at limit 1)`,
        [ana.id],
      )
    await age(`date_trunc('day', timezone('utc', now())) - interval '2 days'`)
    expect(outcome(await reset('secret'))).toMatchObject(reused({ history_size: 0, history_days: 2 }))
    await age(`date_trunc('day', timezone('utc', now())) - interval '2 days 1 second'`)
    expect((await reset('secret')).status).toBe(200)
    const rows = await app.sql(`select id from ${app.table('_password_history')} where auth_id = $1`, [
      ana.id,
    ])
    expect(rows).toHaveLength(2)
  })

  it('is not kept where the app asks for none', async () => {
    const app = await authApp({})
    const ana = await app.signUp('ana')
    const body = { old_password: 'secret', password: 'secret' }
    expect((await app.call('auth:password', body, ana)).status).toBe(200)
    expect(await app.sql(`select id from ${app.table('_password_history')}`)).toEqual([])
  })
})
