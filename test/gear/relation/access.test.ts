import { beforeAll, describe, expect, it } from 'vitest'
import { itemsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { recordsOf } from '../record/records.ts'
import { rule, schemasOf } from '../record/schemas.ts'
import { crowdOf, relationsOf, usersIn, type Crowd } from './relations.ts'

let app: TestApp
let crowd: Crowd
const user = (i: number): TestUser => crowd.user(i)
const as = (i: number) => relationsOf(app, user(i))
beforeAll(async () => {
  app = await testApp()
  crowd = await crowdOf(app, 7)
})

describe('what is asked of a relation', () => {
  const actions = ['relation:query', 'relation:add', 'relation:remove'] as const
  it.each(actions)('%s is for who is logged in: 101', async (action) => {
    expect(outcome(await app.call(action, { name: 'friend' }))).toEqual({ status: 401, trips: 0, code: 101 })
  })

  it.each(actions)('%s knows friend and follow: 111, and without a name 108', async (action) => {
    for (const name of ['enemy', '', 'friend ', '__friend', 'constructor'])
      expect(outcome(await app.call(action, { name }, user(0)))).toEqual({ status: 501, trips: 0, code: 111 })
    expect(outcome(await app.call(action, {}, user(0)))).toEqual({
      status: 400,
      trips: 0,
      code: 108,
      info: { arguments: ['name'] },
    })
  })

  it('refuses another direction: 108; and what is of another type', async () => {
    const refusal = { status: 400, trips: 0, code: 108, info: { arguments: ['direction'] } }
    for (const direction of ['both', 'Outward', 'outward; drop table _friend'])
      expect(outcome(await as(0).query('friend', { direction }))).toEqual(refusal)
    for (const more of [{ direction: 1 }, { limit: '1' }, { offset: {} }])
      expect(outcome(await as(0).query('friend', more))).toMatchObject({ status: 400, code: 107 })
    for (const more of [{ limit: -1 }, { offset: 1.5 }, { limit: 2 ** 52, page: 2 ** 52 }])
      expect(outcome(await as(0).query('friend', more))).toMatchObject({ status: 400, code: 108 })
    for (const targets of [['\u0000'], Array.from({ length: 1001 }, () => 'x')])
      expect(outcome(await as(0).add('friend', ...targets))).toMatchObject({ status: 400, code: 108 })
  })

  it('goes with the record gear: a plan that has it has relations, and one without has none', async () => {
    for (const [gears, code] of [
      [{ record: 'live' }, undefined],
      [{ record: 'off' }, 102],
    ] as const) {
      const { call } = await testApp({ document: { gears } })
      const signedUp = await call('auth:signup')
      const { access_token: token } = signedUp.json['result'] as { access_token: string }
      const answer = await call('relation:query', { name: 'friend' }, { token })
      expect(outcome(answer)).toMatchObject({ status: code ? 403 : 200, ...(code && { code }) })
    }
  })
})

describe('a user whose record the caller may not read', () => {
  let hidden: TestUser
  beforeAll(async () => {
    hidden = await app.guest()
    await recordsOf(app, hidden).save({ _id: `user/${hidden.id}`, _access: [] })
  })

  it('cannot be told from nobody by adding them', async () => {
    const [one, none] = [await as(1).add('follow', hidden.id), await as(1).add('follow', 'nobody')]
    expect(one.text.replaceAll(hidden.id, 'nobody')).toBe(none.text)
    expect(await app.sql(`select from ${app.table('_follow')} where right_id = $1`, [hidden.id])).toEqual([])
  })

  it('is neither listed nor counted', async () => {
    await relationsOf(app, hidden).add('follow', user(2).id)
    const followers = await as(2).query('follow', { direction: 'inward' })
    expect(usersIn(followers)).not.toContain(hidden.id)
    expect(followers.json['info']).toEqual({ count: usersIn(followers).length })
    expect(followers.text).not.toContain(hidden.id)
  })

  it('is shown to the master key', async () => {
    const asked = { name: 'follow', direction: 'inward', _user_id: user(2).id }
    expect(usersIn(await app.call('relation:query', asked, { key: app.masterKey }))).toContain(hidden.id)
  })
})

describe('fields of a user’s record that the caller may not read', () => {
  it('are left out of what relations answer', async () => {
    const { id, token } = await app.guest()
    await recordsOf(app, { token }).save({ _id: `user/${id}`, nick: 'zoe', diary: 'a secret', pay: 7 })
    await app.sql(`insert into ${app.table('_role')} (id) values ('Boss')`)
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Boss')`, [user(6).id])
    await schemasOf(app).setRules([
      rule('user.diary', '_owner', 'wrcd'),
      rule('user.pay', '_role:Boss', 'wrcd'),
    ])
    for (const [i, seen] of [
      [5, { nick: 'zoe' }],
      [6, { nick: 'zoe', pay: 7 }],
    ] as const) {
      const added = await as(i).add('follow', id)
      const queried = await as(i).query('follow', { direction: 'outward' })
      for (const answer of [added, queried]) {
        expect(outcome(answer)).toEqual(OK)
        expect(answer.text).not.toContain('a secret')
        expect(itemsOf(answer).find((item) => item['id'] === id)?.['data']).toMatchObject(seen)
        expect(answer.text.includes('"pay"')).toBe('pay' in seen)
      }
    }
  })
})
