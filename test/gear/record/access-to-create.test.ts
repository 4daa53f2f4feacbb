import { beforeAll, describe, expect, it } from 'vitest'
import { codesOf, OK, outcome, testApp, type TestApp, type TestUser } from '../../support/app.ts'
import { rolesOf } from '../auth/roles.ts'
import { recordsOf } from './records.ts'
import { schemasOf } from './schemas.ts'

describe('schema:access', () => {
  let app: TestApp
  let writer: TestUser
  let other: TestUser
  let as: Record<'writer' | 'other' | 'master', ReturnType<typeof recordsOf>>
  beforeAll(async () => {
    app = await testApp()
    writer = await app.guest()
    other = await app.guest()
    as = {
      writer: recordsOf(app, writer),
      other: recordsOf(app, other),
      master: recordsOf(app, { key: app.masterKey }),
    }
    await rolesOf(app).assign([writer], ['Writer'])
  })
  const creates = async (who: keyof typeof as, id: string, more = {}) =>
    codesOf(await as[who].save({ _id: id, n: 1 }, more))

  it('gives the creation of a type to holders of roles, in every database', async () => {
    const answer = await schemasOf(app).creators('note', 'Writer', 'Author')
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json['result']).toEqual({ type: 'note', create_roles: ['Writer', 'Author'] })
    expect(await creates('other', 'note/1'), 'before there is such a type').toEqual([102])
    expect(await creates('writer', 'note/1')).toEqual([null])
    expect(await creates('other', 'note/2')).toEqual([102])
    expect(await creates('other', 'note/2', { database_id: '_private' })).toEqual([102])
    expect(await creates('writer', 'note/3', { database_id: '_private' })).toEqual([null])
    expect(await creates('master', 'note/4')).toEqual([null])
    expect(await creates('other', 'page/1'), 'another type').toEqual([null])
  })

  it('says nothing of who may change a record that is there', async () => {
    await schemasOf(app).creators('shared', 'Writer')
    await creates('writer', 'shared/1')
    const answer = await as.other.save({ _id: 'shared/1', n: 2 })
    expect([outcome(answer), codesOf(answer)]).toEqual([OK, [null]])
  })

  it('[SEC] gives whoever may not create the same answer for an id that is taken elsewhere as for one that is not', async () => {
    await creates('writer', 'note/taken', { database_id: '_private' })
    const [taken, free] = [
      await as.other.save({ _id: 'note/taken', n: 1 }),
      await as.other.save({ _id: 'note/token', n: 1 }),
    ]
    expect(codesOf(taken)).toEqual([102])
    expect(taken.text.replace('note/taken', 'note/token')).toBe(free.text)
  })

  it('takes effect on the next call of an isolate that knew the type before, in one trip after that', async () => {
    expect(await creates('other', 'open/1')).toEqual([null])
    await schemasOf(app).creators('open', 'Writer')
    expect(await creates('other', 'open/2')).toEqual([102])
    expect(outcome(await as.other.save({ _id: 'open/3', n: 1 }))).toEqual(OK)
    await rolesOf(app).assign([other], ['Writer'])
    expect(await creates('other', 'open/3')).toEqual([null])
    await rolesOf(app).revoke([other], ['Writer'])
    const answer = await schemasOf(app).creators('open')
    expect(answer.json['result'], 'an empty list is left out').toEqual({ type: 'open' })
    expect(await creates('other', 'open/4')).toEqual([null])
  })

  it('takes a role from this type only', async () => {
    await schemasOf(app).creators('first', 'Writer')
    await schemasOf(app).creators('second', 'Writer')
    await schemasOf(app).creators('first', 'Author')
    expect(await creates('writer', 'first/1')).toEqual([102])
    expect(await creates('writer', 'second/1')).toEqual([null])
  })

  it.each([
    [{}, ['type']],
    [{ type: '_role' }, ['type']],
    [{ type: 'note', create_roles: [''] }, ['create_roles']],
  ])('refuses %j', async (body, args) => {
    const answer = await app.call('schema:access', body)
    expect(outcome(answer)).toEqual({ status: 400, trips: 0, code: 108, info: { arguments: args } })
  })

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    expect(outcome(await schemasOf(live, {}).creators('note'))).toMatchObject({ status: 403, code: 102 })
  })
})
