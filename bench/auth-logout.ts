import type { Row } from './compare.ts'
import { load, type Sample, type Target } from './load.ts'
import { PARSE_KEY } from './parse-server.ts'
import { post } from './peer.ts'
import { median, spread } from './statistics.ts'
import type { Pair } from './auth-scenarios.ts'

const AT_ONCE = 16
/** Of each connection. A load of fewer says nothing. */
const LOGOUTS = 50

/** A session can be ended once: as many guests as are logged out sign up before. */
export async function compareLogouts(
  guests: Pair,
  connections: number,
  repetitions: number,
): Promise<readonly Row[]> {
  const samples = new Map<string, Sample[]>()
  for (let i = 0; i < repetitions; i++) {
    for (const guest of guests) {
      const tokens = await signedUp(guest, connections * LOGOUTS)
      const sample = await load(logout(guest, tokens), { connections, requests: tokens.length })
      samples.set(guest.name, [...(samples.get(guest.name) ?? []), sample])
    }
  }
  return [...samples].map(([target, taken]) => {
    const speeds = taken.map(({ requestsPerSecond }) => requestsPerSecond)
    return {
      scenario: 'logout',
      target,
      connections,
      requestsPerSecond: Math.round(median(speeds)),
      spread: Number(spread(speeds).toFixed(2)),
      p50: median(taken.map(({ p50 }) => p50)),
      p99: median(taken.map(({ p99 }) => p99)),
      unexpected: taken.reduce((sum, { unexpected }) => sum + unexpected, 0),
      cpu: taken.at(-1)?.cpu ?? {},
    }
  })
}

const isOurs = ({ name }: Target): boolean => name === 'skygear'

async function signedUp(guest: Target, count: number): Promise<readonly string[]> {
  const tokens: string[] = []
  const one = async () => {
    while (tokens.length < count) {
      const answer = await post(guest.url, guest.body(), guest.headers)
      const result = answer['result'] as { readonly access_token: string } | undefined
      tokens.push(String(result?.access_token ?? answer['sessionToken']))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return tokens.slice(0, count)
}

function logout(guest: Target, tokens: readonly string[]): Target {
  let used = 0
  const next = () => tokens[used++ % tokens.length] ?? ''
  const { url, name, costs, headers } = guest
  const ours = isOurs(guest)
  return {
    name,
    ...(costs && { costs }),
    url: ours ? url.replace('auth/signup', 'auth/logout') : url.replace('/users', '/logout'),
    headers: ours ? { ...headers } : { ...PARSE_KEY },
    headersOf: () => ({ [ours ? 'x-skygear-access-token' : 'x-parse-session-token']: next() }),
    body: () => ({}),
    status: 200,
  }
}
