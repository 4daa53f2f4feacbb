import type { RunningWorker } from '../local/workerd.ts'
import { post } from './peer.ts'
import type { Skygear } from './skygear.ts'
import { median } from './statistics.ts'

const HASHES = 15
const TOKENS = 2000

/** Microseconds, of one after the other: the isolate's clock stands still while it works, so it is timed from outside. */
export async function tokenCosts({ url }: RunningWorker) {
  const each = async (path: string) => ((await timed(() => post(`${url}/${path}`, TOKENS))) * 1000) / TOKENS
  await each('_sign')
  const [signed, verified, again] = [await each('_sign'), await each('_verify'), await each('_verify')]
  return {
    'token signed, µs': Math.round(signed),
    'token verified, µs': Math.round(verified),
    'token met before, µs': Number(again.toFixed(1)),
  }
}

/** Milliseconds of a hash alone, of what a call has beside it, and the calls' round trips to the database. */
export async function hashCosts({ key, next }: Skygear, { url }: RunningWorker) {
  const call = async (action: string, body: object, headers: Readonly<Record<string, string>> = key) => {
    const { result } = await post(`${url}/${action}`, body, headers)
    return result as { readonly access_token?: string } | undefined
  }
  const ana = { auth_data: { username: 'ana' }, password: 'secret' }
  const token = (await call('auth/login', ana))?.access_token ?? ''
  await post(`${url}/_trips`, {})
  const hash = await medianOf(() => post(`${url}/_hash`, { hash: ['secret'] }))
  const login = await medianOf(() => call('auth/login', ana))
  const signup = await medianOf(() => call('auth/signup', { ...ana, auth_data: { username: next() } }))
  const withToken = { ...key, 'x-skygear-access-token': token }
  await call('me', {}, withToken)
  await call('auth/logout', {}, withToken)
  const lines = (await trips(url)) as readonly { readonly action: string; readonly trips: number }[]
  return {
    'hash alone, ms': Math.round(hash),
    'login, ms': Math.round(login),
    'login without its hash, ms': Math.round(login - hash),
    'signup, ms': Math.round(signup),
    'signup without its hash, ms': Math.round(signup - hash),
    ...Object.fromEntries(lines.map((line) => [`trips of ${line.action}`, line.trips])),
  }
}

async function trips(url: string): Promise<unknown> {
  const response = await fetch(`${url}/_trips`)
  return response.json()
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < HASHES; i++) times.push(await timed(work))
  return median(times)
}
