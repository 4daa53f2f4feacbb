import type { Answer, Json, TestApp, TestUser } from '../../support/app.ts'

/** The role actions with the master key, in a few letters. */
export const rolesOf = (app: TestApp) => {
  const as = { key: app.masterKey }
  return {
    flag: (which: 'default' | 'admin', roles: readonly string[]) => app.call(`role:${which}`, { roles }, as),
    assign: (users: readonly TestUser[], roles: readonly string[]) =>
      app.call('role:assign', { users: users.map(({ id }) => id), roles }, as),
    revoke: (users: readonly TestUser[], roles: readonly string[]) =>
      app.call('role:revoke', { users: users.map(({ id }) => id), roles }, as),
    of: async (...users: readonly TestUser[]): Promise<Json> =>
      resultOf(await app.call('role:get', { users: users.map(({ id }) => id) }, as)) as Json,
  }
}

export const resultOf = ({ json }: Answer): unknown => json['result']

/** A user who holds an admin role. */
export async function adminOf(app: TestApp): Promise<TestUser> {
  const admin = await app.guest()
  await rolesOf(app).assign([admin], ['Admin'])
  return admin
}
