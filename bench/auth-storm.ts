import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningWorker } from '../local/workerd.ts'
import { load, type Sample, type Target } from './load.ts'
import type { Skygear } from './skygear.ts'
import { median } from './statistics.ts'

/** Reads a second, few enough to be no load of their own. */
const READS = 50
const READERS = 8
const STORMERS = 16

type Storm = {
  readonly hashes: string
  readonly 'p50 calm': number
  readonly 'p99 calm': number
  readonly 'p50 in the storm': number
  readonly 'p99 in the storm': number
  readonly 'reads a second': number
  readonly 'logins a second': number
  readonly 'logins turned away': number
}

/**
 * How long `record:fetch` takes, in milliseconds, while sixteen connections do nothing but log in. workerd runs a
 * Durable Object on the thread of the Worker that calls it, so the third place stands for what a deployment does.
 */
export async function loginStorms(skygear: Skygear, worker: string, seconds: number, repetitions: number) {
  const elsewhere = await skygear.start('0.01', { bundled: worker })
  const places: Readonly<Record<string, RunningWorker>> = {
    'in the isolate that serves': await skygear.start('0.01', { bundled: worker, more: { HASHES: 'here' } }),
    'in a Durable Object, same thread': skygear.server,
    'in another process': await skygear.start('0.01', { bundled: worker, more: { HASHES: elsewhere.url } }),
  }
  const taken = new Map<string, { calm: Sample; read: Sample; login: Sample }[]>()
  for (let i = 0; i < repetitions; i++)
    for (const [place, server] of Object.entries(places))
      taken.set(place, [...(taken.get(place) ?? []), await storm(skygear, server, seconds)])
  return [...taken].map(([hashes, samples]): Storm => {
    const of = (what: 'calm' | 'read' | 'login', field: 'p50' | 'p99' | 'requestsPerSecond' | 'unexpected') =>
      Number(median(samples.map((sample) => sample[what][field])).toFixed(1))
    return {
      hashes,
      'p50 calm': of('calm', 'p50'),
      'p99 calm': of('calm', 'p99'),
      'p50 in the storm': of('read', 'p50'),
      'p99 in the storm': of('read', 'p99'),
      'reads a second': of('read', 'requestsPerSecond'),
      'logins a second': of('login', 'requestsPerSecond'),
      'logins turned away': of('login', 'unexpected'),
    }
  })
}

async function storm({ targets, key }: Skygear, server: RunningWorker, seconds: number) {
  const read: Target = { ...targets.read, url: `${server.url}/record/fetch` }
  const login: Target = {
    ...targets.read,
    url: `${server.url}/auth/login`,
    headers: key,
    body: () => ({ auth_data: { username: 'ana' }, password: 'secret' }),
  }
  await load(read, { connections: READERS, seconds: 1 })
  const calm = await load(read, { connections: READERS, seconds, rate: READS })
  const storming = load(login, { connections: STORMERS, seconds: seconds + 1 })
  // Until the queue is full.
  await sleep(500)
  const reading = await load(read, { connections: READERS, seconds, rate: READS })
  return { calm, read: reading, login: await storming }
}
