import type { Container, RecordClass, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { all, client, newUser, unique } from './client.ts'
import { call, errorItem, expectFailure, itemsOf, query, save } from './wire.ts'

const { demo } = inject('system')

let ana: Awaited<ReturnType<typeof newUser>>
let ben: Awaited<ReturnType<typeof newUser>>
let cleo: Awaited<ReturnType<typeof newUser>>
let nobody: Container
let master: Container
let Note: RecordClass

beforeAll(async () => {
  ana = await newUser(demo, 'ana')
  ben = await newUser(demo, 'ben')
  cleo = await newUser(demo, 'cleo')
  nobody = await client(demo)
  master = await client(demo, { key: demo.master_key })
  Note = ana.as.Record.extend(unique('note'))
  await ana.as.publicDB.save(new Note({ text: 'the first of its type' }))
})

const denied = { _type: 'error', name: 'PermissionDenied', code: 102 }

/** A record of Ana's, with the access that `share` gives it. */
function anasNote(share: (note: SkygearRecord) => void): Promise<SkygearRecord> {
  const note = new Note({ text: 'from ana' })
  share(note)
  return ana.as.publicDB.save(note)
}

const sees = async (as: Container, note: SkygearRecord): Promise<boolean> =>
  (await all(as, Note)).some(({ id }) => id === note.id)

/** Changes the note as another's hand would; the access stays as it is. */
const write = (as: Container, note: SkygearRecord, text: string) =>
  as.publicDB.save(new Note({ _id: note.id, text }))

const textOf = async (note: SkygearRecord) => (await ana.as.publicDB.getRecordByID(note.id))['text']

describe('access to a record', () => {
  it('§5.8.2 without access entries everybody reads, and whoever is logged in writes', async () => {
    const note = await anasNote(() => {})
    expect([await sees(ben.as, note), await sees(nobody, note)]).toEqual([true, true])
    await write(ben.as, note, 'from ben')
    expect(await textOf(note)).toBe('from ben')
  })

  it('§5.8.5 public read: all read, only the owner writes and deletes', async () => {
    const note = await anasNote((n) => n.setPublicReadOnly())
    expect([await sees(ben.as, note), await sees(nobody, note)]).toEqual([true, true])
    await expect(write(ben.as, note, 'from ben')).rejects.toMatchObject({ ...denied, _id: note.id })
    await expect(ben.as.publicDB.delete(note)).rejects.toMatchObject({ ...denied, _id: note.id })
    expect(await textOf(note)).toBe('from ana')
    await write(ana.as, note, 'again')
    expect(await textOf(note)).toBe('again')
  })

  it('§5.8.5 public write: whoever is logged in writes', async () => {
    const note = await anasNote((n) => n.setPublicReadWriteAccess())
    await write(ben.as, note, 'from ben')
    expect(await textOf(note)).toBe('from ben')
  })

  it('§5.8.6 no entry: the owner alone reads and writes', async () => {
    const note = await anasNote((n) => n.setPublicNoAccess())
    expect([await sees(ben.as, note), await sees(nobody, note)]).toEqual([false, false])
    await expect(ben.as.publicDB.getRecordByID(note.id)).rejects.toThrow('does not exist')
    await expect(write(ben.as, note, 'from ben')).rejects.toMatchObject(denied)
    await write(ana.as, note, 'mine')
    expect(await textOf(note)).toBe('mine')
  })

  it('§5.8.5 read for a user: this one reads, nobody else', async () => {
    const note = await anasNote((n) => {
      n.setPublicNoAccess()
      n.setReadOnlyForUser(ben.user)
    })
    const seen = [await sees(ben.as, note), await sees(cleo.as, note), await sees(nobody, note)]
    expect(seen).toEqual([true, false, false])
    await expect(write(ben.as, note, 'from ben')).rejects.toMatchObject(denied)
  })

  it('§5.8.5 write for a user: this one reads and writes, nobody else', async () => {
    const note = await anasNote((n) => {
      n.setPublicReadOnly()
      n.setReadWriteAccessForUser(ben.user)
    })
    await write(ben.as, note, 'from ben')
    expect(await textOf(note)).toBe('from ben')
    await expect(write(cleo.as, note, 'from cleo')).rejects.toMatchObject(denied)
    expect(await textOf(note)).toBe('from ben')
  })

  it('§5.8 an entry for a role is kept, and grants nothing to who does not hold the role', async () => {
    const editor = new ana.as.Role(unique('Editor'))
    const note = await anasNote((n) => {
      n.setPublicNoAccess()
      n.setReadWriteAccessForRole(editor)
    })
    expect(note.access.roles).toEqual({ [editor.name]: 'write' })
    expect([await sees(ben.as, note), await sees(nobody, note)]).toEqual([false, false])
    await expect(write(ben.as, note, 'from ben')).rejects.toMatchObject(denied)
  })

  it('§5.4.5e an array of entries replaces the access, and none keeps it', async () => {
    const note = await anasNote((n) => n.setPublicNoAccess())
    await write(ana.as, note, 'still mine')
    expect(await sees(ben.as, note)).toBe(false)
    note.setPublicReadOnly()
    await ana.as.publicDB.save(note)
    expect(await sees(ben.as, note)).toBe(true)
  })

  it('§5.8.1 the master key reads, writes and deletes everything', async () => {
    const note = await anasNote((n) => n.setPublicNoAccess())
    expect(await sees(master, note)).toBe(true)
    await write(master, note, 'from the master')
    expect(await textOf(note)).toBe('from the master')
    await master.publicDB.delete(note)
    expect(await sees(ana.as, note)).toBe(false)
  })

  it('§5.8 access is stored and echoed as sent, absent parts left out', async () => {
    const entries = [
      { level: 'read', public: true },
      { level: 'write', user_id: ben.user._id },
      { level: 'read', role: 'Editor' },
      { level: 'read', relation: 'friend' },
    ]
    const record = { _id: `${unique('note')}/1`, _access: entries }
    const [saved] = itemsOf(await save(demo, [record], { token: ana.token }))
    expect(saved?.['_access']).toEqual(entries)
  })

  it.each<[string, unknown]>([
    ['no array', { public: true, level: 'read' }],
    ['an entry without a level', [{ public: true }]],
    ['an entry of another level', [{ public: true, level: 'admin' }]],
    ['an entry for nobody', [{ level: 'read' }]],
  ])('§5.8 refuses access that is %s with an item error 108', async (_, access) => {
    const record = { _id: `${Note.recordType}/refused`, _access: access }
    const item = errorItem(108, undefined, { arguments: ['_access'] })
    expect(itemsOf(await save(demo, [record], { token: ana.token }))).toEqual([item])
  })
})

describe('what nobody may learn', () => {
  it('§5.5 [SEC] fetching an unreadable record answers 110, as for one that is not there', async () => {
    const note = await anasNote((n) => n.setPublicNoAccess())
    const missing = `${Note.recordType}/${'0'.repeat(36)}`
    const fetch = (ids: readonly string[], token: string) => call(demo, 'record:fetch', { ids }, { token })
    const theirs = await fetch([note.id, missing], ben.token)
    const [unreadable, absent] = itemsOf(theirs)
    expect(absent).toEqual(errorItem(110, missing))
    expect({ ...unreadable, _id: missing }).toEqual(absent)
    const [mine] = itemsOf(await fetch([note.id], ana.token))
    expect(mine).toMatchObject({ _id: note.id, text: 'from ana' })
  })

  it('§5.9 an anonymous caller does not see username and email of users; who is logged in does', async () => {
    const predicate = ['eq', { $type: 'keypath', $val: '_id' }, ana.user._id]
    const asked = { predicate, limit: 1 }
    const seen = async (as: { token?: string }) =>
      itemsOf(await query(demo, 'user', as, asked))[0]?.['username']
    expect(await seen({ token: ben.token })).toBe(ana.username)
    expect(await seen({})).toBeUndefined()
  })
})

describe('user records', () => {
  it('§5.4 [SEC] another user’s profile is not writable, one’s own is', async () => {
    const profile = { _id: ana.user.id, motto: unique('motto') }
    const [refused] = itemsOf(await save(demo, [profile], { token: ben.token }))
    expect(refused).toEqual(errorItem(102, ana.user.id))
    const [saved] = itemsOf(await save(demo, [profile], { token: ana.token }))
    expect(saved).toMatchObject(profile)
  })

  it('§5.11 a user record cannot be deleted, not even with the master key: 102', async () => {
    await expect(ana.as.publicDB.delete(ana.user)).rejects.toMatchObject(denied)
    await expect(master.publicDB.delete(ana.user)).rejects.toMatchObject(denied)
    expect((await ana.as.auth.whoami()).id).toBe(ana.user.id)
  })
})

describe('database_id', () => {
  it('§2.5 names one’s own private database, and another’s only for the master key', async () => {
    const type = unique('diary')
    const record = { _id: `${type}/1`, text: 'secret' }
    await save(demo, [record], { token: ana.token }, { database_id: '_private' })
    const byID = { database_id: ana.user._id }
    expect(itemsOf(await query(demo, type, { token: ana.token }, byID))).toMatchObject([record])
    expect(itemsOf(await query(demo, type, { key: demo.master_key }, byID))).toMatchObject([record])
    expectFailure(await query(demo, type, { token: ben.token }, byID), 102)
    expectFailure(await query(demo, type, {}, byID), 102)
  })

  it('§2.5 _private needs a user: 101/401', async () => {
    expectFailure(await query(demo, Note.recordType, {}, { database_id: '_private' }), 101)
  })

  it('§2.5 _union is for the master key, spans all databases, and is read-only: 111/501', async () => {
    const type = unique('both')
    await save(demo, [{ _id: `${type}/public` }], { token: ana.token })
    await save(demo, [{ _id: `${type}/private` }], { token: ana.token }, { database_id: '_private' })
    const union = { database_id: '_union' }
    expectFailure(await query(demo, type, { token: ana.token }, union), 101)
    const records = itemsOf(await query(demo, type, { key: demo.master_key }, union))
    expect(records).toHaveLength(2)
    expect(new Set(records.map(({ _id }) => _id))).toEqual(new Set([`${type}/private`, `${type}/public`]))
    expectFailure(await save(demo, [{ _id: `${type}/x` }], { key: demo.master_key }, union), 111)
  })

  it('§2.5 refuses other names that begin with _ with 108', async () => {
    const answer = await query(demo, Note.recordType, {}, { database_id: '_other' })
    expectFailure(answer, 108, { arguments: ['database_id'] })
  })
})
