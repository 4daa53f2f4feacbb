import { beforeAll, describe, expect, inject, it } from 'vitest'
import { newUser, unique } from './client.ts'
import { call, expectFailure, itemsOf, query, resultOf, save, type Answer, type Json } from './wire.ts'

const { demo, production } = inject('system')
const asMaster = { key: demo.master_key }

let token: string
beforeAll(async () => {
  token = (await newUser(demo)).token
})

const fieldsOf = (answer: Answer, type: string): unknown => {
  const { fields } = (resultOf(answer)['record_types'] as Readonly<Record<string, Json>>)[type] ?? {}
  return fields
}

describe('schema actions', () => {
  it('§6 schema:create makes types and fields, and is additive', async () => {
    const [student, group] = [unique('student'), unique('group')]
    const fields = [
      { name: 'age', type: 'integer' },
      { name: 'group', type: `ref(${group})` },
    ]
    const made = await call(
      demo,
      'schema:create',
      { record_types: { [group]: {}, [student]: { fields } } },
      asMaster,
    )
    expect(fieldsOf(made, student)).toEqual(fields)
    expect(fieldsOf(made, group)).toEqual([])
    const more = { record_types: { [group]: { fields: [{ name: 'name', type: 'string' }] } } }
    expect(fieldsOf(await call(demo, 'schema:create', more, asMaster), student)).toEqual(fields)
    const refused = { record_types: { [group]: { fields: [{ name: 'name', type: 'number' }] } } }
    expectFailure(await call(demo, 'schema:create', refused, asMaster), 114)
  })

  it('§6 schema:rename renames a field with its values, schema:delete drops it', async () => {
    const type = unique('note')
    await save(demo, [{ _id: `${type}/1`, old: 'x' }], { token })
    const names = { record_type: type, item_type: 'field', item_name: 'old', new_name: 'new' }
    expect(fieldsOf(await call(demo, 'schema:rename', names, asMaster), type)).toEqual([
      { name: 'new', type: 'string' },
    ])
    expect(itemsOf(await query(demo, type))).toMatchObject([{ new: 'x' }])
    const gone = { record_type: type, item_name: 'new' }
    expect(fieldsOf(await call(demo, 'schema:delete', gone, asMaster), type)).toEqual([])
    expectFailure(await call(demo, 'schema:delete', gone, asMaster), 110)
    expect(itemsOf(await query(demo, type))[0]).not.toHaveProperty('new')
  })

  it('§6 schema:fetch lists every type, user among them, fields by name', async () => {
    expect(fieldsOf(await call(demo, 'schema:fetch'), 'user')).toEqual(
      expect.arrayContaining([
        { name: 'email', type: 'string' },
        { name: 'last_login_at', type: 'datetime' },
        { name: 'username', type: 'string' },
      ]),
    )
  })

  it.each<[string, string, Json, string[]]>([
    ['a type that begins with _', 'create', { record_types: { _note: {} } }, ['_note']],
    [
      'an unknown type name',
      'create',
      { record_types: { n: { fields: [{ name: 'a', type: 'x' }] } } },
      ['x'],
    ],
    ['everything missing', 'rename', {}, ['record_type', 'item_name', 'new_name']],
    ['a name that begins with _', 'delete', { record_type: 'note', item_name: '_id' }, ['item_name']],
    ['a missing type', 'access', { create_roles: [] }, ['type']],
    ['a bad access entry', 'default_access', { type: 'note', default_access: [{}] }, ['default_access']],
  ])('§6 refuses %s with 108', async (_, action, body, args) => {
    expectFailure(await call(demo, `schema:${action}`, body, asMaster), 108, { arguments: args })
  })

  it.each(['create', 'rename', 'delete', 'fetch', 'access', 'default_access'])(
    '§6 schema:%s is the master key’s outside development mode: 102/403',
    async (action) => {
      const body = { record_types: {}, record_type: 'a', item_name: 'b', new_name: 'c', type: 'a' }
      expectFailure(await call(production, `schema:${action}`, body), 102)
    },
  )
})
