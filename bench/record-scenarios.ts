import type { Target } from './load.ts'
import { PARSE_KEY, PARSE_MASTER, type Parse } from './parse-server.ts'
import { post } from './peer.ts'
import { cpuOf } from './processes.ts'
import { questionsOf } from './questions.ts'
import { removeMade, ROLES, type Table } from './rows.ts'
import { settled } from './settled.ts'
import type { Skygear } from './skygear.ts'

export type Scenario = { readonly targets: readonly Target[]; readonly wanted: number }

/** Rows of a table below which those that requests make are taken away again. */
const SMALL_ROWS_MAX = 10_000
const HELD_ROLES = 5

export type Users = Awaited<ReturnType<typeof makeUsers>>

/** The headers of one user without a role and one with five of twenty, in both systems. */
export async function makeUsers(skygear: Skygear, parse: Parse) {
  const roles = Array.from({ length: ROLES }, (_, i) => `role-${i}`)
  const held = roles.slice(0, HELD_ROLES)
  const call = (action: string, body: object, headers: Readonly<Record<string, string>>) =>
    post(`${skygear.server.url}/${action}`, body, headers)
  const signup = { auth_data: { username: 'eve' }, password: 'secret' }
  const { result } = await call('auth/signup', signup, skygear.key)
  const { user_id, access_token } = result as { readonly user_id: string; readonly access_token: string }
  await call('role/assign', { roles: held, users: [user_id] }, skygear.master)
  await call('role/assign', { roles, users: [] }, skygear.master)

  const [ana, eve] = await Promise.all(
    ['ana', 'eve'].map((username) => post(`${parse.url}/users`, { username, password: 'secret' }, PARSE_KEY)),
  )
  const holder = { __type: 'Pointer', className: '_User', objectId: String(eve?.['objectId']) }
  for (const name of roles) {
    const users = held.includes(name) ? { users: { __op: 'AddRelation', objects: [holder] } } : {}
    await post(`${parse.url}/roles`, { name, ACL: { '*': { read: true } }, ...users }, PARSE_MASTER)
  }
  const session = (user: typeof ana) => ({
    ...PARSE_KEY,
    'x-parse-session-token': String(user?.['sessionToken']),
  })
  return {
    plain: { ours: skygear.user, theirs: session(ana) },
    withRoles: {
      ours: { ...skygear.key, 'x-skygear-access-token': access_token },
      theirs: session(eve),
    },
  }
}

/** The questions as load for both systems; ours comes first. */
export function scenariosOf(
  table: Table,
  skygear: Skygear,
  parse: Parse,
  users: Users,
): Readonly<Record<string, Scenario>> {
  const anything = () => Math.floor(Math.random() * 1_000_000)
  const isSmall = table.rows <= SMALL_ROWS_MAX
  return Object.fromEntries(
    Object.entries(questionsOf(table)).map(([name, { ours, theirs, withRoles, creates, wanted = 1 }]) => {
      const headers = withRoles ? users.withRoles : users.plain
      const after = (databaseUrl: string, made: string) => async () => {
        await settled(databaseUrl)
        if (creates && isSmall) await removeMade(databaseUrl, made)
      }
      const us: Target = {
        name: 'skygear',
        url: `${skygear.server.url}/${ours.action}`,
        headers: headers.ours,
        costs: skygear.costsOf(skygear.server),
        body: () => ours.body(anything()),
        status: 200,
        after: after(skygear.postgres.url, `"${skygear.schema}"."${table.ours.rows}"`),
      }
      const them: Target = {
        name: 'parse-server',
        url: parse.url,
        headers: headers.theirs,
        costs: {
          server: () => cpuOf.process(parse.pid),
          database: () => cpuOf.postgres(skygear.postgres.dataDir),
        },
        pathOf: () => `/parse/${theirs.path(anything())}`,
        body: () => theirs.body(anything()),
        status: theirs.status ?? 200,
        after: after(parse.databaseUrl, `"${table.theirs.rows}"`),
      }
      return [name, { targets: [us, them], wanted }]
    }),
  )
}
