import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { fail } from '../../../src/core/failure.ts'
import { gear } from '../../../src/core/gear.ts'
import { formatRecordId } from '../../../src/core/record/name.ts'
import { compile, inTenant } from '../../../src/core/sql.ts'
import { authOf, codesOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { idsOf, recordsOf } from './records.ts'

/** What the gear was told of, as `created note/1`. */
let told: string[] = []

/** A gear that refuses drafts called secret, keeps a journal of what is saved in the same transaction, and listens. */
const watching = gear({
  name: 'watching',
  actions: {},
  recordHooks: {
    before: ({ fields }) =>
      fields['title']?.column === 'secret' ? fail('PermissionDenied', 'is not to be said') : null,
    statements: (drafts, { tenant }) =>
      drafts
        .filter(({ type }) => type !== 'quiet')
        .map((draft) =>
          compile(tenant.schema, sql`insert into ${inTenant('_journal')} values (${formatRecordId(draft)})`),
        ),
    after(saved) {
      told.push(...saved.map(({ change, ...id }) => `${change} ${formatRecordId(id)}`))
    },
  },
})

describe('a gear that has to do with records', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  let other: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    const plain = await testApp()
    as = recordsOf(plain, await plain.guest())
    await as.save([{ _id: 'note/0' }, { _id: 'quiet/0' }])
    await as.save({ _id: 'note/0', title: 'a', n: 1 })
    await plain.sql(`create table ${plain.table('_journal')} (id text)`)
    await plain.sql(`create unique index on ${plain.table('_journal')} (id) where id like 'note/once%'`)
    app = plain.reopen({ gears: [watching] })
    as = recordsOf(app, await plain.guest())
    other = recordsOf(app, await plain.guest())
  })
  beforeEach(async () => {
    told = []
    await app.sql(`delete from ${app.table('_journal')}`)
  })
  const journal = async () =>
    (await app.sql(`select id from ${app.table('_journal')} order by id`)).map(({ id }) => id)

  it('sees what is created and what is modified, in the round trip that saves it', async () => {
    expect(outcome(await as.save([{ _id: 'note/1' }, { _id: 'note/2' }]))).toEqual(OK)
    expect(outcome(await as.save({ _id: 'note/1', title: 'b' }))).toEqual(OK)
    expect(outcome(await as.save({ _id: 'note/3' }))).toEqual(OK)
    expect(told).toEqual(['created note/1', 'created note/2', 'modified note/1', 'created note/3'])
  })

  it('sees a record once as created, however often a call has it', async () => {
    await as.save([{ _id: 'note/twice' }, { _id: 'note/twice', title: 'b' }])
    expect(told).toEqual(['created note/twice', 'modified note/twice'])
  })

  it('refuses a record before the database is asked, and it alone', async () => {
    const secret = { _id: 'note/secret', title: 'secret' }
    expect(outcome(await as.save(secret))).toEqual({ status: 200, trips: 0 })
    expect(codesOf(await as.save([secret, { _id: 'note/4' }]))).toEqual([102, null])
    expect(outcome(await as.save([secret, { _id: 'note/5' }], { atomic: true }))).toMatchObject({
      status: 400,
      trips: 0,
      code: 108,
    })
    expect(told).toEqual(['created note/4'])
    expect(
      idsOf(await as.query('note', { predicate: ['eq', 'secret', { $type: 'keypath', $val: 'title' }] })),
    ).toEqual([])
  })

  it('adds to the transaction, which is whole or not there', async () => {
    await as.save({ _id: 'note/closed', _access: [] })
    expect(outcome(await as.save([{ _id: 'note/once' }, { _id: 'note/6' }]))).toEqual(OK)
    expect(await journal()).toEqual(['note/6', 'note/closed', 'note/once'])
    told = []
    // What the gear adds is refused, and so is the call.
    for (const records of [[{ _id: 'note/7' }, { _id: 'note/once' }], [{ _id: 'note/once' }]])
      expect(outcome(await as.save(records))).toEqual({ status: 409, trips: 1, code: 109 })
    const atomic = await other.save([{ _id: 'note/7' }, { _id: 'note/closed' }], { atomic: true })
    expect(outcome(atomic)).toMatchObject({ status: 409, trips: 1, code: 115 })
    expect(await journal()).toEqual(['note/6', 'note/closed', 'note/once'])
    expect(codesOf(await as.fetch(['note/7']))).toEqual([110])
    expect(told).toEqual([])
  })

  it('adds nothing where it has nothing to add', async () => {
    expect(outcome(await as.save({ _id: 'quiet/1' }))).toEqual(OK)
    expect(await journal()).toEqual([])
    expect(told).toEqual(['created quiet/1'])
  })

  it('hears only of what is stored', async () => {
    await as.save({ _id: 'note/mine', _access: [] })
    told = []
    expect(codesOf(await other.save([{ _id: 'note/mine' }, { _id: 'note/theirs' }]))).toEqual([102, null])
    expect(told).toEqual(['created note/theirs'])
  })

  it('has to do with the profiles of those who sign up', async () => {
    const { user_id } = authOf(await app.call('auth:signup', { profile: { title: 'of Ana' } }))
    expect(told).toEqual([`created user/${user_id}`])
    expect(await journal()).toEqual([`user/${user_id}`])
    const refused = await app.call('auth:signup', { profile: { title: 'secret' } })
    expect(outcome(refused)).toEqual({ status: 403, trips: 0, code: 102 })
  })
})
