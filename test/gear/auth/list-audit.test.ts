import { beforeAll, describe, expect, it } from 'vitest'
import { outcome, type TestApp, type TestUser } from '../../support/app.ts'
import { entriesOf, listed } from './audit-trail.ts'
import { authApp } from './auth-app.ts'

describe('the audit trail', () => {
  let app: TestApp
  let ana: TestUser
  beforeAll(async () => {
    app = await authApp({})
    ana = await app.signUp('ana')
    for (const password of ['wrong', 'secret', 'wrong', 'secret', 'wrong'])
      await app.call('auth:login', { auth_data: { username: 'ana' }, password })
    await app.guest()
  })
  const master = () => ({ key: app.masterKey })

  it('is the master key’s to read', async () => {
    expect(outcome(await app.call('auth:audit:list'))).toEqual({ status: 403, trips: 0, code: 102 })
  })

  it('is read newest first, by user, by event and page by page, in one trip', async () => {
    const all = await listed(app, { limit: 1000 })
    const ids = all.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
    const answer = await app.call('auth:audit:list', { auth_id: ana.id, event: 'login_failure' }, master())
    expect(outcome(answer)).toEqual({ status: 200, trips: 1 })
    expect(entriesOf(answer)).toEqual(
      all.filter((entry) => entry['auth_id'] === ana.id && entry['event'] === 'login_failure'),
    )
    const first = await listed(app, { limit: 3 })
    const second = await listed(app, { limit: 3, before: first[2]?.id })
    expect([...first, ...second]).toEqual(all.slice(0, 6))
  })

  it.each([{ limit: 0 }, { limit: 1001 }, { before: 1.5 }, { auth_id: 'a\u0000' }])(
    'refuses to be read by %o',
    async (body) => {
      expect(outcome(await app.call('auth:audit:list', body, master()))).toMatchObject({
        status: 400,
        trips: 0,
      })
    },
  )
})

describe('what is done and its entry', () => {
  it('are both there or neither: a trail that cannot be written stops the work', async () => {
    const app = await authApp({})
    const ana = await app.guest()
    await app.sql(`drop table ${app.table('_auth_audit')}`)
    expect((await app.call('auth:logout', {}, ana)).status).toBe(500)
    expect((await app.call('me', {}, ana)).status).toBe(200)
  })
})

describe('the trail of an app', () => {
  it('forgets what is older than the app wants it kept, some with each new entry', async () => {
    const app = await authApp({ audit_days: 2 })
    await app.guest()
    await app.sql(
      `insert into ${app.table('_auth_audit')} (at, event, result, request_id)
       select timezone('utc', now()) - interval '49 hours', 'old', 'OK', 'r' from generate_series(1, 150)`,
    )
    await app.sql(`update ${app.table('_auth_audit')} set at = at - interval '3 days' where event = 'signup'`)
    const left = async () =>
      (await app.sql(`select id from ${app.table('_auth_audit')} where event = 'old'`)).length
    await app.guest()
    expect(await left()).toBe(51)
    await app.guest()
    expect(await left()).toBe(0)
    expect(await listed(app)).toHaveLength(2)
  })

  it('is not kept where the app wants none', async () => {
    const app = await authApp({ audit_days: 0 })
    const guest = await app.guest()
    await app.call('auth:login', { auth_data: { username: 'nobody' }, password: 'x' })
    expect(outcome(await app.call('auth:logout', {}, guest))).toEqual({ status: 200, trips: 1 })
    expect(await listed(app)).toEqual([])
  })
})
