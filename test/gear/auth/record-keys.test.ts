import { beforeAll, describe, expect, it } from 'vitest'
import { authOf, OK, outcome, type Answer, type Json, type TestApp } from '../../support/app.ts'
import { authApp, patiently } from './auth-app.ts'

const statusesOf = (answers: readonly Answer[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b)

const DUPLICATED = { status: 409, trips: 1, code: 109 }
const INVALID = { status: 400, trips: 0, code: 108, info: { arguments: ['auth_data'] } }

describe('an app whose users are known by a phone, or by company and number together', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await authApp({ auth_record_keys: [['phone'], ['company', 'number'], ['email']] })
    await app.guest()
  })
  const signup = (auth_data: Json) => app.call('auth:signup', { auth_data, password: 'secret' })
  const login = (auth_data: Json, password = 'secret') => app.call('auth:login', { auth_data, password })

  it('signs up and logs in by either, the fields being part of the profile', async () => {
    const auth_data = { phone: '+41 1', company: 'Acme', number: '7' }
    const answer = await signup(auth_data)
    expect(outcome(answer)).toEqual(OK)
    expect(authOf(answer).profile).toMatchObject(auth_data)
    for (const by of [{ phone: '+41 1' }, { company: 'Acme', number: '7' }]) {
      const found = await login(by)
      expect(outcome(found)).toEqual({ status: 200, trips: 2 })
      expect(authOf(found).user_id).toBe(authOf(answer).user_id)
    }
    expect(outcome(await login({ phone: '+41 1' }, 'wrong'))).toEqual({ status: 401, trips: 1, code: 105 })
  })

  it('looks up by the first list of the app that is given whole', async () => {
    const first = authOf(await signup({ phone: '+41 2' })).user_id
    await signup({ email: 'other@x.io' })
    expect(authOf(await login({ email: 'other@x.io', phone: '+41 2' })).user_id).toBe(first)
  })

  it('keeps each list unique, and its fields by themselves not', async () => {
    await signup({ company: 'Beta', number: '1' })
    expect(outcome(await signup({ company: 'Beta', number: '1' }))).toEqual(DUPLICATED)
    expect(outcome(await signup({ company: 'Beta', number: '2' }))).toEqual(OK)
    expect(outcome(await signup({ company: 'Gamma', number: '1' }))).toEqual(OK)
    expect(outcome(await signup({ company: 'beta', number: '1' })), 'in its letter case').toEqual(OK)
  })

  it('keeps them unique when a record is saved, by the constraints that v1 names', async () => {
    await signup({ phone: '+41 3' })
    const guest = await app.guest()
    const save = (phone: string) =>
      app.call('record:save', { records: [{ _id: `user/${guest.id}`, phone }] }, guest)
    expect((await save('+41 3')).json).toMatchObject({ result: [{ _type: 'error', code: 109 }] })
    await save('+41 4')
    expect(outcome(await signup({ phone: '+41 4' }))).toEqual(DUPLICATED)
    const names = await app.sql(
      `select conname from pg_constraint where conrelid = $1::regclass and conname like 'auth_record_keys%' order by 1`,
      [app.table('user')],
    )
    expect(names.map(({ conname }) => conname)).toEqual([
      'auth_record_keys_user_company_number_key',
      'auth_record_keys_user_email_key',
      'auth_record_keys_user_phone_key',
      'auth_record_keys_user_username_key',
    ])
  })

  it.each([
    ['a key that is in no list', { username: 'ana' }],
    ['half a list', { company: 'Acme' }],
    ['half a list beside null', { company: 'Acme', number: null }],
    ['a number', { phone: 41 }],
  ])('refuses %s before the database', async (_, auth_data) => {
    expect(outcome(await signup(auth_data))).toEqual(INVALID)
    expect(outcome(await login(auth_data))).toEqual(INVALID)
  })

  it('does not log in by a field before anybody has it', async () => {
    const fresh = await authApp({ auth_record_keys: [['badge']] })
    await fresh.guest()
    const body = { auth_data: { badge: `x" = '' or true --` }, password: 'secret' }
    expect(outcome(await fresh.call('auth:login', body))).toEqual({ status: 401, trips: 1, code: 105 })
  })

  it('makes one user of fifty concurrent sign-ups, the first that the app ever saw', async () => {
    const fresh = await authApp({ auth_record_keys: [['phone']] })
    await fresh.call('record:query', { record_type: 'note' })
    const body = { auth_data: { phone: '1' }, password: 'secret' }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => patiently(() => fresh.call('auth:signup', body))),
    )
    expect(statusesOf(answers)).toEqual([200, ...Array.from({ length: 49 }, () => 409)])
  })
})

describe('a field that identifies users', () => {
  const lists = [['phone'], ['company', 'number']]
  const namesOf = async (app: TestApp) =>
    (
      await app.sql(
        `select conname from pg_constraint where conrelid = $1::regclass and conname ~ '(phone|number)' order by 1`,
        [app.table('user')],
      )
    ).map(({ conname }) => conname)
  /** Users who were there before anybody signed up. */
  async function twoUsers(app: TestApp) {
    const named = async (_user_id: string) => {
      const { json } = await app.call('me', { _user_id }, { key: app.masterKey })
      return { id: _user_id, token: (json['result'] as Json)['access_token'] as string }
    }
    return [await named('first'), await named('second')] as const
  }

  it('is unique from the save that makes it, before anybody signed up', async () => {
    const app = await authApp({ auth_record_keys: lists })
    const [first, second] = await twoUsers(app)
    const save = ({ id, token }: typeof first, fields: Json) =>
      app.call('record:save', { records: [{ _id: `user/${id}`, ...fields }] }, { token })
    expect((await save(first, { phone: '1', company: 'Acme' })).status).toBe(200)
    expect(await namesOf(app)).toEqual(['auth_record_keys_user_phone_key'])
    expect((await save(second, { phone: '1' })).json).toMatchObject({
      result: [{ _type: 'error', code: 109 }],
    })
    await save(first, { number: '7' })
    expect(await namesOf(app), 'together, once all are there').toEqual([
      'auth_record_keys_user_company_number_key',
      'auth_record_keys_user_phone_key',
    ])
    const taken = await save(second, { company: 'Acme', number: '7' })
    expect(taken.json).toMatchObject({ result: [{ _type: 'error', code: 109 }] })
    const body = { auth_data: { phone: '1' }, password: 'secret' }
    expect(outcome(await app.call('auth:signup', body))).toMatchObject({ status: 409, code: 109 })
  })

  it('is unique from the schema that makes it', async () => {
    const app = await authApp({ auth_record_keys: lists })
    const record_types = { user: { fields: [{ name: 'phone', type: 'string' }] } }
    expect((await app.call('schema:create', { record_types }, { key: app.masterKey })).status).toBe(200)
    expect(await namesOf(app)).toEqual(['auth_record_keys_user_phone_key'])
  })

  it('of a type that cannot be unique is refused, and not made', async () => {
    const app = await authApp({ auth_record_keys: lists })
    const [first] = await twoUsers(app)
    const phone = { $type: 'geo', $lng: 1, $lat: 2 }
    const answer = await app.call('record:save', { records: [{ _id: `user/${first.id}`, phone }] }, first)
    expect(outcome(answer)).toMatchObject({ status: 409, code: 114 })
    expect(await namesOf(app)).toEqual([])
  })

  it('that users share says so to whoever signs up, instead of being taken', async () => {
    const app = await authApp({})
    const [first, second] = await twoUsers(app)
    for (const { id, token } of [first, second])
      await app.call('record:save', { records: [{ _id: `user/${id}`, phone: '1' }] }, { token })
    const known = await authApp({ auth_record_keys: lists })
    await known.guest()
    await known.sql(`drop table ${known.table('user')} cascade`)
    await known.sql(`alter table ${app.table('user')} set schema "${known.schema}"`)
    const body = { auth_data: { phone: '2' }, password: 'secret' }
    const answer = await known.call('auth:signup', body)
    expect(outcome(answer)).toMatchObject({ status: 409, code: 114 })
    expect(answer.text).toContain('users share phone')
  })
})

describe('in production', () => {
  it('a list whose constraint is missing refuses sign-ups until the master key has made it', async () => {
    const app = await authApp({ auth_record_keys: [['phone']] }, {}, { production: true })
    const body = { auth_data: { phone: '1' }, password: 'secret' }
    expect(outcome(await app.call('auth:signup', body))).toMatchObject({ status: 409, code: 114 })
    expect((await app.call('auth:signup', {}, { key: app.masterKey })).status).toBe(200)
    expect((await app.call('auth:signup', body)).status).toBe(200)
  })
})

it('one of fifty concurrent sign-ups of a username makes a user, the others are duplicates', async () => {
  const app = await authApp({})
  await app.guest()
  const body = { auth_data: { username: 'rush' }, password: 'secret' }
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => patiently(() => app.call('auth:signup', body))),
  )
  expect(statusesOf(answers)).toEqual([200, ...Array.from({ length: 49 }, () => 409)])
})

it('a field whose name is SQL identifies users like any other', async () => {
  const field = `"; drop table "user"; --`
  const app = await authApp({ auth_record_keys: [[field]] })
  const body = { auth_data: { [field]: `'; --` }, password: 'secret' }
  const { user_id } = authOf(await app.call('auth:signup', body))
  expect(authOf(await app.call('auth:login', body)).user_id).toBe(user_id)
  expect((await app.call('auth:signup', body)).status).toBe(409)
})
