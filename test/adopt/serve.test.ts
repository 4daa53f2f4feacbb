import { describe, expect, it } from 'vitest'
import { PASSWORDS, V1_TABLES } from '../fixtures/skygear-v1.ts'
import { authOf, codesOf, itemsOf, keypath, outcome } from '../support/app.ts'
import { adopted, asAna, asBo, keysOf, logIn, oldApp } from './old-app.ts'

const NOTES = ['everybodys', 'anas-own', 'public', 'editors', 'for-ana', 'private'].map(
  (key) => `note/${key}`,
)
const REFUSED = { status: 401, code: 105 }

describe('users of an adopted app', () => {
  it('log in with their old passwords, by whichever login id', async () => {
    await using old = await adopted()
    for (const auth_data of [{ username: 'ana' }, { username: 'ANA' }, { email: 'Ana@Example.com' }]) {
      const answer = await logIn(old.app, auth_data, PASSWORDS['u-ana'])
      expect(answer.status).toBe(200)
      expect(authOf(answer)).toMatchObject({
        user_id: 'u-ana',
        roles: ['Editor', 'Member'],
        profile: {
          _id: 'user/u-ana',
          username: 'Ana',
          email: 'ana@example.com',
          city: 'Oslo',
          is_verified: true,
        },
      })
    }
    expect(authOf(await logIn(old.app, { email: 'bo@example.com' }, PASSWORDS['u-bo'])).user_id).toBe('u-bo')
  })

  it('have the times of before at their first login', async () => {
    await using old = await adopted()
    expect(authOf(await logIn(old.app, { username: 'ana' }, PASSWORDS['u-ana']))).toMatchObject({
      last_login_at: '2019-07-06T01:02:03.5Z',
      last_seen_at: '2019-07-06T08:00:00.25Z',
    })
  })

  it('are refused with another password, without one, and with a hash of another kind', async () => {
    await using old = await adopted()
    for (const [username, password] of [
      ['ana', PASSWORDS['u-bo']],
      ['ana', ''],
      ['finn', 'finn'],
      ['gone', 'gone'],
      ['nobody', 'nobody'],
    ] as const)
      expect(outcome(await logIn(old.app, { username }, password))).toMatchObject(REFUSED)
  })

  it('stay disabled, with the reason', async () => {
    await using old = await adopted()
    expect(outcome(await logIn(old.app, { username: 'cyd' }, PASSWORDS['u-cyd']))).toMatchObject({
      code: 127,
      info: { message: 'spam' },
    })
  })

  it('are logged in by their accounts at OAuth providers, which are nobody else’s', async () => {
    await using old = await adopted()
    const call = (action: string, body: object) =>
      old.app.call(`sso:oauth:${action}`, { provider: 'google', ...body }, { key: old.app.masterKey })
    const account = { principal_id: 'g-1' }
    expect(authOf(await call('login', account)).user_id).toBe('u-bo')
    expect(outcome(await call('signup', account))).toMatchObject({ code: 108 })
    expect(outcome(await call('link', { ...account, user_id: 'u-ana' }))).toMatchObject({ code: 108 })
    expect(outcome(await call('link', { principal_id: 'g-2', user_id: 'u-bo' }))).toMatchObject({ code: 108 })
    expect((await call('unlink', { user_id: 'u-bo' })).status).toBe(200)
    expect((await call('link', { ...account, user_id: 'u-ana' })).status).toBe(200)
    expect(authOf(await call('login', account)).user_id).toBe('u-ana')
  })

  it('are found by what v1 found them by, each a row of ours; who is by nothing is anonymous', async () => {
    await using old = await adopted()
    const identities = await old.sql(
      `select user_id, array_agg(type order by type) as types from "${old.schema}"._auth_identity group by 1 order by 1`,
    )
    expect(identities).toEqual([
      { user_id: 'u-ana', types: ['login_id', 'login_id'] },
      { user_id: 'u-anonymous', types: ['anonymous'] },
      { user_id: 'u-bo', types: ['login_id', 'login_id', 'oauth'] },
      { user_id: 'u-cyd', types: ['custom_token', 'login_id'] },
      { user_id: 'u-finn', types: ['login_id'] },
      { user_id: 'u-ghost', types: ['anonymous'] },
      { user_id: 'u-ligature', types: ['anonymous'] },
    ])
  })

  it('keep their login ids from newcomers, who get the default roles', async () => {
    await using old = await adopted()
    const taken = await old.app.call('auth:signup', { auth_data: { username: 'aNa' }, password: 'x' })
    expect(outcome(taken)).toMatchObject({ code: 109 })
    const made = await old.app.call('auth:signup', { auth_data: { username: 'new' }, password: 'secret' })
    expect(authOf(made)).toMatchObject({ profile: { username: 'new' } })
    expect(
      await old.sql(
        `select role_id from "${old.schema}"._auth_role where auth_id = '${authOf(made).user_id}'`,
      ),
    ).toEqual([{ role_id: 'Member' }])
  })
})

describe('records of an adopted app', () => {
  it('are fetched with every type of column', async () => {
    await using old = await adopted()
    const answer = await old.app.call('record:fetch', { ids: ['note/everybodys', 'Place/p-1'] })
    expect(itemsOf(answer)).toEqual([
      {
        _id: 'note/everybodys',
        _type: 'record',
        _access: null,
        _ownerID: 'u-ana',
        _created_at: '2019-01-06T07:08:09.123456Z',
        _created_by: 'u-ana',
        _updated_at: '2019-01-06T07:08:09.123456Z',
        _updated_by: 'u-ana',
        content: 'everybodys',
        rating: 4.5,
        done: true,
        tags: ['a', { b: 1 }],
        due: { $type: 'date', $date: '2020-01-01T12:00:00.25Z' },
        number: 1,
        category: { $type: 'ref', $id: 'category/c-1' },
        author: { $type: 'ref', $id: 'user/u-ana' },
        photo: expect.anything(),
      },
      expect.objectContaining({
        _id: 'Place/p-1',
        at: { $type: 'unknown', $underlying_type: 'geometry' },
        price: { $type: 'unknown', $underlying_type: 'money' },
      }),
    ])
  })

  it('are read by whom their access lets', async () => {
    await using old = await adopted()
    const fetched = async (as: { token?: string }) =>
      codesOf(await old.app.call('record:fetch', { ids: NOTES }, as))
    expect(await fetched({})).toEqual([null, 110, null, 110, 110, 110])
    expect(await fetched(await asAna(old.app))).toEqual([null, null, null, null, null, 110])
    expect(await fetched(await asBo(old.app))).toEqual([null, 110, null, null, null, 110])
  })

  it('are queried with access obeyed, private ones in their own database', async () => {
    await using old = await adopted()
    const query = { record_type: 'note', sort: [[keypath('number'), 'asc']] }
    const ana = await asAna(old.app)
    expect(keysOf(await old.app.call('record:query', query))).toEqual(['everybodys', 'public'])
    expect(keysOf(await old.app.call('record:query', query, ana))).toEqual([
      'everybodys',
      'anas-own',
      'public',
      'editors',
      'for-ana',
    ])
    expect(keysOf(await old.app.call('record:query', { ...query, database_id: '_private' }, ana))).toEqual([
      'private',
    ])
  })

  it('are changed by a role that may, and by no other user', async () => {
    await using old = await adopted()
    const change = (key: string) => ({ records: [{ _id: `note/${key}`, content: 'changed' }] })
    const [ana, bo] = [await asAna(old.app), await asBo(old.app)]
    expect(codesOf(await old.app.call('record:save', change('editors'), ana))).toEqual([null])
    expect(codesOf(await old.app.call('record:save', change('for-ana'), ana))).toEqual([102])
    expect(codesOf(await old.app.call('record:save', change('public'), bo))).toEqual([102])
  })

  it('are made anew in old types and new ones, the sequence going on', async () => {
    await using old = await adopted()
    const records = [
      { _id: 'note/new', content: 'new', mood: 'glad', author: { $type: 'ref', $id: 'user/u-bo' } },
      { _id: 'song/first', title: 'Air' },
    ]
    const saved = await old.app.call('record:save', { records }, await asBo(old.app))
    expect(itemsOf(saved)).toMatchObject([
      { _id: 'note/new', number: 7, mood: 'glad', _ownerID: 'u-bo' },
      { _id: 'song/first', title: 'Air' },
    ])
    expect(await old.sql(`select from public.pending_notification where appname = '${old.schema}'`)).toEqual(
      [],
    )
  })

  it('refer only to what exists', async () => {
    await using old = await adopted()
    const records = [{ _id: 'note/lost', author: { $type: 'ref', $id: 'user/nobody' } }]
    const saved = await old.app.call('record:save', { records }, await asBo(old.app))
    expect(codesOf(saved)).not.toContain(null)
  })
})

describe('apply', () => {
  it('leaves every old row as it was, but for the flags it told of', async () => {
    await using old = await oldApp()
    const before = await old.rows()
    expect((await old.apply()).ok).toBe(true)
    const after = await old.rows()
    expect(Object.keys(after)).toEqual([...V1_TABLES])
    const roles = before['_role']?.map((row) => row.replaceAll('null', 'false'))
    const files = before['_asset']?.map((row) => expect.stringContaining(row.slice(0, -1)) as unknown)
    expect(after).toEqual({ ...before, _role: roles, _asset: files })
  })

  it('changes nothing the second time', async () => {
    await using old = await oldApp()
    const first = await old.apply()
    const everything = async () => {
      const tables = await old.sql(
        `select tablename as name from pg_tables where schemaname = '${old.schema}' order by 1`,
      )
      const rows = []
      for (const { name } of tables)
        rows.push(
          name,
          await old.sql(`select xmin, ctid, t::text from "${old.schema}"."${String(name)}" t order by 2`),
        )
      return rows
    }
    const before = await everything()
    const second = await old.apply()
    expect(first.ok && second.ok && { ...second.value, changes: first.value.changes }).toEqual(
      first.ok && first.value,
    )
    expect(second).toMatchObject({ ok: true, value: { changes: [] } })
    expect(await everything()).toEqual(before)
  })

  it('keeps what users did since, when it runs again', async () => {
    await using old = await adopted()
    const ana = await asAna(old.app)
    await old.app.call('record:save', { records: [{ _id: 'user/u-ana', username: 'anna' }] }, ana)
    expect(await old.apply()).toMatchObject({ ok: true, value: { changes: [] } })
    expect((await logIn(old.app, { username: 'anna' }, PASSWORDS['u-ana'])).status).toBe(200)
    expect(outcome(await logIn(old.app, { username: 'ana' }, PASSWORDS['u-ana']))).toMatchObject(REFUSED)
  })

  it('does not give an account back that was taken from its user since, when it runs again', async () => {
    await using old = await adopted()
    const master = { key: old.app.masterKey }
    const account = { provider: 'google', principal_id: 'g-1' }
    await old.app.call('sso:oauth:unlink', { provider: 'google', user_id: 'u-bo' }, master)
    expect(await old.apply()).toMatchObject({ ok: true, value: { changes: [] } })
    expect(outcome(await old.app.call('sso:oauth:login', account, master))).toMatchObject(REFUSED)
  })

  it('completes what stopped half-way', async () => {
    await using old = await oldApp()
    await old.apply()
    const at = `"${old.schema}"`
    await old.sql(`delete from ${at}._auth_identity where user_id = 'u-ana'`)
    await old.sql(`delete from ${at}._auth_authenticator where user_id = 'u-bo'`)
    await old.sql(`alter table ${at}.note enable trigger trigger_notify_record_change`)
    expect(await old.apply()).toMatchObject({
      ok: true,
      value: {
        changes: [
          '1 passwords, as they are hashed',
          '2 login ids, from user.username and user.email',
          'the trigger trigger_notify_record_change of note is disabled: it feeds v1’s own server',
        ],
      },
    })
    const app = await old.open()
    expect((await logIn(app, { email: 'ana@example.com' }, PASSWORDS['u-ana'])).status).toBe(200)
    expect((await logIn(app, { username: 'bo' }, PASSWORDS['u-bo'])).status).toBe(200)
  })

  it('leaves nothing where it fails', async () => {
    // A table in the way of one of ours.
    await using old = await oldApp('create table _auth_identity (id int)')
    const before = await old.rows()
    expect(await old.apply()).toMatchObject({ ok: false, error: expect.stringContaining('_auth_identity') })
    expect(await old.rows()).toEqual(before)
    expect(
      await old.sql(`select from pg_tables where schemaname = '${old.schema}' and tablename = '_core_user'`),
    ).toEqual([])
  })
})
