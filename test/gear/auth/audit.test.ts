import { SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, outcome, type TestApp, type TestUser } from '../../support/app.ts'
import { listed, newest } from './audit-trail.ts'
import { authApp } from './auth-app.ts'
import { forgot, linkIn, mailApp, mailUser, reset } from './mail-app.ts'

describe('the audit trail', () => {
  let app: TestApp
  let ana: TestUser
  beforeAll(async () => {
    app = await authApp({})
    ana = await app.signUp('ana')
  })
  const master = () => ({ key: app.masterKey })
  const login = (password: string) => app.call('auth:login', { auth_data: { username: 'ana' }, password })

  it('has a sign-up', async () => {
    expect(await newest(app)).toEqual({
      event: 'signup',
      result: 'OK',
      auth_id: ana.id,
      actor_id: null,
      data: {},
    })
  })

  it('has a sign-up that was refused, of nobody', async () => {
    await app.call('auth:signup', { auth_data: { username: 'ana' }, password: 'secret' })
    expect(await newest(app)).toMatchObject({ event: 'signup', result: 'Duplicated', auth_id: null })
  })

  it('has a login, in the trips that it takes anyway', async () => {
    expect(outcome(await login('secret'))).toEqual({ status: 200, trips: 2 })
    expect(await newest(app)).toEqual({
      event: 'login_success',
      result: 'OK',
      auth_id: ana.id,
      actor_id: null,
      data: {},
    })
  })

  it('has a login with a wrong password, which waits for nothing more', async () => {
    expect(outcome(await login('wrong'))).toEqual({ status: 401, trips: 1, code: 105 })
    expect(await newest(app)).toMatchObject({
      event: 'login_failure',
      result: 'InvalidCredentials',
      auth_id: ana.id,
    })
  })

  it('has a login of nobody, and not the name they gave: it may be a password', async () => {
    await app.call('auth:login', { auth_data: { username: 'hunter2-typed-here' }, password: 'x' })
    const [entry] = await listed(app, { limit: 1 })
    expect(entry).toMatchObject({ event: 'login_failure', result: 'InvalidCredentials', auth_id: null })
    expect(JSON.stringify(entry)).not.toContain('hunter2')
  })

  it('has the login of a disabled user, and who disabled them', async () => {
    const bob = await app.signUp('bob')
    const set = (disabled: boolean) =>
      app.call('auth:disable:set', { auth_id: bob.id, disabled, message: 'spam' }, master())
    expect(outcome(await set(true))).toEqual({ status: 200, trips: 1 })
    expect(await newest(app)).toEqual({
      event: 'disable_user',
      result: 'OK',
      auth_id: bob.id,
      actor_id: '_god',
      data: { message: 'spam', expiry: null },
    })
    await app.call('auth:login', { auth_data: { username: 'bob' }, password: 'secret' })
    expect(await newest(app)).toMatchObject({
      event: 'login_failure',
      result: 'UserDisabled',
      auth_id: bob.id,
    })
    await set(false)
    expect(await newest(app)).toMatchObject({ event: 'enable_user', result: 'OK', auth_id: bob.id })
  })

  it('has who may not disable anybody', async () => {
    const guest = await app.guest()
    await app.call('auth:disable:set', { auth_id: ana.id, disabled: true }, guest)
    expect(await newest(app)).toMatchObject({
      event: 'disable_user',
      result: 'PermissionDenied',
      auth_id: ana.id,
      actor_id: guest.id,
    })
  })

  it('has nothing of a user who is not there', async () => {
    const before = await newest(app)
    await app.call('auth:disable:set', { auth_id: 'nobody', disabled: true }, master())
    expect(await newest(app)).toEqual(before)
  })

  it('has changes and resets of a password, and changes that were refused', async () => {
    const eve = await app.signUp('eve')
    const change = (old_password: string, token: string) =>
      app.call('auth:password', { old_password, password: 'second' }, { token })
    await change('wrong', eve.token)
    expect(await newest(app)).toMatchObject({
      event: 'change_password',
      result: 'InvalidCredentials',
      auth_id: eve.id,
    })
    expect(outcome(await change('secret', eve.token))).toEqual({ status: 200, trips: 2 })
    expect(await newest(app)).toMatchObject({
      event: 'change_password',
      result: 'OK',
      auth_id: eve.id,
      actor_id: eve.id,
    })
    await app.call('auth:reset_password', { auth_id: eve.id, password: 'third' }, master())
    expect(await newest(app)).toMatchObject({
      event: 'reset_password',
      result: 'OK',
      auth_id: eve.id,
      actor_id: '_god',
    })
  })

  it('has a password that was set by a code', async () => {
    const own = await mailApp()
    const fay = await mailUser(own)
    await forgot(own, fay.email)
    const { user_id, code, expire_at } = linkIn(own)
    expect((await reset(own, { user_id, code, expire_at, new_password: 'second' })).status).toBe(200)
    const entry = { event: 'reset_password', auth_id: fay.id, actor_id: null, data: { by: 'code' } }
    expect(await newest(own)).toEqual({ ...entry, result: 'OK' })
  })

  it('has a login by a custom token', async () => {
    const custom_token_secret = 'a secret of the app and its own server'
    const own = await authApp({ custom_token_secret })
    const now = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({ sub: 'gus', iat: now, exp: now + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(custom_token_secret))
    const { user_id } = authOf(await own.call('sso:custom_token:login', { token }))
    const entry = { event: 'login_success', auth_id: user_id, actor_id: null, data: { by: 'custom_token' } }
    expect(await newest(own)).toEqual({ ...entry, result: 'OK' })
  })

  it('says that the master key did it, in whosever place', async () => {
    const hal = await app.signUp('hal')
    const change = { old_password: 'secret', password: 'second', _user_id: hal.id }
    expect((await app.call('auth:password', change, master())).status).toBe(200)
    expect(await newest(app)).toMatchObject({
      event: 'change_password',
      auth_id: hal.id,
      actor_id: '_god',
    })
  })

  it('has a logout, once', async () => {
    const guest = await app.guest()
    expect(outcome(await app.call('auth:logout', {}, guest))).toEqual({ status: 200, trips: 1 })
    expect(await newest(app)).toMatchObject({
      event: 'logout',
      result: 'OK',
      auth_id: guest.id,
      actor_id: guest.id,
    })
    await app.call('auth:logout', {}, guest)
    expect(await listed(app, { auth_id: guest.id, event: 'logout' })).toHaveLength(1)
  })

  it('has roles that were given, taken and flagged, in v1’s words', async () => {
    await app.call('role:assign', { roles: ['editor'], users: [ana.id] }, master())
    expect(await newest(app)).toMatchObject({
      event: 'change_roles',
      auth_id: '_god',
      data: { type: 'assign', user_ids: [ana.id], roles: ['editor'] },
    })
    await app.call('role:revoke', { roles: ['editor'], users: [ana.id] }, master())
    expect(await newest(app)).toMatchObject({ event: 'change_roles', data: { type: 'revoke' } })
    await app.call('role:admin', { roles: ['Admin'] }, master())
    expect(await newest(app)).toMatchObject({
      event: 'change_roles',
      data: { type: 'admin', roles: ['Admin'] },
    })
  })

  it('is not filled by whoever sends much', async () => {
    const roles = Array.from({ length: 900 }, (_, i) => `role-${i}`)
    const guest = await app.guest()
    await app.call('role:assign', { roles, users: [ana.id] }, { ...guest, key: app.apiKey })
    expect(await newest(app)).toMatchObject({
      result: 'PermissionDenied',
      data: { type: 'assign', user_ids: '1 items', roles: '900 items' },
    })
  })

  it('has sessions that were ended', async () => {
    await app.call('auth:session:revoke', { auth_id: ana.id }, master())
    expect(await newest(app)).toMatchObject({ event: 'revoke_sessions', auth_id: ana.id, actor_id: '_god' })
  })

  it('says from where, as the edge saw it and as the way there claims', async () => {
    const response = await app.send('/auth/login', {
      method: 'POST',
      headers: {
        'x-skygear-api-key': app.apiKey,
        'cf-connecting-ip': '203.0.113.7',
        'user-agent': 'Curl/8'.padEnd(2000, '!'),
        'x-forwarded-for': '198.51.100.1',
      },
      body: JSON.stringify({ auth_data: { username: 'ana' }, password: 'secret' }),
    })
    const [entry] = await listed(app, { limit: 1 })
    expect(entry).toMatchObject({
      event: 'login_success',
      address: '203.0.113.7',
      claims: { 'x-forwarded-for': '198.51.100.1' },
      request_id: response.headers.get('x-skygear-request-id'),
    })
    expect(String(entry?.['user_agent'])).toHaveLength(512)
  })

  it('an address that is only claimed is not taken for one', async () => {
    await app.send('/auth/login', {
      method: 'POST',
      headers: {
        'x-skygear-api-key': app.apiKey,
        'x-forwarded-for': '192.0.2.66',
        'x-real-ip': '192.0.2.66',
      },
      body: JSON.stringify({ auth_data: { username: 'ana' }, password: 'secret' }),
    })
    expect((await listed(app, { limit: 1 }))[0]).toMatchObject({ address: null })
  })

  it('shows nobody’s secret: no password, hash, token, key or session', async () => {
    const password = 'Sesame-0pen-typed'
    const cleo = authOf(await app.call('auth:signup', { auth_data: { username: 'cleo' }, password }))
    const again = authOf(await app.call('auth:login', { auth_data: { username: 'cleo' }, password }))
    await app.call(
      'auth:password',
      { old_password: `${password}!`, password: `new ${password}` },
      { token: again.access_token },
    )
    await app.call('auth:logout', {}, { token: cleo.access_token })
    const rows = await app.sql(`select a::text as line from ${app.table('_auth_audit')} a`)
    const sessions = await app.sql(`select id from ${app.table('_core_session')}`)
    const trail = rows.map(({ line }) => String(line)).join('\n')
    expect(trail).toContain('login_success')
    const secrets = [
      password,
      '$scrypt',
      cleo.access_token,
      again.access_token,
      app.apiKey,
      app.masterKey,
      'cleo',
    ]
    for (const secret of [...secrets, ...sessions.map(({ id }) => String(id))])
      expect(trail).not.toContain(secret)
  })
})
