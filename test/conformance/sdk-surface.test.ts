import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, RecordClass, Role, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { client, newUser, unique } from './client.ts'

declare module 'skygear' {
  interface SkygearRecord {
    readonly attributeKeys: readonly string[]
    readonly metaKeys: readonly string[]
    toJSON(): { readonly [key: string]: unknown }
    toTruncatedJSON(): { readonly [key: string]: unknown }
    update(attributes: { readonly [key: string]: unknown }): void
  }
  interface RecordStatics {
    validType(type: string): boolean
    parseID(id: string): readonly [string, string]
    fromJSON(json: object): SkygearRecord
  }
  interface RoleClass {
    isValidName(name: string): boolean
    define(name: string): Role
    union(roles: readonly Role[], role: Role): readonly Role[]
    subtract(roles: readonly Role[], role: Role): readonly Role[]
    contain(roles: readonly Role[], role: Role): boolean
  }
  interface Database {
    cacheResponse: boolean
    readonly cacheStore?: object
    query(query: Query, cached: (result: QueryResult, isCached: boolean) => void): Promise<QueryResult>
    del(record: SkygearRecord): Promise<void>
  }
}

const { demo } = inject('system')

let ana: Awaited<ReturnType<typeof newUser>>
let as: Container
let Note: RecordClass
beforeAll(async () => {
  ana = await newUser(demo, 'ana')
  as = ana.as
  Note = as.Record.extend(unique('note'))
})
const statics = () => as.Record as unknown as import('skygear').RecordStatics
const roleClass = () => as.Role as unknown as import('skygear').RoleClass

describe('the classes of the SDK', () => {
  /**
   * What stands before a member where it is the class's own, as a pattern: of the class itself and of what it makes.
   * Other things have members of the same names (`not` of `expect`, `update` of a hash). Records pass what is asked of
   * their access on to their ACL, by the same names.
   */
  const RECEIVERS: Readonly<Record<string, readonly [ofClass: string, ofInstance: string]>> = {
    Query: [String.raw`\bQuery`, String.raw`(?:\bq|[qQ]uery|\))`],
    Record: [String.raw`(?:\bRecord|\bstatics\(\))`, String.raw`\w(?<!\bhash)`],
    Database: [String.raw`\b(?:publicDB|privateDB)`, String.raw`\b(?:publicDB|privateDB)`],
    ACL: [String.raw`\bACL`, String.raw`\w`],
    Role: [String.raw`\bRoles?`, String.raw`\brole`],
    // Friends and the like are the relation's own, which the container passes on.
    Auth: [String.raw`\bauth`, String.raw`(?:\bauth|\))`],
    Relation: [String.raw`\brelation`, String.raw`(?:\brelation|\bas(?=\.F))`],
  }
  /** What the old SSO plugin answered, in a browser: not there yet (README). */
  const SOCIAL_LOGIN = /OAuth|^(?:oauth|iframe)Handler$|RedirectResult$/
  const escaped = (text: string) => text.replaceAll('$', String.raw`\$`)
  const membersOf = (of: object): readonly string[] =>
    Object.getOwnPropertyNames(of).filter(
      (name) =>
        !/^_|^(constructor|length|name|prototype|arguments|caller)$/.test(name) && !SOCIAL_LOGIN.test(name),
    )

  it.each(['Query', 'Record', 'Database', 'ACL', 'Role', 'Relation', 'Auth'] as const)(
    '§13 every member of %s is used in this suite',
    (name) => {
      const { constructor: publicDatabase } = as.publicDB
      const classes: Readonly<Record<string, readonly object[]>> = {
        Query: [as.Query],
        Record: [as.Record],
        Database: [publicDatabase, Object.getPrototypeOf(publicDatabase) as object],
        ACL: [as.ACL],
        Role: [as.Role],
        Relation: [as.relation.constructor],
        Auth: [as.auth.constructor],
      }
      const suite = readdirSync(import.meta.dirname)
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
        .join('\n')
      const [ofClass = '', ofInstance = ''] = RECEIVERS[name] ?? []
      const isUsed = (receiver: string, member: string) =>
        new RegExp(
          String.raw`${receiver}\s*(?:\.${escaped(member)}(?!\w)|(?:\?\.)?\['${escaped(member)}'\])`,
        ).test(suite)
      const members = (classes[name] ?? []).flatMap((one) => [
        ...membersOf(one).map((member) => [ofClass, member] as const),
        ...membersOf((one as { readonly prototype: object }).prototype).map(
          (member) => [ofInstance, member] as const,
        ),
      ])
      expect(members.length).toBeGreaterThan(4)
      expect(members.filter(([receiver, member]) => !isUsed(receiver, member))).toEqual([])
    },
  )
})

describe('a record of the SDK that came from the server', () => {
  let saved: SkygearRecord
  beforeAll(async () => {
    saved = await as.publicDB.save(new Note({ title: 'Emma', at: new Date('2026-01-02T03:04:05Z') }))
  })

  it('§5.1 has its attributes, who made it, and an id in two parts', () => {
    expect([...saved.attributeKeys].toSorted()).toEqual(['at', 'title'])
    expect(saved.metaKeys).toEqual(expect.arrayContaining(['createdAt', 'updatedAt', 'ownerID']))
    expect(statics().parseID(saved.id)).toEqual([Note.recordType, saved._id])
    expect(statics().validType(saved.recordType)).toBe(true)
    expect(statics().validType('_reserved')).toBe(false)
  })

  it('§5.1 goes into JSON and out of it', async () => {
    const at = { $type: 'date', $date: '2026-01-02T03:04:05.000Z' }
    // The SDK takes null for its own default, public reading, and sends that with the next save.
    const _access = [{ level: 'read', public: true }]
    expect(saved.toTruncatedJSON()).toEqual({ _id: saved.id, _access, title: 'Emma', at })
    expect(saved.toJSON()).toMatchObject({ _id: saved.id, title: 'Emma', _ownerID: ana.user._id })
    const copy = statics().fromJSON(saved.toJSON())
    expect([copy.id, copy['title'], copy.ownerID]).toEqual([saved.id, 'Emma', ana.user._id])
    copy['title'] = 'Persuasion'
    await as.publicDB.save(copy)
    expect((await as.publicDB.getRecordByID(saved.id))['title']).toBe('Persuasion')
  })

  it('§5.7 is found by the predicate that the SDK made', async () => {
    const query = new as.Query(Note).equalTo('title', 'Persuasion')
    expect((query as { readonly predicate?: unknown }).predicate).toEqual([
      'eq',
      { $type: 'keypath', $val: 'title' },
      'Persuasion',
    ])
    expect((await as.publicDB.query(query)).map(({ id }) => id)).toEqual([saved.id])
  })

  it('§5.11 del is delete', async () => {
    const note = await as.publicDB.save(new Note({ title: 'gone' }))
    await as.publicDB.del(note)
    await expect(as.publicDB.getRecordByID(note.id)).rejects.toThrow('does not exist')
  })
})

describe('roles of the SDK', () => {
  it('§4.14 are sets that the server keeps', async () => {
    const master = await client(demo, { key: demo.master_key })
    const Roles = roleClass()
    const [editor, author] = [Roles.define(unique('Editor')), Roles.define(unique('Author'))]
    expect(Roles.isValidName(editor.name)).toBe(true)
    const both = Roles.union(Roles.union([editor], author), editor)
    expect(both.map(({ name }) => name)).toEqual([editor.name, author.name])
    await master.auth.assignUserRole([ana.user], both)
    const held = async (): Promise<readonly Role[]> =>
      (await as.auth.fetchUserRole([ana.user]))[ana.user._id] ?? []
    expect([Roles.contain(await held(), editor), Roles.contain(await held(), author)]).toEqual([true, true])
    await master.auth.revokeUserRole([ana.user], Roles.subtract(both, author))
    expect([Roles.contain(await held(), editor), Roles.contain(await held(), author)]).toEqual([false, true])
  })
})

describe('answers that the SDK keeps', () => {
  it('§13.3 [SDK] a query may be answered from before, and then by the server', async () => {
    const Kept = as.Record.extend(unique('kept'))
    await as.publicDB.save(new Kept({ n: 1 }))
    as.publicDB.cacheResponse = true
    await as.publicDB.query(new as.Query(Kept))
    await as.publicDB.save(new Kept({ n: 2 }))
    const before = await new Promise<readonly unknown[]>((resolve, reject) => {
      as.publicDB
        .query(new as.Query(Kept), (records, isCached) => resolve([isCached, records.map(({ n }) => n)]))
        .catch(reject)
    })
    expect(before).toEqual([true, [1]])
    expect((await as.publicDB.query(new as.Query(Kept))).map(({ n }) => n)).toEqual([1, 2])
    expect(as.publicDB.cacheStore).toBeDefined()
  })

  it('§5.8 access goes into JSON and out of it', async () => {
    const note = new Note({ title: 'closed' })
    note.setPublicNoAccess()
    note.setReadOnlyForUser(ana.user)
    const { access } = await as.publicDB.save(note)
    const ACL = as.ACL as unknown as { fromJSON(json: readonly object[]): typeof access }
    expect(ACL.fromJSON(access.toJSON()).toJSON()).toEqual([{ user_id: ana.user._id, level: 'read' }])
  })
})
