import { beforeEach, describe, expect, it } from 'vitest'
import { codesOf, itemsOf, testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'

/** Names that are SQL to whoever pastes them into a statement. */
const HOSTILE = [
  `'; drop table note; --`,
  `r'); delete from note; --`,
  `"; drop schema public cascade; --`,
  `x' or '1'='1`,
  `$1`,
  `$$; drop table note; $$`,
  `\\'; drop table note; --`,
  `{"a":1}`,
  `r,s`,
  `%`,
  `__proto__`,
]

let app: TestApp
let user: TestUser
const asMaster = (action: string, body: Json) => app.call(action, body, { key: app.masterKey })
const accepted = async (action: string, body: Json) => {
  const { status, text } = await asMaster(action, body)
  expect([action, status, text.includes('"error"')], text).toEqual([action, 200, false])
}
const save = (record: Json, as = user) => app.call('record:save', { records: [record] }, as)

beforeEach(async () => {
  app = await testApp()
  user = await app.guest()
  await save({ _id: 'note/1', title: 'x', n: 1 })
})

describe.each(HOSTILE)('a role named %s', (role) => {
  it('is a role like others, wherever it is named: it is stored as it is, and nothing else happens', async () => {
    await accepted('role:default', { roles: [role] })
    await accepted('role:admin', { roles: [role] })
    await accepted('role:assign', { roles: [role], users: [user.id] })
    const { json } = await asMaster('role:get', { users: [user.id] })
    expect(json['result']).toEqual({ [user.id]: [role] })
    expect(await app.sql(`select id from ${app.table('_role')} where id <> 'Admin'`)).toEqual([{ id: role }])
    await accepted('role:revoke', { roles: [role], users: [user.id] })
    expect(await app.sql(`select from ${app.table('_auth_role')}`)).toEqual([])
    expect(await app.sql(`select _id, title from ${app.table('note')}`)).toEqual([{ _id: '1', title: 'x' }])
  })

  it('says who may create records, who may have them, and who may see a field', async () => {
    const holder = await app.guest()
    await accepted('role:assign', { roles: [role], users: [holder.id] })
    await accepted('schema:access', { type: 'note', create_roles: [role] })
    await accepted('schema:default_access', { type: 'note', default_access: [{ level: 'write', role }] })
    const all = { writable: true, readable: true, comparable: true, discoverable: true }
    const rule = { record_type: 'note', record_field: 'n', ...all }
    await accepted('schema:field_access:update', {
      access: [
        { ...rule, user_role: `_role:${role}` },
        { ...rule, user_role: '_any_user', writable: false, readable: false },
      ],
    })
    expect(codesOf(await save({ _id: 'note/2', title: 'y' }))).toEqual([102])
    expect(codesOf(await save({ _id: 'note/2', title: 'y', n: 2 }, holder))).toEqual([null])
    const seen = async (as: TestUser) =>
      itemsOf(await app.call('record:query', { record_type: 'note' }, as)).map(({ _id, n }) => [_id, n])
    expect(await seen(holder)).toEqual(
      expect.arrayContaining([
        ['note/1', 1],
        ['note/2', 2],
      ]),
    )
    expect(await seen(user)).toEqual([['note/1', undefined]])
  })
})

describe.each(HOSTILE.filter((name) => !name.startsWith('_')))('a type and a field named %s', (name) => {
  it('are made, renamed, written, found and dropped as others are', async () => {
    await accepted('schema:create', { record_types: { [name]: { fields: [{ name, type: 'string' }] } } })
    await accepted('schema:rename', { record_type: name, item_name: name, new_name: `${name}2` })
    await accepted('schema:index', { record_type: name, fields: [`${name}2`] })
    expect(codesOf(await save({ _id: `${name}/${name}`, [`${name}2`]: name }))).toEqual([null])
    const predicate = ['eq', { $type: 'keypath', $val: `${name}2` }, name]
    const found = await app.call('record:query', { record_type: name, predicate }, user)
    expect(itemsOf(found)).toMatchObject([{ _id: `${name}/${name}`, [`${name}2`]: name }])
    await accepted('schema:delete', { record_type: name, item_name: `${name}2` })
    expect(await app.sql(`select _id, title from ${app.table('note')}`)).toEqual([{ _id: '1', title: 'x' }])
  })
})
