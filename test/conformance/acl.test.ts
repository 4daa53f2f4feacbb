import type { Container, RecordClass, Role, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { all, client, newUser, unique } from './client.ts'
import { call, errorItem, expectFailure, itemsOf, query, resultOf, save } from './wire.ts'

declare module 'skygear' {
  /** `ACL` and a record have these alike: a record passes them on to its own. */
  interface Access {
    setPublicNoAccess(): void
    setPublicReadOnly(): void
    setPublicReadWriteAccess(): void
    setNoAccessForRole(role: Role): void
    setReadOnlyForRole(role: Role): void
    setReadWriteAccessForRole(role: Role): void
    setNoAccessForUser(user: SkygearRecord): void
    setReadOnlyForUser(user: SkygearRecord): void
    setReadWriteAccessForUser(user: SkygearRecord): void
    hasPublicReadAccess(): boolean
    hasPublicWriteAccess(): boolean
    hasReadAccessForRole(role: Role): boolean
    hasWriteAccessForRole(role: Role): boolean
    hasReadAccessForUser(user: SkygearRecord): boolean
    hasWriteAccessForUser(user: SkygearRecord): boolean
  }
  export interface ACL extends Access {
    hasReadAccess(user: SkygearRecord, roles: readonly Role[]): boolean
    hasWriteAccess(user: SkygearRecord, roles: readonly Role[]): boolean
    toJSON(): readonly object[]
  }
  export interface SkygearRecord extends Access {
    setAccess(acl: ACL): void
  }
  export interface Container {
    readonly ACL: new () => ACL
  }
  export interface Database {
    defaultACL: ACL
    setDefaultACL(acl: ACL): void
    setRecordCreateAccess(type: RecordClass, roles: readonly Role[]): Promise<object>
    setRecordDefaultAccess(type: RecordClass, acl: ACL): Promise<object>
  }
}

const { demo, production } = inject('system')

let ana: Awaited<ReturnType<typeof newUser>>
let ben: Awaited<ReturnType<typeof newUser>>
let nobody: Container
let master: Container
let Editor: Role
let Note: RecordClass

beforeAll(async () => {
  ana = await newUser(demo, 'ana')
  ben = await newUser(demo, 'ben')
  nobody = await client(demo)
  master = await client(demo, { key: demo.master_key })
  Editor = new ana.as.Role(unique('Editor'))
  await call(demo, 'role:assign', { users: [ben.user._id], roles: [Editor.name] }, { key: demo.master_key })
  Note = ana.as.Record.extend(unique('note'))
  await ana.as.publicDB.save(new Note({ text: 'the first of its type' }))
})

type Share = (note: SkygearRecord) => void
/** What each of the three can do with a note of Ana's: `rw` both, `r` read, `-` neither. */
async function reach(share: Share): Promise<{ ben: string; cleo: string; nobody: string }> {
  const note = new Note({ text: 'from ana' })
  share(note)
  await ana.as.publicDB.save(note)
  const can = async (as: Container) => {
    const reads = (await all(as, Note)).some(({ id }) => id === note.id)
    const writes = await as.publicDB.save(new Note({ _id: note.id, text: 'x' })).then(
      () => true,
      () => false,
    )
    return `${reads ? 'r' : ''}${writes ? 'w' : ''}` || '-'
  }
  const cleo = await newUser(demo, 'cleo')
  return { ben: await can(ben.as), cleo: await can(cleo.as), nobody: await can(nobody) }
}

describe('every way of the SDK to set access', () => {
  const hidden = (then: Share): Share => {
    return (note) => {
      note.setPublicNoAccess()
      then(note)
    }
  }
  it.each<[string, Share, object]>([
    ['setPublicNoAccess', (n) => n.setPublicNoAccess(), { ben: '-', cleo: '-', nobody: '-' }],
    ['setPublicReadOnly', (n) => n.setPublicReadOnly(), { ben: 'r', cleo: 'r', nobody: 'r' }],
    ['setPublicReadWriteAccess', (n) => n.setPublicReadWriteAccess(), { ben: 'rw', cleo: 'rw', nobody: 'r' }],
    ['setNoAccessForRole', hidden((n) => n.setNoAccessForRole(Editor)), { ben: '-', cleo: '-', nobody: '-' }],
    ['setReadOnlyForRole', hidden((n) => n.setReadOnlyForRole(Editor)), { ben: 'r', cleo: '-', nobody: '-' }],
    [
      'setReadWriteAccessForRole',
      hidden((n) => n.setReadWriteAccessForRole(Editor)),
      { ben: 'rw', cleo: '-', nobody: '-' },
    ],
    [
      'setNoAccessForUser',
      hidden((n) => n.setNoAccessForUser(ben.user)),
      { ben: '-', cleo: '-', nobody: '-' },
    ],
    [
      'setReadOnlyForUser',
      hidden((n) => n.setReadOnlyForUser(ben.user)),
      { ben: 'r', cleo: '-', nobody: '-' },
    ],
    [
      'setReadWriteAccessForUser',
      hidden((n) => n.setReadWriteAccessForUser(ben.user)),
      { ben: 'rw', cleo: '-', nobody: '-' },
    ],
    ['setAccess', (n) => n.setAccess(new ana.as.ACL()), { ben: 'r', cleo: 'r', nobody: 'r' }],
  ])('§5.8 %s', async (_, share, expected) => {
    expect(await reach(share)).toEqual(expected)
  })

  it('§5.8 what the SDK says of the access of a record that came from the server', async () => {
    const note = new Note({ text: 'from ana' })
    note.setReadWriteAccessForRole(Editor)
    note.setReadWriteAccessForUser(ben.user)
    const { access } = await ana.as.publicDB.save(note)
    const other = new ana.as.Role(unique('Other'))
    expect({
      public: [access.hasPublicReadAccess(), access.hasPublicWriteAccess()],
      role: [access.hasReadAccessForRole(Editor), access.hasWriteAccessForRole(Editor)],
      otherRole: [access.hasReadAccessForRole(other), access.hasWriteAccessForRole(other)],
      user: [access.hasReadAccessForUser(ben.user), access.hasWriteAccessForUser(ben.user)],
      otherUser: [access.hasReadAccess(ana.user, [other]), access.hasWriteAccess(ana.user, [other])],
      byRole: [access.hasReadAccess(ana.user, [Editor]), access.hasWriteAccess(ana.user, [Editor])],
    }).toEqual({
      public: [true, false],
      role: [true, true],
      otherRole: [true, false],
      user: [true, true],
      otherUser: [true, false],
      byRole: [true, true],
    })
  })

  it('§13.3 [SDK] setDefaultACL is the SDK’s own affair', () => {
    const acl = new ana.as.ACL()
    acl.setPublicNoAccess()
    ana.as.publicDB.setDefaultACL(acl)
    expect(ana.as.publicDB.defaultACL.toJSON()).toEqual([])
  })
})

describe('access by type', () => {
  it('§5.9 setRecordCreateAccess gives the creation of a type to roles', async () => {
    const Page = ana.as.Record.extend(unique('page'))
    expect(await master.publicDB.setRecordCreateAccess(Page, [Editor])).toEqual({
      type: Page.recordType,
      create_roles: [Editor.name],
    })
    const page = await ben.as.publicDB.save(new Page({ text: 'from ben' }))
    await expect(ana.as.publicDB.save(new Page({ text: 'from ana' }))).rejects.toMatchObject({ code: 102 })
    await ana.as.publicDB.save(new Page({ _id: page.id, text: 'changed by ana' }))
    expect(await master.publicDB.setRecordCreateAccess(Page, [])).toEqual({ type: Page.recordType })
    await ana.as.publicDB.save(new Page({ text: 'from ana' }))
  })

  it('§5.9 setRecordDefaultAccess is the access of new records that come without', async () => {
    const Page = ana.as.Record.extend(unique('page'))
    const acl = new ana.as.ACL()
    acl.setReadWriteAccessForRole(Editor)
    expect(await master.publicDB.setRecordDefaultAccess(Page, acl)).toEqual({
      type: Page.recordType,
      default_access: acl.toJSON(),
    })
    const [saved] = itemsOf(await save(demo, [{ _id: `${Page.recordType}/1` }], { token: ana.token }))
    expect(saved?.['_access']).toEqual(acl.toJSON())
  })

  it('§5.4.5e [SEC] the default never overwrites the access of a record that is there', async () => {
    const type = unique('page')
    await save(demo, [{ _id: `${type}/1`, _access: [] }], { token: ana.token })
    const entries = [{ level: 'write', public: true }]
    const key = { key: demo.master_key }
    resultOf(await call(demo, 'schema:default_access', { type, default_access: entries }, key))
    const [kept] = itemsOf(await save(demo, [{ _id: `${type}/1`, _access: null }], { token: ana.token }))
    expect(kept?.['_access']).toEqual([])
  })

  it('§2.3 outside development mode they are the master key’s: 102/403', async () => {
    expectFailure(await call(production, 'schema:access', { type: 'note', create_roles: [] }), 102)
    expectFailure(await call(production, 'schema:default_access', { type: 'note' }), 102)
  })
})

describe('access to fields', () => {
  const rule = (record_type: string, record_field: string, user_role: string, allowed: boolean) => ({
    record_type,
    record_field,
    user_role,
    writable: allowed,
    readable: allowed,
    comparable: allowed,
    discoverable: allowed,
  })
  const asMaster = { key: demo.master_key }

  it('§5.9 what only the owner may read and write', async () => {
    const type = unique('note')
    const id = `${type}/1`
    await save(demo, [{ _id: id, open: 'x', closed: 'x' }], { token: ana.token })
    const before = resultOf(await call(demo, 'schema:field_access:get', {}, asMaster))['access'] as object[]
    const access = [...before, rule(type, 'closed', '_owner', true)]
    resultOf(await call(demo, 'schema:field_access:update', { access }, asMaster))

    const [saved] = itemsOf(await save(demo, [{ _id: id, open: 'ben', closed: 'ben' }], { token: ben.token }))
    expect(saved).toMatchObject({ open: 'ben' })
    expect(saved).not.toHaveProperty('closed')
    const [anas] = itemsOf(await query(demo, type, { token: ana.token }))
    expect(anas).toMatchObject({ open: 'ben', closed: 'x' })
    const [bens] = itemsOf(await query(demo, type, { token: ben.token }))
    expect(bens).not.toHaveProperty('closed')

    const refused = await save(demo, [{ _id: id, closed: 'y' }], { token: ben.token }, { atomic: true })
    expect(refused.json['error']).toMatchObject({
      code: 115,
      info: { [id]: { name: 'DeniedArgument', code: 123, info: { arguments: ['closed'] } } },
    })
    resultOf(await call(demo, 'schema:field_access:update', { access: before }, asMaster))
  })

  it('§6 the rules are an administrator’s: 102', async () => {
    expectFailure(await call(demo, 'schema:field_access:get', {}, { token: ana.token }), 102)
    expectFailure(await call(demo, 'schema:field_access:update', { access: [] }, { token: ana.token }), 102)
  })

  it('§6 an entry lacks none of its seven keys: 108', async () => {
    const { writable: _, ...entry } = rule('note', '*', '_public', true)
    expectFailure(await call(demo, 'schema:field_access:update', { access: [entry] }, asMaster), 108, {
      arguments: ['access'],
    })
  })

  it('§5.4 a record that may not be created is item 102', async () => {
    const type = unique('page')
    resultOf(await call(demo, 'schema:access', { type, create_roles: [Editor.name] }, asMaster))
    expect(itemsOf(await save(demo, [{ _id: `${type}/1` }], { token: ana.token }))).toEqual([
      errorItem(102, `${type}/1`),
    ])
  })
})
