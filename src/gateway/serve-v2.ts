import { fail, type Failure } from '../core/failure.ts'
import { failV2, inV2, type FailureV2 } from '../core/failure-v2.ts'
import type { RouteV2, Scope } from '../core/gear.ts'
import type { JsonObject } from '../core/json-object.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { App } from './app-of-document.ts'
import type { Ports, Trace } from './app.ts'
import { authenticateV2 } from './authenticate.ts'
import { readJsonBody } from './body.ts'
import { lookupFailureV2, NOT_FOUND_V2, refusalV2, UNREACHABLE_V2 } from './dialect.ts'
import { passTo, type GearWorkers } from './gear-workers.ts'
import { renderText } from './render.ts'
import { answering, passing, refuse, refuseV2, type Rendering } from './rendering.ts'
import { routeFinder, targetOf, type Register } from './route.ts'
import type { scopes } from './scope.ts'

/** v2's way (v2 reference, section 1.2): the gear is known; whether the app may use it, which Worker runs it, its endpoint. */
export function v2Server(
  { v2 }: Register,
  ports: Pick<Ports, 'tokens' | 'now'>,
  scopeFor: ReturnType<typeof scopes>,
  workers: GearWorkers,
) {
  const find = routeFinder(v2)
  const methods = [...new Set([...v2.values()].map(({ route }) => route.method))]

  return async (
    request: Request,
    found: Result<App, Failure>,
    gear: string,
    later: Scope['later'],
    trace: Trace,
  ): Promise<Rendering> => {
    if (!found.ok) return refuse(trace, lookupFailureV2(found.error), renderText)
    const app = found.value
    const refusal = refusalV2(app, gear)
    if (refusal) return refuse(trace, refusal, renderText)
    const worker = workers.of(app, gear)
    if (worker) {
      const passed = await passTo(worker, request, trace.requestId)
      return passed.ok ? passing(passed.value) : refuse(trace, UNREACHABLE_V2, renderText)
    }
    const { pathname } = targetOf(request.url)
    const of = (method: string) => {
      const target = find(method, pathname)
      return target?.gear.name === gear ? target : undefined
    }
    const target = of(request.method)
    if (!target) return refuse(trace, methods.some(of) ? WRONG_METHOD : NOT_FOUND_V2, renderText)
    trace.action = target.name
    const { route } = target
    const caller = await authenticateV2(request.headers, route.access, app.tenant, ports.tokens, ports.now())
    if (!caller.ok) return refuseV2(trace, caller.error)
    const body = await bodyOf(request, route)
    if (!body.ok) return refuseV2(trace, body.error)
    trace.timing.end('caller')
    const scope = scopeFor(app.tenant, { caller: caller.value, judged: caller.value }, later, trace)
    const outcome = await route.open(request, scope, body.value)
    trace.timing.end('action')
    if (!outcome.ok) return refuseV2(trace, outcome.error)
    return answering(outcome.value)
  }
}

const WRONG_METHOD: Failure = { ...fail('UndefinedOperation', 'Method Not Allowed'), status: 405 }

/** `application/json`, and no parameter but this one. */
const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i

async function bodyOf(request: Request, { reads }: RouteV2): Promise<Result<JsonObject, FailureV2>> {
  if (!reads) return ok({})
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? ''))
    return err(failV2('BadRequest', 'request content type is invalid'))
  const body = await readJsonBody(request)
  return body.ok ? body : err(inV2(body.error))
}
