import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'
import { oauthOf } from '../auth/oauth-app.ts'
import { firstOf, recordsOf } from './records.ts'
import { schemasOf } from './schemas.ts'

const READ = [{ level: 'read', public: true }]

describe('schema:default_access', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  let master: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
    master = recordsOf(app, { key: app.masterKey })
  })
  const access = async (record: object, who = as) =>
    firstOf(await who.save({ _id: `note/${crypto.randomUUID()}`, ...record }))['_access']

  it('is the access of new records that come without one, and of no others', async () => {
    const answer = await schemasOf(app).byDefault('note', READ)
    expect(outcome(answer)).toEqual(OK)
    expect(answer.json['result']).toEqual({ type: 'note', default_access: READ })
    expect(await access({}), 'the first of its type').toEqual(READ)
    expect(await access({ _access: null })).toEqual(READ)
    expect(await access({ _access: [] })).toEqual([])
    expect(await access({}, master)).toEqual(READ)
  })

  it('[SEC] never overwrites the access of a record that is there', async () => {
    const own = [{ level: 'write', role: 'Editor' }]
    await schemasOf(app).byDefault('note', null)
    await as.save([
      { _id: 'note/list', _access: own },
      { _id: 'note/none', n: 1 },
    ])
    await schemasOf(app).byDefault('note', READ)
    for (const more of [{}, { _access: null }]) {
      expect(firstOf(await as.save({ _id: 'note/list', n: 2, ...more }))['_access']).toEqual(own)
      expect(firstOf(await as.save({ _id: 'note/none', n: 2, ...more }))['_access']).toBeNull()
    }
  })

  it('takes effect on the next call of an isolate that knew the type before', async () => {
    await schemasOf(app).byDefault('note', [{ level: 'read', role: "it's" }])
    expect(await access({})).toEqual([{ level: 'read', role: "it's" }])
    const answer = await schemasOf(app).byDefault('note', undefined)
    expect(answer.json['result']).toEqual({ type: 'note' })
    expect(await access({})).toBeNull()
  })

  it('is the owner alone where the list is empty', async () => {
    expect((await schemasOf(app).byDefault('note', [])).json['result']).toEqual({ type: 'note' })
    expect(await access({})).toEqual([])
  })

  it.each([
    [{}, ['type']],
    [{ type: '_x' }, ['type']],
    [{ type: 'note', default_access: [{ public: true }] }, ['default_access']],
    [{ type: 'note', default_access: {} }, ['default_access']],
  ])('refuses %j', async (body, args) => {
    const answer = await app.call('schema:default_access', body)
    expect(outcome(answer)).toEqual({ status: 400, trips: 0, code: 108, info: { arguments: args } })
  })

  it('is the access of the profiles of those who sign up, in one round trip', async () => {
    const own = await testApp()
    await own.guest()
    await schemasOf(own).byDefault('user', READ)
    const signUp = () => own.call('auth:signup', { profile: { nick: 'ana' } })
    await signUp()
    const answer = await signUp()
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer).profile).toMatchObject({ nick: 'ana', _access: READ })
    const account = await oauthOf(own).signup({ principal_id: 'first' })
    expect(authOf(account).profile['_access']).toEqual(READ)
    await schemasOf(own).byDefault('user', null)
    expect(authOf(await signUp()).profile['_access']).toBeNull()
  })

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    expect(outcome(await schemasOf(live, {}).byDefault('note', READ))).toMatchObject({
      status: 403,
      code: 102,
    })
  })
})
