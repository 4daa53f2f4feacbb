import * as v from 'valibot'
import { fail, type Failure } from '../core/failure.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { App } from './app-of-document.ts'
import { runningVersion } from './dialect.ts'
import { renderPassed } from './render.ts'

/** Another Worker that runs a version of a gear: a service binding. */
export type GearWorker = { readonly fetch: (request: Request) => Promise<Response> }

/** The Workers that run some gears' versions; what is not among them is run by this code. */
export type GearWorkers = {
  /** Null: this code runs the app's version of the gear, or the app has suspended it. */
  readonly of: (app: App, gear: string) => GearWorker | null
  /** Whether a request of the app may have to be passed on, so that its body must be kept. */
  readonly mayServe: (app: App) => boolean
}

/** Names of bindings by gear and version: `{"auth": {"nightly": "AUTH_NIGHTLY"}}`. */
export const GearWorkerNames = v.record(
  v.string(),
  v.record(v.picklist(['live', 'previous', 'nightly']), v.pipe(v.string(), v.minLength(1))),
)
export type GearWorkerNames = v.InferOutput<typeof GearWorkerNames>

/** @throws Error where a name is no service binding: the cluster would run another version than was asked for */
export function gearWorkers(names: GearWorkerNames, env: object): GearWorkers {
  const workers = new Map<string, GearWorker>()
  for (const [gear, versions] of Object.entries(names))
    for (const [version, name] of Object.entries(versions)) {
      const binding: unknown = Reflect.get(env, name)
      if (!isWorker(binding)) throw new Error(`GEAR_WORKERS: ${name} is no service binding`)
      workers.set(`${gear} ${version}`, binding)
    }
  const gears = Object.keys(names)
  const of = (app: App, gear: string) => workers.get(`${gear} ${runningVersion(app, gear) ?? ''}`) ?? null
  return { of, mayServe: (app) => gears.some((gear) => of(app, gear) !== null) }
}

/** Where nothing is mapped: all versions are this code. */
export const NO_GEAR_WORKERS: GearWorkers = { of: () => null, mayServe: () => false }

const isWorker = (binding: unknown): binding is GearWorker =>
  typeof binding === 'object' && binding !== null && 'fetch' in binding && typeof binding.fetch === 'function'

/** Of `x-skygear-*`, only what a client may say of itself: the rest is the gateway's word (v2.3 "Access key"). */
const KEPT: ReadonlySet<string> = new Set([
  'x-skygear-api-key',
  'x-skygear-access-token',
  'x-skygear-extra-info',
])

/**
 * The request as another Worker gets it: to the host that was asked, with the headers that came. `url` carries the
 * host, since a service binding makes the `Host` header from it.
 */
export function passedOn(request: Request, requestId: string): Request {
  const url = new URL(request.url)
  url.host = request.headers.get('host') ?? url.host
  const passed = new Request(url, request)
  const names = [...passed.headers.keys()]
  for (const name of names) if (name.startsWith('x-skygear-') && !KEPT.has(name)) passed.headers.delete(name)
  passed.headers.set('x-skygear-request-id', requestId)
  return passed
}

/** Its answer, or that there is none. */
export async function passTo(
  worker: GearWorker,
  request: Request,
  requestId: string,
): Promise<Result<Response, Failure>> {
  try {
    return ok(renderPassed(await worker.fetch(passedOn(request, requestId))))
  } catch {
    return err(fail('PluginUnavailable', 'the Worker that runs this gear cannot be reached'))
  }
}
