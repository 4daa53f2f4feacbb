import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { authOf, OK, outcome, type Json, type TestApp } from '../../support/app.ts'
import { authApp } from './auth-app.ts'

describe('a list that an app knows users by no longer', () => {
  const named = async (app: TestApp) =>
    (
      await app.sql(
        `select conname from pg_constraint where conrelid = $1::regclass and contype = 'u' and conname <> 'user__id_key' order by 1`,
        [app.table('user')],
      )
    ).map(({ conname }) => conname)
  /** The same app once its users are known otherwise. */
  async function known(app: TestApp, auth_record_keys: readonly (readonly string[])[], production = false) {
    const place = `host:${app.host}`
    const document = await env.TENANTS.get<Json>(place, 'json')
    const gear_config = { record: { development_mode: !production }, auth: { auth_record_keys } }
    await env.TENANTS.put(place, JSON.stringify({ ...document, gear_config }))
    return app.reopen()
  }

  it('is unique no more from the next sign-up on, and nothing else is touched', async () => {
    const app = await authApp({ auth_record_keys: [['phone'], ['company', 'number'], ['username']] })
    await app.guest()
    const user = app.table('user')
    await app.sql(`alter table ${user} add column badge text, add constraint somebodys unique (phone),
      add constraint auth_record_keys_user_badge unique (badge)`)
    expect(await named(app)).toContain('auth_record_keys_user_company_number_key')
    const now = await known(app, [['username', 'email']])
    await now.guest()
    expect(await named(app)).toEqual([
      'auth_record_keys_user_badge',
      'auth_record_keys_user_email_username_key',
      'somebodys',
    ])
    const body = { auth_data: { username: 'ana', email: 'ana@x.io' }, password: 'secret' }
    expect(outcome(await now.call('auth:signup', body))).toEqual(OK)
  })

  it('stays where a foreign key needs it', async () => {
    const app = await authApp({ auth_record_keys: [['phone']] })
    await app.guest()
    await app.sql(`create table ${app.table('_desk')} (phone text references ${app.table('user')} (phone))`)
    await (await known(app, [['email']])).guest()
    expect(await named(app)).toContain('auth_record_keys_user_phone_key')
  })

  it('stays in production until the master key signs somebody up', async () => {
    const app = await authApp({ auth_record_keys: [['phone']] })
    await app.guest()
    const now = await known(app, [['email']], true)
    await now.guest()
    expect(await named(app)).toContain('auth_record_keys_user_phone_key')
    await now.call('auth:signup', {}, { key: now.masterKey })
    expect(await named(app)).not.toContain('auth_record_keys_user_phone_key')
  })

  it('makes no login id any more: one that is saved since is found with what it goes with, until it is one again and saved', async () => {
    const app = await authApp({})
    const ana = await app.signUp('ana')
    const now = await known(app, [['username', 'email']])
    await now.guest()
    const records = [{ _id: `user/${ana.id}`, username: 'anna', email: 'anna@x.io' }]
    await now.call('record:save', { records }, ana)
    const login = (at: TestApp, auth_data: Json) => at.call('auth:login', { auth_data, password: 'secret' })
    expect(authOf(await login(now, { username: 'anna', email: 'anna@x.io' })).user_id).toBe(ana.id)
    const again = await known(app, [['username'], ['email']])
    expect(outcome(await login(again, { username: 'ana' })).code).toBe(105)
    expect(outcome(await login(again, { username: 'anna' })).code).toBe(105)
    await again.call('record:save', { records }, ana)
    expect(authOf(await login(again, { username: 'anna' })).user_id).toBe(ana.id)
    expect(authOf(await login(again, { email: 'anna@x.io' })).user_id).toBe(ana.id)
  })
})
