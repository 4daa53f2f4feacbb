/**
 * node bench/profile.ts [--seconds 5]
 *
 * Where the Worker's time goes: a CPU profile of workerd under load for each kind of request, 16 connections, by
 * function and by whose code it is. The functions are told by the bundle's source map.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../local/ports.ts'
import { inspect } from './inspector.ts'
import { load, type Target } from './load.ts'
import { record } from './record.ts'
import { analyze, startSkygear } from './skygear.ts'

const { values: flags } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } })
const seconds = Math.min(60, Number(flags.seconds))
const CONNECTIONS = 16
const INTERVAL_US = 200
const SHOWN = 15

type Node = {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
    readonly columnNumber: number
  }
}
type Profile = {
  readonly nodes: readonly Node[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const inspectorPort = await freePort()
const skygear = await startSkygear({ inspectorPort })
await analyze(skygear.postgres.url)
const map = new SourceMap(
  JSON.parse(readFileSync(join(skygear.bundle, 'worker.js.map'), 'utf8')) as SourceMapPayload,
)
const inspector = await inspect(inspectorPort)
await inspector.send('Profiler.enable')
await inspector.send('Profiler.setSamplingInterval', { interval: INTERVAL_US })
const { refused, create, read, query } = skygear.targets
const targets = {
  'routed and authenticated': refused(skygear.server),
  create,
  'read by id': read,
  'query of 20': query,
}
const results: Record<string, object> = {}
for (const [scenario, target] of Object.entries(targets)) results[scenario] = await profile(scenario, target)
record('profile', { seconds, results })
inspector.close()
await skygear.stop()

async function profile(scenario: string, target: Target): Promise<object> {
  await load(target, { connections: CONNECTIONS, seconds: 2 })
  await inspector.send('Profiler.start')
  const { requestsPerSecond, cpu } = await load(target, { connections: CONNECTIONS, seconds })
  const { profile: taken } = (await inspector.send('Profiler.stop')) as { profile: Profile }
  const requests = requestsPerSecond * seconds
  const byFunction = sum(taken, ({ callFrame }) => nameOf(callFrame))
  const byOwner = sum(taken, ({ callFrame }) => ownerOf(callFrame))
  const perRequest = (spent: ReadonlyMap<string, number>) =>
    [...spent]
      .filter(([name]) => name !== '(idle)')
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, SHOWN)
      .map(([what, us]) => ({ what, 'µs a request': Number((us / requests).toFixed(1)) }))
  const shown = { owners: perRequest(byOwner), functions: perRequest(byFunction) }
  console.log(`${scenario}: processor µs a request ${JSON.stringify(cpu)}`)
  console.table(shown.owners)
  console.table(shown.functions)
  return { requestsPerSecond: Math.round(requestsPerSecond), cpu, ...shown }
}

function sum({ nodes, samples, timeDeltas }: Profile, keyOf: (node: Node) => string) {
  const known = new Map(nodes.map((node) => [node.id, keyOf(node)]))
  const spent = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const key = known.get(id) ?? ''
    spent.set(key, (spent.get(key) ?? 0) + (timeDeltas[i] ?? 0))
  }
  return spent
}

/** The bundler's source map says `any`; what is used of it is text. */
function originalOf({ lineNumber, columnNumber }: Node['callFrame']) {
  return (lineNumber < 0 ? {} : map.findEntry(lineNumber, columnNumber)) as {
    readonly originalSource?: string
    readonly name?: string
  }
}

function originOf(frame: Node['callFrame']): string | null {
  return originalOf(frame).originalSource?.replace(/^(\.\.\/)+/, '') ?? null
}

function nameOf(frame: Node['callFrame']): string {
  const name = originalOf(frame).name || frame.functionName || 'anonymous'
  const origin = originOf(frame)
  return origin === null ? `${name}, in workerd` : `${name}, ${origin.replace(/^.*node_modules\//, '')}`
}

function ownerOf(frame: Node['callFrame']): string {
  const origin = originOf(frame)
  if (origin === null) return frame.functionName.startsWith('(') ? frame.functionName : 'workerd'
  return (
    /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(origin)?.[1] ??
    /(src\/(?:gear\/)?[^/]+)/.exec(origin)?.[1] ??
    origin
  )
}
