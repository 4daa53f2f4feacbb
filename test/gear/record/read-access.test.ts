import { beforeAll, describe, expect, it } from 'vitest'
import {
  codesOf,
  itemsOf,
  OK,
  outcome,
  testApp,
  type Credentials,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { idsOf, recordsOf } from './records.ts'

describe('who sees what, by record:query and record:fetch', () => {
  let app: TestApp
  let users: Readonly<Record<'owner' | 'other' | 'named' | 'holder', TestUser>>
  const viewers = (): Readonly<Record<string, Credentials>> => ({
    ...users,
    anonymous: {},
    master: { key: app.masterKey },
  })
  beforeAll(async () => {
    app = await testApp()
    users = {
      owner: await app.guest(),
      other: await app.guest(),
      named: await app.guest(),
      holder: await app.guest(),
    }
    await app.sql(`insert into ${app.table('_role')} (id) values ('Reader')`)
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Reader')`, [users.holder.id])
    const save = recordsOf(app, users.owner).save
    await save([
      { _id: 'doc/null' },
      { _id: 'doc/none', _access: [] },
      { _id: 'doc/public', _access: [{ level: 'read', public: true }] },
      { _id: 'doc/publicWrite', _access: [{ level: 'write', public: true }] },
      { _id: 'doc/user', _access: [{ level: 'read', user_id: users.named.id }] },
      { _id: 'doc/userWrite', _access: [{ level: 'write', user_id: users.named.id }] },
      { _id: 'doc/role', _access: [{ level: 'read', role: 'Reader' }] },
      { _id: 'doc/roleWrite', _access: [{ level: 'write', role: 'Reader' }] },
      { _id: 'doc/relation', _access: [{ level: 'read', relation: 'friend' }] },
      { _id: 'doc/notPublic', _access: [{ level: 'read', public: false }] },
      {
        _id: 'doc/both',
        _access: [
          { level: 'read', user_id: users.named.id },
          { level: 'read', role: 'Reader' },
        ],
      },
    ])
    await save({ _id: 'doc/private' }, { database_id: '_private' })
  })
  const open = ['null', 'public', 'publicWrite']
  const all = [...open, 'none', 'user', 'userWrite', 'role', 'roleWrite', 'relation', 'notPublic', 'both']
  const visible: readonly [string, readonly string[]][] = [
    ['owner', all],
    ['master', all],
    ['other', open],
    ['anonymous', open],
    ['named', [...open, 'user', 'userWrite', 'both']],
    ['holder', [...open, 'role', 'roleWrite', 'both']],
  ]

  it.each(visible)('%s finds %j', async (viewer, names) => {
    const answer = await recordsOf(app, viewers()[viewer]).query('doc', { count: true })
    expect(outcome(answer)).toEqual(OK)
    expect(idsOf(answer).toSorted()).toEqual(names.map((name) => `doc/${name}`).toSorted())
    expect(answer.json['info']).toEqual({ count: names.length })
  })

  it.each(visible)(
    '%s fetches the same, and gets the rest like records that are not there',
    async (viewer, names) => {
      const asked = [...all, 'private', 'missing']
      const answer = await recordsOf(app, viewers()[viewer]).fetch(asked.map((name) => `doc/${name}`))
      expect(outcome(answer)).toEqual(OK)
      const items = itemsOf(answer)
      expect(items.map(({ _id }) => _id)).toEqual(asked.map((name) => `doc/${name}`))
      expect(codesOf(answer)).toEqual(asked.map((name) => (names.includes(name) ? null : 110)))
      const { _id, ...missing } = items.at(-1) ?? {}
      for (const [i, name] of asked.entries())
        if (!names.includes(name)) expect(items[i], String(_id)).toEqual({ _id: `doc/${name}`, ...missing })
    },
  )

  it('shows a private database to its user and to the master key, whatever the access lists', async () => {
    const { owner, other } = users
    await recordsOf(app, owner).save({ _id: 'doc/private2', _access: [] }, { database_id: '_private' })
    const ids = async (as: Credentials, database_id: string) =>
      idsOf(await recordsOf(app, as).query('doc', { database_id })).toSorted()
    const mine = ['doc/private', 'doc/private2']
    expect(await ids(owner, '_private')).toEqual(mine)
    expect(await ids(owner, owner.id)).toEqual(mine)
    expect(await ids({ key: app.masterKey }, owner.id)).toEqual(mine)
    expect(await ids(other, '_private')).toEqual([])
    expect(
      (await recordsOf(app, owner).query('doc', { database_id: '_private', count: true, limit: 0 })).json[
        'info'
      ],
    ).toEqual({ count: 2 })
  })

  it.each(['query', 'fetch'] as const)(
    'refuses databases that are not the caller’s before the database, by %s',
    async (action) => {
      const read = (as: Credentials, database_id: unknown) =>
        action === 'query'
          ? recordsOf(app, as).query('doc', { database_id })
          : recordsOf(app, as).fetch(['doc/private'], { database_id })
      const { owner, other } = users
      expect(outcome(await read({}, '_private'))).toEqual({ status: 401, trips: 0, code: 101 })
      expect(outcome(await read({}, owner.id))).toEqual({ status: 403, trips: 0, code: 102 })
      expect(outcome(await read(other, owner.id))).toEqual({ status: 403, trips: 0, code: 102 })
      expect(outcome(await read(owner, '_union'))).toEqual({ status: 401, trips: 0, code: 101 })
      expect(outcome(await read(owner, '_nope'))).toEqual({
        status: 400,
        trips: 0,
        code: 108,
        info: { arguments: ['database_id'] },
      })
      for (const absent of ['', null, 5]) expect(outcome(await read(other, absent)).status).toBe(200)
    },
  )

  it('shows the union of all databases to the master key', async () => {
    const answer = await recordsOf(app, { key: app.masterKey }).query('doc', { database_id: '_union' })
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer).map(({ _id }) => _id)).toEqual(expect.arrayContaining(['doc/none', 'doc/private']))
    const [record] = itemsOf(
      await recordsOf(app, { key: app.masterKey }).fetch(['doc/private'], { database_id: '_union' }),
    )
    expect(record).toMatchObject({ _id: 'doc/private', _ownerID: users.owner.id })
  })

  it('shows a disabled user what anybody may see', async () => {
    const eve = await app.guest()
    await recordsOf(app, eve).save([{ _id: 'diary/1', _access: [] }, { _id: 'diary/2' }])
    await app.sql(`update ${app.table('_core_user')} set disabled = true where id = $1`, [eve.id])
    const answer = await recordsOf(app, eve).query('diary')
    expect(outcome(answer)).toEqual({ status: 200, trips: 2 })
    expect(itemsOf(answer).map(({ _id }) => _id)).toEqual(['diary/2'])
    expect(codesOf(await recordsOf(app, eve).fetch(['diary/1', 'diary/2']))).toEqual([110, null])
    expect(outcome(await recordsOf(app, eve).query('diary', { database_id: '_private' })).code).toBe(101)
  })

  it('takes a role away at once', async () => {
    await app.sql(`delete from ${app.table('_auth_role')} where auth_id = $1`, [users.holder.id])
    expect(codesOf(await recordsOf(app, users.holder).fetch(['doc/role']))).toEqual([110])
  })
})
