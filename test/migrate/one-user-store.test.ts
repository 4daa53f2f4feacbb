import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { readModules } from '../../src/migrate/files.ts'
import type { Module } from '../../src/migrate/module.ts'
import { migrate, type MigrateOptions } from '../../src/migrate/run.ts'
import { connected, freshSchema } from './run.fixture.ts'

let client: Client
beforeAll(async () => {
  client = await connected()
})
afterAll(() => client.end())

const SESSIONS = 1795290110
const STORE = 1795290120
/** The core and auth modules with their files up to these. */
const upTo = (core: number, auth: number): readonly Module[] =>
  readModules().flatMap(({ name, migrations }) =>
    name === 'core' || name === 'auth'
      ? [{ name, migrations: migrations.filter(({ version }) => version <= (name === 'core' ? core : auth)) }]
      : [],
  )

/** Users as the release before kept them; `adopted`: in a schema that was Skygear v1's. */
const BEFORE = `
  insert into _core_user (id) values ('login'), ('oauth'), ('token'), ('guest'), ('phone');
  insert into _auth_identity (id, type, user_id, created_at) values ('i-1', 'login_id', 'login', '2020-01-01');
  insert into _auth_identity_login_id values ('i-1', 'username', 'Ana', 'ana');
  insert into _auth_authenticator values ('a-1', 'password', 'phone');
  insert into _auth_authenticator_password values ('a-1', 'phone', 'hash');
  insert into _core_session (id, user_id, created_at) values ('s-1', 'login', '2020-01-02'), ('s-2', 'guest', '2020-01-02');
  insert into _sso_oauth values
    ('oauth', 'google', 'g-1', '{"t":1}', '{"email":"ana@x.io"}', '2020-01-03', '2020-01-04'),
    ('nobody', 'google', 'g-2', null, null, '2020-01-03', '2020-01-03');
  insert into _sso_custom_token values ('token', 'c-1', '2020-01-05'), ('nobody', 'c-2', '2020-01-05');`

describe.each([
  ['our own', false],
  ['adopted', true],
])('the store of users in a schema that is %s', (_, isAdopted) => {
  const schema = freshSchema()
  const run = async (modules: readonly Module[], options: MigrateOptions = {}) => {
    const outcome = await migrate(sessionOf(client), schema, modules, options)
    if (!outcome.ok) throw new Error(outcome.error.message)
  }
  const rows = async (text: string) => {
    await client.query(`set search_path = "${schema}", public`)
    return (await client.query<Record<string, unknown>>(text)).rows
  }
  const oldRows = () =>
    rows(`select user_id, provider as of, principal_id, token_response, profile, _created_at::text, _updated_at::text
        from _sso_oauth
      union all select user_id, null, principal_id, null, null, _created_at::text, null from _sso_custom_token
      order by user_id, principal_id`)
  let before: readonly Record<string, unknown>[]

  beforeAll(async () => {
    const old = upTo(SESSIONS - 1, STORE - 1)
    await run(old.slice(0, 1))
    if (isAdopted) await client.query(`create table "${schema}"._version (version_num text)`)
    await run(old)
    await rows(BEFORE)
    before = await oldRows()
    await run(upTo(SESSIONS, STORE))
  })
  afterAll(() => client.query(`drop schema "${schema}" cascade`))

  it('has every way by which a user was found before, and how it was found by none', async () => {
    expect(
      await rows(`select i.user_id, i.type, i.created_at::date::text as made, i.updated_at::date::text as changed,
          coalesce(o.provider_user_id, t.provider_user_id, l.unique_key) as key, o.profile, o.claims
        from _auth_identity i left join _auth_identity_login_id l on l.identity_id = i.id
        left join _auth_identity_oauth o on o.identity_id = i.id
        left join _auth_identity_custom_token t on t.identity_id = i.id
        where i.type not in ('anonymous', 'record_keys') order by 1`),
    ).toEqual([
      {
        user_id: 'login',
        type: 'login_id',
        made: '2020-01-01',
        changed: '2020-01-01',
        key: 'ana',
        profile: null,
        claims: null,
      },
      {
        user_id: 'oauth',
        type: 'oauth',
        made: '2020-01-03',
        changed: '2020-01-04',
        key: 'g-1',
        profile: { email: 'ana@x.io' },
        claims: { email: 'ana@x.io' },
      },
      {
        user_id: 'token',
        type: 'custom_token',
        made: '2020-01-05',
        changed: '2020-01-05',
        key: 'c-1',
        profile: null,
        claims: null,
      },
    ])
    expect(
      await rows(
        `select user_id, type from _auth_identity where user_id in ('guest', 'phone') order by user_id`,
      ),
    ).toEqual([
      { user_id: 'guest', type: 'anonymous' },
      { user_id: 'phone', type: 'record_keys' },
    ])
  })

  it('says of the sessions that live by what they were entered, and when they were last heard of', async () => {
    expect(
      await rows(`select s.id, s.identity_type, s.identity_id = i.id as is_there, s.accessed_at::date::text as accessed
        from _core_session s join _auth_identity i on i.user_id = s.user_id order by 1`),
    ).toEqual([
      { id: 's-1', identity_type: 'login_id', is_there: true, accessed: '2020-01-02' },
      { id: 's-2', identity_type: 'anonymous', is_there: true, accessed: '2020-01-02' },
    ])
  })

  it(isAdopted ? 'leaves v1’s tables as they were' : 'takes the place of v1’s tables', async () => {
    const [tables] = await rows(`select count(*)::int as n from pg_tables
      where schemaname = '${schema}' and tablename in ('_sso_oauth', '_sso_custom_token')`)
    expect(tables).toEqual({ n: isAdopted ? 2 : 0 })
    if (isAdopted) expect(await oldRows()).toEqual(before)
  })

  it('goes back into v1’s tables with what has changed since', async () => {
    await rows(`update _auth_identity_oauth set token_response = '{"t":2}' where provider_user_id = 'g-1';
      delete from _auth_identity where type = 'custom_token';
      insert into _auth_identity (id, type, user_id, created_at) values ('i-9', 'custom_token', 'guest', '2020-02-01');
      insert into _auth_identity_custom_token values ('i-9', 'c-9')`)
    await run(upTo(SESSIONS, STORE), { direction: 'down', steps: 1 })
    const nobodys = before.filter(({ user_id }) => isAdopted && user_id === 'nobody')
    expect(await oldRows()).toEqual([
      expect.objectContaining({ user_id: 'guest', principal_id: 'c-9', _created_at: '2020-02-01 00:00:00' }),
      ...nobodys,
      expect.objectContaining({ user_id: 'oauth', principal_id: 'g-1', token_response: { t: 2 } }),
    ])
  })
})

it('the store of users is made where there are more of them than Postgres has room for locks', async () => {
  const schema = freshSchema()
  const run = async (modules: readonly Module[]) => migrate(sessionOf(client), schema, modules)
  await run(upTo(SESSIONS - 1, STORE - 1))
  await client.query(
    `insert into "${schema}"._core_user (id) select 'u' || n from generate_series(1, 20000) n`,
  )
  expect(await run(upTo(SESSIONS, STORE))).toMatchObject({ ok: true })
  const { rows } = await client.query(`select count(*)::int as n from "${schema}"._auth_identity`)
  expect(rows).toEqual([{ n: 20000 }])
  await client.query(`drop schema "${schema}" cascade`)
})
