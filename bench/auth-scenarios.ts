import type { Target } from './load.ts'
import { PARSE_KEY, type Parse } from './parse-server.ts'
import { post } from './peer.ts'
import { cpuOf } from './processes.ts'
import type { Skygear } from './skygear.ts'

const CREDENTIALS = { username: 'ana', password: 'secret' } as const

export type Pair = readonly [ours: Target, theirs: Target]

/** What a user does, in both systems; ours first. */
export async function authScenarios(skygear: Skygear, parse: Parse) {
  const { sessionToken } = await post(`${parse.url}/users`, CREDENTIALS, PARSE_KEY)
  const { key, next, user } = skygear
  const us = (action: string, headers: Target['headers'] & object, body: Target['body']): Target => ({
    name: 'skygear',
    url: `${skygear.server.url}/${action}`,
    headers,
    costs: skygear.costsOf(skygear.server),
    body,
    status: 200,
  })
  const them = (path: string, headers: object, body: Target['body'], status = 200): Target => ({
    name: 'parse-server',
    url: `${parse.url}/${path}`,
    headers: { ...PARSE_KEY, ...headers },
    costs: {
      server: () => cpuOf.process(parse.pid),
      database: () => cpuOf.postgres(skygear.postgres.dataDir),
    },
    body,
    status,
  })
  const session = { 'x-parse-session-token': String(sessionToken) }
  const auth_data = { username: CREDENTIALS.username }
  const pairs: Readonly<Record<'me' | 'a guest’s signup' | 'signup' | 'login', Pair>> = {
    me: [us('me', user, () => ({})), them('users/me', session, () => ({ _method: 'GET' }))],
    /** Takes no hash. */
    'a guest’s signup': [
      us('auth/signup', key, () => ({})),
      them('users', {}, () => ({ authData: { anonymous: { id: next() } } }), 201),
    ],
    signup: [
      us('auth/signup', key, () => ({ auth_data: { username: next() }, password: 'secret' })),
      them('users', {}, () => ({ username: next(), password: 'secret' }), 201),
    ],
    login: [
      us('auth/login', key, () => ({ auth_data, password: CREDENTIALS.password })),
      them('login', {}, () => CREDENTIALS),
    ],
  }
  return pairs
}
