import { beforeAll, describe, expect, it } from 'vitest'
import { itemsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { crowdOf, relationsOf, usersIn, type Crowd } from './relations.ts'

let app: TestApp
let crowd: Crowd
const user = (i: number): TestUser => crowd.user(i)
const as = (i: number) => relationsOf(app, user(i))
beforeAll(async () => {
  app = await testApp()
  crowd = await crowdOf(app, 12)
})

describe('relation:add', () => {
  it('answers each user with their record, in one round trip, and again the second time', async () => {
    for (let time = 0; time < 2; time++) {
      const answer = await as(0).add('follow', user(2).id, user(1).id, user(2).id)
      expect(outcome(answer)).toEqual(OK)
      expect(usersIn(answer)).toEqual([user(2).id, user(1).id, user(2).id])
      expect(itemsOf(answer)[0]).toMatchObject({
        id: user(2).id,
        type: 'user',
        data: { _id: `user/${user(2).id}`, _type: 'record', _access: null, _ownerID: user(2).id },
      })
    }
    expect(await app.sql(`select count(*)::int as n from ${app.table('_follow')}`)).toEqual([{ n: 2 }])
  })

  it('refuses a user that there is not on their own: 10000', async () => {
    const answer = await as(0).add('_follow', 'nobody', user(3).id)
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer)[0]).toEqual({
      id: 'nobody',
      type: 'error',
      data: { name: 'UnexpectedError', code: 10000, message: 'no such user' },
    })
    expect(usersIn(answer)).toEqual([['nobody', 10000], user(3).id])
  })

  it('takes nobody for no work', async () => {
    expect((await as(0).add('follow')).json).toEqual({ result: [] })
    expect((await app.call('relation:add', { name: 'follow' }, user(0))).json).toEqual({ result: [] })
  })

  it('of everybody at once, by everybody at once, is done for all', async () => {
    const all = crowd.users.map(({ id }) => id)
    const answers = await Promise.all(
      crowd.users.map((_, i) => as(i).add('friend', ...(i % 2 ? all : all.toReversed()))),
    )
    expect(answers.map(({ status }) => status)).toEqual(crowd.users.map(() => 200))
    expect((await as(4).query('friend')).json['info']).toEqual({ count: 12 })
    await app.sql(`delete from ${app.table('_friend')}`)
  })

  it('is for the master key in a user’s place', async () => {
    const inPlace = { name: 'follow', targets: [user(1).id], _user_id: user(8).id }
    expect(usersIn(await app.call('relation:add', inPlace, { key: app.masterKey }))).toEqual([user(1).id])
    expect(usersIn(await as(8).query('follow', { direction: 'outward' }))).toEqual([user(1).id])
    await as(8).remove('follow', user(1).id)
  })
})
