import type { Answer, Json, TestApp } from '../../support/app.ts'

/** The four actions as an app's own server calls them, with the master key, and what is kept of its users' accounts. */
export const oauthOf = (app: TestApp) => {
  const ask =
    (what: string) =>
    (body: Json): Promise<Answer> =>
      app.call(`sso:oauth:${what}`, { provider: 'google', ...body }, { key: app.masterKey })
  return {
    login: ask('login'),
    signup: ask('signup'),
    link: ask('link'),
    unlink: ask('unlink'),
    /** What is kept of an account; undefined: it is nobody's. */
    async kept(principal_id: string, provider = 'google'): Promise<Json | undefined> {
      const [row] = await app.sql(
        `select i.user_id, o.token_response, o.profile from ${app.table('_auth_identity_oauth')} o
         join ${app.table('_auth_identity')} i on i.id = o.identity_id
         where o.provider_type = $1 and o.provider_user_id = $2`,
        [provider, principal_id],
      )
      return row
    },
    users: async () => (await app.sql(`select id from ${app.table('_core_user')}`)).length,
  }
}

/** How many answers had each status. */
export const tally = (answers: readonly Answer[]): Readonly<Record<number, number>> =>
  answers.reduce<Record<number, number>>(
    (all, { status }) => ({ ...all, [status]: (all[status] ?? 0) + 1 }),
    {},
  )

export const REFUSED = { status: 401, code: 105 }
export const TAKEN = { status: 400, code: 108 }
export const UNKNOWN = { status: 404, code: 110 }
