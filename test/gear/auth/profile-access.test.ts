import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, testApp, type Answer, type Json, type TestApp } from '../../support/app.ts'
import { fieldsOf, firstOf, recordsOf } from '../record/records.ts'
import { rule, schemasOf } from '../record/schemas.ts'

const PROFILE = { nick: 'ana', notes: 'she pays late', score: 7, tags: ['a'] }
const AUTH = { auth_data: { username: 'ana' }, password: 'secret' }

describe('a user’s own profile, in the answer of an identity action', () => {
  let app: TestApp
  let id: string
  let token: string
  beforeAll(async () => {
    app = await testApp()
    const signedUp = authOf(await app.call('auth:signup', { ...AUTH, profile: PROFILE }))
    id = signedUp.user_id
    token = signedUp.access_token
    await app.sql(`insert into ${app.table('_role')} (id) values ('Held'), ('Other')`)
    await app.sql(`insert into ${app.table('_auth_role')} values ($1, 'Held')`, [id])
    const named = { by: id, among: [id, 'x'], whom: { $type: 'ref', $id: `user/${id}` }, notBy: 'x' }
    await recordsOf(app, { token }).save({ _id: `user/${id}`, ...named })
  })
  const hidden = [rule('user.notes', '_role:Staff', 'wrcd'), rule('user.score', '_owner', 'w')]
  const shown = (answer: Answer): Json => fieldsOf(authOf(answer).profile)

  it('is without what its owner may not read, in as many round trips', async () => {
    await schemasOf(app).setRules(hidden)
    const logIn = await app.call('auth:login', AUTH)
    const secondSignUp = await app.call('auth:signup', { profile: { nick: 'bo', notes: 'x', score: 1 } })
    const change = { old_password: 'secret', password: 'secret' }
    const changed = await app.call('auth:password', change, { token: authOf(logIn).access_token })
    token = authOf(changed).access_token
    const me = await app.call('me', {}, { token })
    expect([logIn, secondSignUp, changed, me].map(outcome)).toEqual([
      { status: 200, trips: 2 },
      OK,
      { status: 200, trips: 2 },
      OK,
    ])
    for (const answer of [logIn, changed, me]) {
      expect(shown(answer)).toMatchObject({ nick: 'ana', tags: ['a'] })
      expect(Object.keys(shown(answer))).not.toEqual(expect.arrayContaining(['notes']))
      expect(answer.text).not.toContain('she pays late')
    }
    expect(shown(secondSignUp), 'what is written and not read').toEqual({ nick: 'bo' })
    expect(await app.sql(`select score from ${app.table('user')} where nick = 'bo'`)).toEqual([{ score: 1 }])
  })

  it('is whole for the master key', async () => {
    await schemasOf(app).setRules(hidden)
    const answer = await app.call('me', { _user_id: id }, { key: app.masterKey })
    expect(shown(answer)).toMatchObject(PROFILE)
  })

  it('is what record:fetch shows them, whatever the rules', async () => {
    const role = fc.constantFrom(
      '_owner',
      '_any_user',
      '_public',
      '_role:Held',
      '_role:Other',
      `_user_id:${id}`,
      '_user_id:x',
      '_field:by',
      '_field:among',
      '_field:whom',
      '_field:notBy',
      '_field:score',
      '_field:none',
      'nonsense',
    )
    const path = fc.constantFrom('user.nick', 'user.notes', 'user.*', '*.nick', '*.*')
    const given = fc.tuple(path, role, fc.constantFrom('r', 'wcd'))
    const rules = fc.uniqueArray(given, { maxLength: 5, selector: ([at, whose]) => `${at} ${whose}` })
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(rules, async (list) => {
        await schemasOf(app).setRules(list.map((one) => rule(...one)))
        const me = await app.call('me', {}, { token })
        expect(outcome(me)).toEqual(OK)
        const fetched = await recordsOf(app, { token }).fetch([`user/${id}`])
        expect(shown(me)).toEqual(fieldsOf(firstOf(fetched)))
        seen.add(Object.keys(shown(me)).join())
      }),
      { numRuns: 60 },
    )
    expect(seen.size, 'and they differ').toBeGreaterThan(3)
  })
})

describe('a field of the profile that its owner may not write', () => {
  const ROLES = [rule('user.level', '_public', 'rcd'), rule('user.nick', '_role:Staff', 'wrcd')]
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.call('auth:signup', { profile: { level: 1, nick: 'first', free: 'x' } })
    await schemasOf(app).setRules(ROLES)
  })
  const stored = async (answer: Answer) => {
    const columns = 'username, level, nick, free'
    const [row] = await app.sql(`select ${columns} from ${app.table('user')} where _id = $1`, [
      authOf(answer).user_id,
    ])
    return row
  }
  const profile = { level: 9, nick: 'x', free: 'y' }

  it('is left out at sign-up, as record:save leaves it out, and the rest is stored', async () => {
    const answer = await app.call('auth:signup', { profile })
    expect(await stored(answer)).toEqual({ username: null, level: null, nick: null, free: 'y' })
    await recordsOf(app, { token: authOf(answer).access_token }).save({
      _id: `user/${authOf(answer).user_id}`,
      ...profile,
    })
    expect(await stored(answer), 'by record:save').toMatchObject({ level: null, nick: null, free: 'y' })
  })

  it('is written by a role that the new user holds from the start', async () => {
    await app.call('role:default', { roles: ['Staff'] }, { key: app.masterKey })
    const answer = await app.call('auth:signup', { profile })
    await app.call('role:default', { roles: [] }, { key: app.masterKey })
    expect(await stored(answer)).toMatchObject({ level: null, nick: 'x' })
  })

  it('is written with the master key', async () => {
    const answer = await app.call('auth:signup', { profile }, { key: app.masterKey })
    expect(await stored(answer)).toMatchObject({ level: 9, nick: 'x', free: 'y' })
  })

  it('is no login id either, while one in auth_data always is', async () => {
    const unwritable = [rule('user.username', '_any_user', 'rcd')]
    await schemasOf(app).setRules(unwritable)
    const inProfile = await app.call('auth:signup', {
      auth_data: { email: 'mo@example.com' },
      password: 'secret',
      profile: { username: 'mo' },
    })
    expect(await stored(inProfile)).toMatchObject({ username: null })
    const login = (username: string) =>
      app.call('auth:login', { auth_data: { username }, password: 'secret' })
    expect((await login('mo')).status).toBe(401)
    const named = await app.call('auth:signup', { auth_data: { username: 'mo' }, password: 'secret' })
    expect(await stored(named)).toMatchObject({ username: 'mo' })
    expect((await login('mo')).status).toBe(200)
  })
})

describe('a reference in the profile of who signs up', () => {
  let app: TestApp
  let victim: string
  const refersTo = (key: string) => ({ profile: { link: { $type: 'ref', $id: `diary/${key}` } } })
  beforeAll(async () => {
    app = await testApp()
    const { id, token } = await app.guest()
    victim = id
    await recordsOf(app, { token }).save({ _id: 'diary/open' })
    await recordsOf(app, { token }).save({ _id: 'diary/secret' }, { database_id: '_private' })
    await app.call('auth:signup', refersTo('open'))
  })

  it('leads to what is public', async () => {
    const answer = await app.call('auth:signup', refersTo('open'))
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer).profile).toMatchObject(refersTo('open').profile)
  })

  it('cannot probe for ids in another user’s private database: refused as one to nothing, byte by byte', async () => {
    const [private_, nothing] = [
      await app.call('auth:signup', refersTo('secret')),
      await app.call('auth:signup', refersTo('nothing')),
    ]
    expect(outcome(private_)).toEqual({ status: 409, trips: 1, code: 113 })
    expect([private_.status, private_.text]).toEqual([nothing.status, nothing.text])
    const users = await app.sql(`select _id from ${app.table('user')} where link = 'secret'`)
    expect(users, 'nobody is made').toEqual([])
    const { json } = await recordsOf(app, { key: app.masterKey }).remove(['diary/secret'], {
      database_id: victim,
    })
    expect(json['result'], 'and its owner can delete it').toMatchObject([
      { _id: 'diary/secret', _type: 'record' },
    ])
  })
})
