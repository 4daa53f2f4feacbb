import { beforeAll, describe, expect, it } from 'vitest'
import { keypath, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { idsOf, recordsOf } from '../record/records.ts'
import { crowdOf, relationsOf, usersIn, type Crowd } from './relations.ts'

let app: TestApp
let crowd: Crowd
const user = (i: number): TestUser => crowd.user(i)
const as = (i: number) => relationsOf(app, user(i))
const sorted = (...of: readonly number[]) => crowd.sorted(...of)
beforeAll(async () => {
  app = await testApp()
  crowd = await crowdOf(app, 8)
})

describe('relation:query', () => {
  beforeAll(async () => {
    await as(0).add('follow', user(1).id, user(2).id, user(3).id)
    await as(1).add('follow', user(0).id)
    await as(4).add('follow', user(0).id)
    await as(0).add('friend', user(5).id, user(6).id)
    await as(5).add('friend', user(0).id)
  })

  it('answers whom the caller follows, who follows the caller, and both', async () => {
    for (const name of ['follow', '_follow']) {
      const outward = await as(0).query(name, { direction: 'outward' })
      expect(outcome(outward)).toEqual(OK)
      expect(usersIn(outward)).toEqual(sorted(1, 2, 3))
      expect(outward.json['info']).toEqual({ count: 3 })
      const inward = await as(0).query(name, { direction: 'inward' })
      expect([usersIn(inward), inward.json['info']]).toEqual([sorted(1, 4), { count: 2 }])
      const mutual = await as(0).query(name, { direction: 'mutual' })
      expect([usersIn(mutual), mutual.json['info']]).toEqual([sorted(1), { count: 1 }])
    }
  })

  it('takes a friend for one once both say so', async () => {
    for (const more of [{}, { direction: '' }, { direction: 'mutual' }]) {
      expect(usersIn(await as(0).query('friend', more))).toEqual(sorted(5))
      expect(usersIn(await as(5).query('friend', more))).toEqual(sorted(0))
      expect(usersIn(await as(6).query('friend', more))).toEqual([])
    }
  })

  it('answers a page, and how many there are in all', async () => {
    const all = sorted(1, 2, 3)
    const pages: readonly [object, readonly string[]][] = [
      [{ limit: 2 }, all.slice(0, 2)],
      [{ limit: 2, page: 0 }, all.slice(0, 2)],
      [{ limit: 2, page: 1 }, all.slice(0, 2)],
      [{ limit: 2, page: 2 }, all.slice(2)],
      [{ limit: 2, offset: 1, page: 2 }, all.slice(1)],
      [{ limit: 0 }, all],
      [{ offset: 2 }, all.slice(2)],
      [{ offset: 9 }, []],
    ]
    for (const [page, expected] of pages) {
      const answer = await as(0).query('follow', { direction: 'outward', ...page })
      expect([usersIn(answer), answer.json['info']], JSON.stringify(page)).toEqual([expected, { count: 3 }])
    }
  })

  it('agrees with the predicate userRelation', async () => {
    for (const direction of ['outward', 'inward', 'mutual']) {
      const relation = { $type: 'relation', $name: '_follow', $direction: direction }
      const predicate = ['func', 'userRelation', keypath('_id'), relation]
      const found = await recordsOf(app, user(0)).query('user', {
        predicate,
        sort: [[keypath('_id'), 'asc']],
      })
      const queried = usersIn(await as(0).query('follow', { direction }))
      expect(idsOf(found)).toEqual(queried.map((id) => `user/${String(id)}`))
    }
  })

  it('ends with its users: whoever is gone is nobody’s friend', async () => {
    const gone = await app.guest()
    await as(7).add('follow', gone.id)
    await app.sql(`delete from ${app.table('user')} where _id = $1`, [gone.id])
    await app.sql(`delete from ${app.table('_core_user')} where id = $1`, [gone.id])
    expect((await as(7).query('follow', { direction: 'outward' })).json).toEqual({
      result: [],
      info: { count: 0 },
    })
  })
})
