import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, claimsOf, OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'

const ENDED = { status: 401, trips: 1, code: 104 }

describe('the sessions of a user', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const as = () => ({ key: app.masterKey })
  const list = async (auth_id: string) =>
    (await app.call('auth:session:list', { auth_id }, as())).json['result'] as readonly Json[]
  const loggedInTwice = async () => {
    const { id, token } = await app.guest()
    const other = authOf(await app.call('me', { _user_id: id }, as())).access_token
    return { id, token, other }
  }

  it('are listed for the master key, newest first, in one round trip', async () => {
    const { id, token, other } = await loggedInTwice()
    const answer = await app.call('auth:session:list', { auth_id: id }, as())
    expect(outcome(answer)).toEqual(OK)
    const session = (of: string) => ({
      id: claimsOf(of)['sid'],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expires_at: null,
      identity_type: 'anonymous',
      created_by_ip: null,
      user_agent: null,
    })
    expect(answer.json['result']).toEqual([session(other), session(token)])
  })

  it('say where they were started, and how', async () => {
    const headers = {
      'cf-connecting-ip': '203.0.113.7',
      'user-agent': 'phone',
      'x-skygear-api-key': app.apiKey,
    }
    const body = JSON.stringify({ auth_data: { username: 'dan' }, password: 'secret' })
    await app.send('/auth/signup', { method: 'POST', headers, body })
    const login = await app.send('/auth/login', {
      method: 'POST',
      headers: { ...headers, 'user-agent': 'desk' },
      body,
    })
    const { result } = (await login.json()) as { result: { user_id: string } }
    const started = { created_by_ip: '203.0.113.7', identity_type: 'login_id' }
    expect(await list(result.user_id)).toMatchObject([
      { ...started, user_agent: 'desk' },
      { ...started, user_agent: 'phone' },
    ])
  })

  it('keep the access that started them, and the one that last made a token', async () => {
    const { id, token } = await app.guest()
    const headers = {
      'cf-connecting-ip': '203.0.113.9',
      'x-forwarded-for': '198.51.100.1',
      'user-agent': 'train',
      'x-skygear-access-token': token,
    }
    await app.send('/me', { method: 'POST', headers, body: '{}' })
    const [row] = await app.sql(
      `select initial_access, last_access, accessed_at > created_at as is_later,
        access_token_created_at = accessed_at as made_token
      from ${app.table('_core_session')} where user_id = $1`,
      [id],
    )
    expect(row).toEqual({
      initial_access: { time: expect.any(String), remote: {} },
      last_access: {
        time: expect.any(String),
        remote: { remote_addr: '203.0.113.9', x_forwarded_for: '198.51.100.1' },
        user_agent: 'train',
      },
      is_later: true,
      made_token: true,
    })
  })

  it('are listed as long as they live', async () => {
    const { id, token, other } = await loggedInTwice()
    await app.sql(
      `update ${app.table('_core_session')} set expires_at = timezone('utc', now()) - interval '1 s' where id = $1`,
      [claimsOf(other)['sid']],
    )
    expect((await list(id)).map((session) => session['id'])).toEqual([claimsOf(token)['sid']])
  })

  it('end one by one on their next call, in every isolate', async () => {
    const { id, token, other } = await loggedInTwice()
    const body = { auth_id: id, session_id: claimsOf(token)['sid'] }
    expect(outcome(await app.call('auth:session:revoke', body, as()))).toEqual(OK)
    for (const isolate of [app, app.reopen()])
      expect(outcome(await isolate.call('me', {}, { token }))).toEqual(ENDED)
    expect(outcome(await app.call('me', {}, { token: other }))).toEqual(OK)
    expect(outcome(await app.call('auth:session:revoke', body, as())), 'once more is no harm').toEqual(OK)
  })

  it('end all together where none is named, and nobody else’s', async () => {
    const { id, token, other } = await loggedInTwice()
    const somebody = await app.guest()
    await app.call('auth:session:revoke', { auth_id: id }, as())
    for (const ended of [token, other])
      expect(outcome(await app.call('me', {}, { token: ended }))).toEqual(ENDED)
    expect(outcome(await app.call('me', {}, somebody))).toEqual(OK)
  })

  it('are not ended by the id of another user', async () => {
    const [one, other] = [await app.guest(), await app.guest()]
    const body = { auth_id: one.id, session_id: claimsOf(other.token)['sid'] }
    await app.call('auth:session:revoke', body, as())
    expect(outcome(await app.call('me', {}, other))).toEqual(OK)
  })

  it.each(['auth:session:list', 'auth:session:revoke'])('%s is the master key’s alone', async (action) => {
    const user = await app.guest()
    for (const credentials of [{}, user])
      expect(outcome(await app.call(action, { auth_id: user.id }, credentials))).toEqual({
        status: 403,
        trips: 0,
        code: 102,
      })
    expect(outcome(await app.call('me', {}, user))).toEqual(OK)
  })

  it('that have run out are taken away by the next login, those of others are not', async () => {
    const ana = await app.signUp('ana')
    const bob = await app.guest()
    await app.sql(
      `update ${app.table('_core_session')} set expires_at = timezone('utc', now()) where user_id in ($1, $2)`,
      [ana.id, bob.id],
    )
    await app.call('auth:login', { auth_data: { username: 'ana' }, password: 'secret' })
    const left = async (id: string) =>
      (await app.sql(`select id from ${app.table('_core_session')} where user_id = $1`, [id])).length
    expect([await left(ana.id), await left(bob.id)]).toEqual([1, 1])
  })

  it('that never end are a thousand at most: the oldest make room', async () => {
    const zoe = await app.signUp('zoe')
    await app.sql(
      `insert into ${app.table('_core_session')} (id, user_id, created_at)
       select 'zoe-' || n, $1, timestamp '2020-01-01' + n * interval '1 hour' from generate_series(1, 1050) n`,
      [zoe.id],
    )
    const login = () => app.call('auth:login', { auth_data: { username: 'zoe' }, password: 'secret' })
    const { access_token } = authOf(await login())
    const ids = (await list(zoe.id)).map(({ id }) => id)
    expect(ids).toHaveLength(1000)
    expect(ids).toEqual(expect.arrayContaining([claimsOf(access_token)['sid'], claimsOf(zoe.token)['sid']]))
    expect(ids).not.toContain('zoe-1')
    expect(outcome(await app.call('me', {}, { token: zoe.token }))).toEqual(OK)
  })
})
