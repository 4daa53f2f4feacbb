import type { Container, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { client, newUser, unique } from './client.ts'
import { call, expectFailure } from './wire.ts'

declare module 'skygear' {
  interface RelationClass {
    new (targets: readonly SkygearRecord[]): Relation
  }
  interface Relation {
    readonly targetsID: readonly string[]
  }
  interface RelationQuery {
    limit: number
    page: number
  }
  type Users = readonly SkygearRecord[] & { readonly overallCount: number }
  interface RelationAnswer<T> {
    readonly success: readonly T[]
    readonly fails: readonly { readonly id: string; readonly data: { readonly code: number } }[]
    readonly partialError: boolean
  }
  interface RelationContainer {
    readonly Query: new (relation: RelationClass) => RelationQuery
    query(query: RelationQuery): Promise<Users>
    queryFriend(): Promise<Users>
    queryFollower(): Promise<Users>
    queryFollowing(): Promise<Users>
    add(relation: Relation): Promise<RelationAnswer<SkygearRecord>>
    remove(relation: Relation): Promise<RelationAnswer<string>>
  }
  interface Container {
    readonly relation: RelationContainer
    readonly UserRecord: RecordClass
  }
}

const { demo } = inject('system')
type Someone = Awaited<ReturnType<typeof newUser>>

let ana: Someone
let ben: Someone
let cleo: Someone
let dan: Someone
beforeAll(async () => {
  ana = await newUser(demo, 'ana')
  ben = await newUser(demo, 'ben')
  cleo = await newUser(demo, 'cleo')
  dan = await newUser(demo, 'dan')
})

const follow = ({ as }: Someone, ...users: readonly Someone[]) =>
  as.relation.add(new as.Following(users.map(({ user }) => user)))
const befriend = ({ as }: Someone, ...users: readonly Someone[]) =>
  as.relation.add(new as.Friend(users.map(({ user }) => user)))
const names = (users: readonly SkygearRecord[]) =>
  users.map(({ username }) => String(username).split('_')[0] ?? '').toSorted()
const nobody = (as: Container): SkygearRecord => new as.UserRecord({ _id: `user/${unique('nobody')}` })

describe('relations', () => {
  it('§13.4 following: who follows, and who is followed', async () => {
    const added = await follow(ana, ben, cleo)
    expect([names(added.success), added.fails, added.partialError]).toEqual([['ben', 'cleo'], [], false])
    await follow(dan, ana)
    expect(names(await ana.as.relation.queryFollowing())).toEqual(['ben', 'cleo'])
    expect(names(await ana.as.relation.queryFollower())).toEqual(['dan'])
    expect(names(await ben.as.relation.queryFollower())).toEqual(['ana'])
    expect((await ana.as.relation.queryFollowing()).overallCount).toBe(2)
  })

  it('§11 adding somebody twice is adding them once', async () => {
    await follow(ana, ben)
    expect((await ana.as.relation.queryFollowing()).overallCount).toBe(2)
  })

  it('§11 friends are mutual: both have said so', async () => {
    await befriend(ana, ben)
    expect(names(await ana.as.relation.queryFriend())).toEqual([])
    await befriend(ben, ana)
    expect(names(await ana.as.relation.queryFriend())).toEqual(['ben'])
    expect(names(await ben.as.relation.queryFriend())).toEqual(['ana'])
  })

  it('§13.4 a query of the SDK has a limit and a page, and answers how many there are', async () => {
    const seen: SkygearRecord[] = []
    for (const page of [1, 2, 3]) {
      const query = new ana.as.relation.Query(ana.as.Following)
      query.limit = 1
      query.page = page
      const users = await ana.as.relation.query(query)
      expect([users.length, users.overallCount]).toEqual([page < 3 ? 1 : 0, 2])
      seen.push(...users)
    }
    expect(names(seen)).toEqual(['ben', 'cleo'])
  })

  it('§11 who is not there is an item of their own: 10000', async () => {
    const { as } = ana
    const added = await as.relation.add(new as.Following([nobody(as), dan.user]))
    expect(names(added.success)).toEqual(['dan'])
    expect(added.partialError).toBe(true)
    expect(added.fails).toMatchObject([{ type: 'error', data: { name: 'UnexpectedError', code: 10000 } }])
  })

  it('§11 removing ends one side, and [Q] what is not related is an item with an error', async () => {
    const { as } = ana
    const removed = await as.relation.remove(new as.Following([dan.user, cleo.user, nobody(as)]))
    expect([...removed.success].toSorted()).toEqual([dan.user._id, cleo.user._id].toSorted())
    expect(removed.fails).toMatchObject([{ type: 'error', data: { code: 110 } }])
    expect(names(await as.relation.queryFollowing())).toEqual(['ben'])
    expect(names(await as.relation.queryFollower()), 'what others began stays').toEqual(['dan'])
    await as.relation.remove(new as.Friend([ben.user]))
    expect(names(await ben.as.relation.queryFriend())).toEqual([])
  })

  it('§5.7 a query finds what they own whom the caller follows', async () => {
    const Note = ana.as.Record.extend(unique('note'))
    await ben.as.publicDB.save(new Note({ by: 'ben' }))
    await cleo.as.publicDB.save(new Note({ by: 'cleo' }))
    const found = async (as: Container) =>
      (await as.publicDB.query(new as.Query(Note).havingRelation('_owner', as.Following))).map(({ by }) => by)
    expect(await found(ana.as)).toEqual(['ben'])
    expect(await found(dan.as)).toEqual([])
  })

  it('§11 a relation that there is not is 111/501, and another direction 108/400', async () => {
    const as = { token: ana.token }
    expectFailure(await call(demo, 'relation:query', { name: 'enemy' }, as), 111)
    expectFailure(await call(demo, 'relation:query', { name: 'friend', direction: 'both' }, as), 108, {
      arguments: ['direction'],
    })
  })

  it('§11 [Q] without a login: 101/401', async () => {
    const { relation } = await client(demo)
    await expect(relation.queryFriend()).rejects.toMatchObject({ status: 401, error: { code: 101 } })
  })
})
