import type { Container, Role, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { all, client, newUser, unique } from './client.ts'
import { call, expectFailure, save } from './wire.ts'

declare module 'skygear' {
  export interface AuthContainer {
    setAdminRole(roles: readonly Role[]): Promise<readonly string[]>
    setDefaultRole(roles: readonly Role[]): Promise<readonly string[]>
    fetchUserRole(
      users: readonly (SkygearRecord | string)[],
    ): Promise<{ readonly [id: string]: readonly Role[] }>
    assignUserRole(
      users: readonly (SkygearRecord | string)[],
      roles: readonly (Role | string)[],
    ): Promise<'OK'>
    revokeUserRole(
      users: readonly (SkygearRecord | string)[],
      roles: readonly (Role | string)[],
    ): Promise<'OK'>
  }
}

const { demo, production } = inject('system')

let ana: Awaited<ReturnType<typeof newUser>>
let ben: Awaited<ReturnType<typeof newUser>>
let master: Container
let Editor: Role

beforeAll(async () => {
  ana = await newUser(demo, 'ana')
  ben = await newUser(demo, 'ben')
  master = await client(demo, { key: demo.master_key })
  Editor = new master.Role(unique('Editor'))
})

const rolesOf = async (as: Container, ...users: readonly SkygearRecord[]) => {
  const roles = await as.auth.fetchUserRole(users)
  return users.map(({ _id }) => roles[_id]?.map(({ name }) => name))
}

describe('roles', () => {
  it('§4.14 assignUserRole gives roles, fetchUserRole tells them, revokeUserRole takes them', async () => {
    expect(await master.auth.assignUserRole([ana.user, ben.user], [Editor])).toBe('OK')
    expect(await rolesOf(master, ana.user, ben.user)).toEqual([[Editor.name], [Editor.name]])
    expect(await master.auth.revokeUserRole([ben.user._id], [Editor.name])).toBe('OK')
    expect(await rolesOf(master, ana.user, ben.user)).toEqual([[Editor.name], []])
  })

  it('§4.14 a user may ask for the own roles, and for nobody else’s: 102/403', async () => {
    await master.auth.assignUserRole([ana.user], [Editor])
    expect(await rolesOf(ana.as, ana.user)).toEqual([[Editor.name]])
    await expect(ana.as.auth.fetchUserRole([ben.user])).rejects.toMatchObject({
      status: 403,
      error: { code: 102 },
    })
  })

  it('§4.14 [Q] without a user, role:get is 101/401', async () => {
    expectFailure(await call(demo, 'role:get', { users: [ana.user._id] }), 101)
  })

  it('§2.3 assigning and revoking need an admin role or the master key: 102', async () => {
    const refusal = { error: { code: 102 } }
    await expect(ana.as.auth.assignUserRole([ana.user], ['Admin'])).rejects.toMatchObject(refusal)
    await expect(ana.as.auth.revokeUserRole([ben.user], [Editor])).rejects.toMatchObject(refusal)
  })

  it('§4.14 the role Admin is flagged admin from the beginning', async () => {
    const admin = await newUser(demo, 'admin')
    await master.auth.assignUserRole([admin.user], ['Admin'])
    expect(await admin.as.auth.assignUserRole([ben.user], [unique('Any')])).toBe('OK')
    await master.auth.revokeUserRole([admin.user], ['Admin'])
    await expect(admin.as.auth.assignUserRole([ben.user], ['Any'])).rejects.toMatchObject({
      error: { code: 102 },
    })
  })

  it('§4.14 setDefaultRole and setAdminRole replace the flagged roles, and echo them', async () => {
    const root = await client(production, { key: production.master_key })
    const [Member, Boss] = [new root.Role(unique('Member')), new root.Role(unique('Boss'))]
    expect(await root.auth.setDefaultRole([Member])).toEqual([Member.name])
    const member = await newUser(production, 'member')
    expect(await root.auth.setDefaultRole([])).toEqual([])
    const later = await newUser(production, 'later')
    expect(await rolesOf(root, member.user, later.user)).toEqual([[Member.name], []])
    expect(await root.auth.setAdminRole([Boss, new root.Role('Admin')])).toEqual([Boss.name, 'Admin'])
    await root.auth.assignUserRole([member.user], [Boss])
    expect(await member.as.auth.assignUserRole([later.user], [Member])).toBe('OK')
    await root.auth.setAdminRole([new root.Role('Admin')])
    await expect(member.as.auth.revokeUserRole([later.user], [Member])).rejects.toMatchObject({
      error: { code: 102 },
    })
  })

  it('§2.3 outside development mode the flags are the master key’s: 102/403', async () => {
    expectFailure(await call(production, 'role:admin', { roles: ['Everybody'] }), 102)
    expectFailure(await call(production, 'role:default', { roles: ['Admin'] }), 102)
  })

  it.each(['role:assign', 'role:revoke'])('§4.14 %s names the list that is missing: 108', async (action) => {
    const as = { key: demo.master_key }
    expectFailure(await call(demo, action, { users: [] }, as), 108, { arguments: ['roles'] })
    expectFailure(await call(demo, action, { roles: [], users: null }, as), 108, { arguments: ['users'] })
  })

  it('§5.8.5 an access entry for a role lets its holders in from the next call on', async () => {
    const type = unique('note')
    const Note = ben.as.Record.extend(type)
    const access = [{ level: 'write', role: Editor.name }]
    await save(demo, [{ _id: `${type}/1`, text: 'from ana', _access: access }], { token: ana.token })
    const found = async () => (await all(ben.as, Note)).length
    expect(await found()).toBe(0)
    await master.auth.assignUserRole([ben.user], [Editor])
    expect(await found()).toBe(1)
    await ben.as.publicDB.save(new Note({ _id: `${type}/1`, text: 'from ben' }))
    await master.auth.revokeUserRole([ben.user], [Editor])
    expect(await found()).toBe(0)
  })
})
