import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { authApp } from './auth-app.ts'
import { mailApp, mailUser } from './mail-app.ts'

/** Whoever changes a user locks the user before anything of theirs, so that nobody waits in a circle. */

const SECRET = 'a secret of the app and its own server'
const statuses = (answers: readonly { readonly status: number }[]) => [
  ...new Set(answers.map(({ status }) => status)),
]
/** Saves these fields in these users' records, all in one call. */
const saveAll = (app: TestApp, users: readonly string[], fieldsOf: (id: string) => object) =>
  app.call(
    'record:save',
    { _user_id: 'server', records: users.map((id) => ({ _id: `user/${id}`, ...fieldsOf(id) })) },
    { key: app.masterKey },
  )

/** Users without login ids, made past the system. */
async function makeUsers(app: TestApp, ids: readonly string[]): Promise<void> {
  const values = (row: (id: string) => string) => ids.map((id) => `(${row(id)})`).join()
  await app.sql(`insert into ${app.table('_core_user')} (id) values ${values((id) => `'${id}'`)}`)
  await app.sql(`select ${app.table('_auth_ensure_identity')}(id) from ${app.table('_core_user')}`)
  await app.sql(`insert into ${app.table('user')}
    (_id, _database_id, _owner_id, _created_by, _updated_by, _created_at, _updated_at)
    select id, '', id, id, id, now(), now() from (values ${values((id) => `'${id}'`)}) as given(id)`)
}

it('ninety users get usernames and lose them while others do', async () => {
  const app = await authApp({})
  await app.guest()
  const groups = ['a', 'b', 'c'].map((group) => Array.from({ length: 90 }, (_, i) => `${group}-${i}`))
  await makeUsers(app, groups.flat())
  for (let round = 0; round < 6; round++) {
    const usernameOf = (id: string) => (round % 2 === 0 ? id : null)
    const answers = await Promise.all(
      groups.map((group) => saveAll(app, group, (id) => ({ username: usernameOf(id) }))),
    )
    expect(statuses(answers)).toEqual([200])
    const [named] = await app.sql(`select count(*)::int as n from ${app.table('_auth_identity_login_id')}`)
    expect(named).toEqual({ n: round % 2 === 0 ? 270 : 0 })
  }
})

it('the same users are saved in opposite orders', async () => {
  const app = await authApp({})
  await app.guest()
  const users = Array.from({ length: 90 }, (_, i) => `u-${i}`)
  await makeUsers(app, users)
  for (let round = 0; round < 4; round++) {
    const answers = await Promise.all(
      [users, users.toReversed()].map((order, i) =>
        saveAll(app, order, (id) => ({ username: `${id}-${round}-${i}` })),
      ),
    )
    expect(statuses(answers)).toEqual([200])
    for (const { text } of answers) expect(text).not.toContain('error')
  }
})

it('a session is of an identity that is there, though the identity goes as the session starts', async () => {
  const app = await authApp({})
  const { id } = await app.guest()
  const save = (username: string | null) => saveAll(app, [id], () => ({ username }))
  const enter = () => app.call('me', { _user_id: id }, { key: app.masterKey })
  for (let round = 0; round < 25; round++) {
    await save(`name-${round}`)
    await Promise.all([enter(), enter(), save(null), enter(), enter()])
  }
  const dangling = await app.sql(
    `select s.id from ${app.table('_core_session')} s
     left join ${app.table('_auth_identity')} i on i.id = s.identity_id and i.type = s.identity_type
     where s.user_id = $1 and i.id is null`,
    [id],
  )
  expect(dangling).toEqual([])
})

it('an account is taken away as its user logs in by it: the one or the other is first', async () => {
  const app = await authApp({})
  const { id } = await app.guest()
  const account = { provider: 'google', principal_id: 'ana' }
  const ask = (what: string, body: object) => app.call(`sso:oauth:${what}`, body, { key: app.masterKey })
  for (let round = 0; round < 20; round++) {
    await ask('link', { ...account, user_id: id })
    const answers = await Promise.all([
      ask('login', account),
      ask('unlink', { provider: 'google', user_id: id }),
      ask('login', account),
    ])
    expect(statuses(answers).filter((status) => ![200, 401].includes(status))).toEqual([])
  }
})

it('a verified user’s address changes as the user logs in', async () => {
  const app = await mailApp({}, { custom_token_secret: SECRET, verification_auto_send_on_update: true })
  await mailUser(app)
  const seconds = Math.floor(Date.now() / 1000)
  const token = await new SignJWT({ sub: 'ana', iat: seconds, exp: seconds + 600 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET))
  const enter = () => app.call('sso:custom_token:login', { token })
  const { user_id: id } = (await enter()).json['result'] as { readonly user_id: string }
  const save = (email: string) => saveAll(app, [id], () => ({ email }))
  await save('0@x.io')
  for (let round = 1; round <= 20; round++) {
    await app.sql(`update ${app.table('_core_user')} set verified = true where id = $1`, [id])
    expect(statuses(await Promise.all([enter(), save(`${round}@x.io`), enter()]))).toEqual([200])
  }
})
