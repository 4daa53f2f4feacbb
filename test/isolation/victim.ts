import { claimsOf, testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'

/** An app with something to lose. */
export type Victim = {
  readonly app: TestApp
  readonly user: TestUser
  /** Names of its things, which an attacker may have heard of: none of them helps. */
  readonly ids: Readonly<Record<string, string>>
  /** Contents that no other app's caller may ever be told. */
  readonly secrets: readonly string[]
}

const unique = (prefix: string): string => `${prefix}${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`

/** A user with roles, a session, and records in the public and the private database. */
export async function victim(options: Json = {}): Promise<Victim> {
  const app = await testApp({ document: options })
  const [username, type, column, key, role] = ['u', 't', 'c', 'k', 'r'].map(unique) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const secrets = ['public', 'private', 'shared', 'profile'].map((name) => unique(`secret-${name}-`))
  const user = await app.signUp(username)
  await app.sql(`insert into ${app.table('_role')} (id) values ($1)`, [role])
  await app.sql(`insert into ${app.table('_auth_role')} values ($1, $2)`, [user.id, role])
  const save = async (records: readonly Json[], more: Json = {}) => {
    const { status, text } = await app.call('record:save', { records, ...more }, user)
    if (status !== 200 || text.includes('"error"')) throw new Error(text)
  }
  await save([
    { _id: `${type}/${key}`, [column]: secrets[0], n: { $type: 'seq' } },
    { _id: `${type}/${key}s`, [column]: secrets[2], _access: [{ level: 'write', role }] },
    { _id: `user/${user.id}`, nick: secrets[3] },
    { _id: 'note/1', title: secrets[0] },
  ])
  await save([{ _id: `${type}/${key}p`, [column]: secrets[1] }], { database_id: '_private' })
  return {
    app,
    user,
    secrets,
    ids: {
      user: user.id,
      session: String(claimsOf(user.token)['sid']),
      token: user.token,
      apiKey: app.apiKey,
      masterKey: app.masterKey,
      schema: app.schema,
      username,
      type,
      column,
      key,
      role,
    },
  }
}

/** The same names, of nothing that exists: as long, and of the same characters. */
export const invented = (ids: Victim['ids']): Victim['ids'] =>
  Object.fromEntries(
    Object.entries(ids).map(([name, id]) => [
      name,
      /^[0-9a-f-]{36}$/.test(id) ? crypto.randomUUID() : id.replace(/[0-9a-z](?=[^.]*$)/g, nextCharacter),
    ]),
  )
const nextCharacter = (c: string): string => (c === '9' ? '0' : c === 'z' ? 'a' : nextOf(c))
const nextOf = (c: string): string => String.fromCharCode(c.charCodeAt(0) + 1)
