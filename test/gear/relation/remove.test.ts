import { beforeAll, describe, expect, it } from 'vitest'
import { itemsOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { crowdOf, relationsOf, usersIn, type Crowd } from './relations.ts'

let app: TestApp
let crowd: Crowd
const user = (i: number): TestUser => crowd.user(i)
const as = (i: number) => relationsOf(app, user(i))
const sorted = (...of: readonly number[]) => crowd.sorted(...of)
beforeAll(async () => {
  app = await testApp()
  crowd = await crowdOf(app, 3)
})

describe('relation:remove', () => {
  it('ends what the caller began, and nothing else', async () => {
    await as(0).add('friend', user(1).id)
    await as(1).add('friend', user(0).id)
    const answer = await as(0).remove('friend', user(1).id, user(2).id)
    expect(outcome(answer)).toEqual(OK)
    expect(itemsOf(answer)).toEqual([
      { id: user(1).id },
      {
        id: user(2).id,
        type: 'error',
        data: { name: 'ResourceNotFound', code: 110, message: 'not related' },
      },
    ])
    expect(usersIn(await as(0).query('friend', { direction: 'inward' }))).toEqual(sorted(1))
    expect(usersIn(await as(0).query('friend'))).toEqual([])
  })
})
