import { expect, it } from 'vitest'
import { modules } from '../../migrations/bundle.ts'
import { importApp } from '../../src/adopt/import-v2.ts'
import { appId } from '../fixtures/config-database.ts'
import { skygearV2, V2_PASSWORD } from '../fixtures/skygear-v2.ts'
import { authOf, testApp } from '../support/app.ts'
import { connectedSession } from '../support/session.ts'

/** A shared schema, and one to import app 2 into. */
async function cluster() {
  const shared = `v2_${crypto.randomUUID().slice(0, 18)}`
  const own = `${shared}_own`
  const client = await connectedSession()
  await client.query(skygearV2(shared))
  const rows = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows
  return {
    shared,
    own,
    rows,
    copy: (dryRun = false) =>
      importApp(client, { schema: shared, appId: appId(2) }, own, modules, { dryRun }),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

it('an app’s own rows are copied and counted, and what has no place is told', async () => {
  await using v2 = await cluster()
  expect(await v2.copy()).toEqual({
    ok: true,
    value: {
      users: 2,
      login_ids: 2,
      passwords: 1,
      accounts: 2,
      refused_login_ids: [],
      left: { _auth_password_history: 1 },
    },
  })
  expect(
    await v2.rows(
      `select id, verified, disabled, created_at::text, metadata from "${v2.own}"._core_user order by id`,
    ),
  ).toEqual([
    {
      id: 'u-ana',
      verified: true,
      disabled: false,
      created_at: '2020-01-01 00:00:00',
      metadata: { city: 'Oslo' },
    },
    { id: 'u-bo', verified: false, disabled: true, created_at: '2020-01-01 00:00:00', metadata: {} },
  ])
  expect(await v2.rows(`select id from "${v2.shared}"._core_user order by id`)).toHaveLength(3)
})

it('imported users log in with their old passwords, by each login id', async () => {
  await using v2 = await cluster()
  await v2.copy()
  const app = await testApp({ document: { database_config: { database_schema: v2.own } } })
  for (const auth_data of [{ username: 'ana' }, { email: 'ANA@example.com' }]) {
    const answer = await app.call('auth:login', { auth_data, password: V2_PASSWORD })
    expect(authOf(answer)).toMatchObject({
      user_id: 'u-ana',
      profile: { _id: 'user/u-ana', username: 'Ana', email: 'ana@example.com' },
    })
  }
})

it('imported accounts are their users’, at a provider and of custom tokens', async () => {
  await using v2 = await cluster()
  await v2.copy()
  const app = await testApp({ document: { database_config: { database_schema: v2.own } } })
  const account = { provider: 'google', principal_id: 'g-1' }
  await app.call('auth:disable:set', { auth_id: 'u-bo', disabled: false }, { key: app.masterKey })
  const answer = await app.call('sso:oauth:login', account, { key: app.masterKey })
  expect(authOf(answer).user_id).toBe('u-bo')
  expect(
    await v2.rows(`select i.user_id, t.provider_user_id, t.raw_profile from "${v2.own}"._auth_identity i
      join "${v2.own}"._auth_identity_custom_token t on t.identity_id = i.id`),
  ).toEqual([{ user_id: 'u-bo', provider_user_id: 'c-1', raw_profile: { sub: 'c-1' } }])
})

it('an account at a provider is as old as it was', async () => {
  await using v2 = await cluster()
  await v2.rows(
    `update "${v2.shared}"._auth_provider_oauth set _updated_at = '2020-02-02' where principal_id = 'p-3'`,
  )
  await v2.copy()
  expect(
    await v2.rows(`select created_at::text, updated_at::text from "${v2.own}"._auth_identity
      where type = 'oauth'`),
  ).toEqual([{ created_at: '2020-01-01 00:00:00', updated_at: '2020-02-02 00:00:00' }])
})

it('a dry run leaves no schema', async () => {
  await using v2 = await cluster()
  expect(await v2.copy(true)).toMatchObject({ ok: true, value: { users: 2 } })
  expect(await v2.rows(`select from pg_namespace where nspname = '${v2.own}'`)).toEqual([])
})

it('a schema that has users already is refused, and stays as it is', async () => {
  await using v2 = await cluster()
  await v2.copy()
  expect(await v2.copy()).toEqual({ ok: false, error: `the schema ${v2.own} has 2 users already` })
  expect(await v2.rows(`select from "${v2.own}"._core_user`)).toHaveLength(2)
})
