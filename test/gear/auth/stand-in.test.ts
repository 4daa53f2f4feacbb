import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type TestApp } from '../../support/app.ts'

/** The user record is made by a transaction of its own, and read. */
const MADE = { status: 200, trips: 3 }

describe('the master key in a user’s place', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const me = (body: object = {}) => app.call('me', body, { key: app.masterKey })

  it('is _god where it names nobody, who is there from then on', async () => {
    const answer = await me()
    expect(outcome(answer)).toEqual(MADE)
    expect(authOf(answer)).toMatchObject({ user_id: '_god', profile: { _id: 'user/_god', _ownerID: '_god' } })
    expect(outcome(await app.call('me', {}, { token: authOf(answer).access_token }))).toEqual(OK)
    expect(outcome(await me())).toEqual(OK)
  })

  it('makes the user whom it names where there is none', async () => {
    const answer = await me({ _user_id: 'imported-1' })
    expect(outcome(answer)).toEqual(MADE)
    const { user_id, access_token: token, roles } = authOf(answer)
    expect([user_id, roles]).toEqual(['imported-1', undefined])
    expect((await app.call('record:save', { records: [{ _id: 'note/1' }] }, { token })).status).toBe(200)
  })

  it('changes nothing of a user who is there', async () => {
    const ana = await app.signUp('ana')
    const { profile } = authOf(await me({ _user_id: ana.id }))
    expect(profile).toMatchObject({ username: 'ana' })
    expect(outcome(await app.call('me', {}, ana))).toEqual(OK)
  })

  describe('in whatever it writes', () => {
    const usersOf = (id: string) =>
      app.sql(`select id, last_login_at from ${app.table('_core_user')} where id = $1`, [id])
    const save = (_user_id: string, key = app.masterKey) =>
      app.call('record:save', { _user_id, records: [{ _id: `note/${_user_id}` }] }, { key })

    it('makes the user whom it names, in the same trip as the record', async () => {
      await save('imported-0')
      const answer = await save('imported-2')
      expect(outcome(answer)).toEqual(OK)
      expect(answer.json).toMatchObject({ result: [{ _ownerID: 'imported-2' }] })
      expect(await usersOf('imported-2')).toEqual([{ id: 'imported-2', last_login_at: null }])
    })

    it('makes a user who can be given roles and a password, and then logs in', async () => {
      await save('imported-3')
      const users = ['imported-3']
      await app.call('role:assign', { roles: ['editor'], users }, { key: app.masterKey })
      const reset = { auth_id: 'imported-3', password: 'secret' }
      const answer = await app.call('auth:reset_password', reset, { key: app.masterKey })
      expect(authOf(answer)).toMatchObject({ user_id: 'imported-3', roles: ['editor'] })
      expect(outcome(await app.call('me', {}, { token: authOf(answer).access_token }))).toEqual(OK)
    })

    it('makes no user record: a query of users shows nobody who never signed up', async () => {
      await save('imported-4')
      const records = await app.sql(`select _id from ${app.table('user')} where _id = 'imported-4'`)
      expect(records).toEqual([])
    })

    it('makes nobody where nothing is written, or what is written is refused', async () => {
      const query = { _user_id: 'reader', record_type: 'note' }
      expect((await app.call('record:query', query, { key: app.masterKey })).status).toBe(200)
      const atomic = {
        _user_id: 'refused',
        atomic: true,
        records: [{ _id: 'note/x', ref: { $type: 'ref', $id: 'note/none' } }],
      }
      expect((await app.call('record:save', atomic, { key: app.masterKey })).status).not.toBe(200)
      expect([await usersOf('reader'), await usersOf('refused')]).toEqual([[], []])
    })

    it('is for the master key: with a client key, _user_id makes and is nobody', async () => {
      expect(outcome(await save('forged', app.apiKey))).toMatchObject({ status: 401, code: 101 })
      const ana = await app.guest()
      await app.call('record:save', { _user_id: 'forged', records: [{ _id: 'note/forged' }] }, ana)
      const [note] = await app.sql(`select _owner_id from ${app.table('note')} where _id = 'forged'`)
      expect([note?.['_owner_id'], await usersOf('forged')]).toEqual([ana.id, []])
    })

    it('makes one of twenty at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          app.call(
            'record:save',
            { _user_id: 'crowd', records: [{ _id: `note/crowd-${i}` }] },
            { key: app.masterKey },
          ),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      expect(await usersOf('crowd')).toHaveLength(1)
    })
  })

  it('makes one of twenty at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => me({ _user_id: 'rush' })))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })
})
