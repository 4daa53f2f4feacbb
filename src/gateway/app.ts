import { Hono, type Context } from 'hono'
import { LinearRouter } from 'hono/router/linear-router'
import { fail, type Failure } from '../core/failure.ts'
import type { Access, Gear, Scope } from '../core/gear.ts'
import { guard, type ModuleHead } from '../core/guard.ts'
import type {
  Database,
  Digests,
  DirectUploads,
  Files,
  Hubs,
  Images,
  Limiter,
  Mailer,
  PasswordStrength,
  Passwords,
  Provisioner,
  RandomText,
  SqlFault,
  TemplateSource,
  TextMessages,
  Tokens,
  Webhooks,
} from '../core/ports.ts'
import { err, type Result } from '../core/result.ts'
import { isOfStanding } from '../core/standing.ts'
import type { Tenant } from '../core/tenant.ts'
import { admits, type App } from './app-of-document.ts'
import { authenticate, credentialsOf, type Credentials } from './authenticate.ts'
import { readJsonBody } from './body.ts'
import { corsHeaders, corsPolicy } from './cors.ts'
import { APP_SUSPENDED, dialectOf } from './dialect.ts'
import { NO_GEAR_WORKERS, passTo, type GearWorkers } from './gear-workers.ts'
import { normalizeHost } from './hosts.ts'
import type { RequestLog } from '../core/request-log.ts'
import { carriedHeaders, renderReply, type Carried } from './render.ts'
import { answering, passing, refuse, type Rendering } from './rendering.ts'
import { openapi } from './openapi.ts'
import { actionNames, findAction, register, routeFinder, targetOf } from './route.ts'
import { scopes } from './scope.ts'
import { v2Server } from './serve-v2.ts'
import type { Tenants } from './tenants.ts'
import { timing, type Timing } from './timing.ts'
import type { OperatorEnv, OperatorTrace } from './operator-trace.ts'

export type Ports = {
  readonly tenants: Tenants
  readonly databaseOf: (tenant: Tenant) => Database
  readonly provisioner: Provisioner | null
  readonly tokens: Tokens
  readonly passwords: Passwords
  readonly limiter: Limiter
  readonly strength: PasswordStrength
  readonly webhooks: Webhooks
  readonly hubs: Hubs
  readonly files: Files
  readonly directUploads: DirectUploads | null
  readonly images: Images
  readonly digests: Digests
  readonly mailer: Mailer
  readonly textMessages: TextMessages
  readonly templates: TemplateSource
  readonly randomText: RandomText
  readonly now: () => Date
  /** Milliseconds that only rise, for durations. */
  readonly clock: () => number
  readonly newId: () => string
  /** Without it, every version of every gear is this code. */
  readonly gearWorkers?: GearWorkers
  /** Whose host is no app's: requests to it are the operator's. */
  readonly operator?: { readonly host: string; readonly app: Hono<OperatorEnv> }
  readonly observe: (entry: RequestLog, later: Scope['later']) => void
  /** What went wrong inside, for the operator; the caller gets the id only. */
  readonly report: (requestId: string, cause: unknown) => void
}

/** What is noted along a request's way, for its log line. */
export type Trace = {
  app?: App
  action: string | null
  error?: string
  fault?: SqlFault
  trips: number
  readonly timing: Timing
  readonly requestId: string
  readonly headers: Headers
  readonly hostHeader: string
  readonly afterwards: (() => Promise<unknown>)[]
}

/** Where every app describes its actions. */
const OPENAPI_PATH = '/_openapi.json'
const OPEN_CORS = corsPolicy('')

/** One app for every tenant: host, gear, caller, input, then the gear's own work. */
export function gateway(gears: readonly Gear[], modules: readonly ModuleHead[], ports: Ports): Hono {
  const known = register(gears)
  const recordHooks = gears.flatMap((gear) => (gear.recordHooks ? [gear.recordHooks] : []))
  const scopeFor = scopes(ports, guard(modules), modules, recordHooks)
  const workers = ports.gearWorkers ?? NO_GEAR_WORKERS
  const findRoute = routeFinder(known.routes)
  const serveV2 = v2Server(known, ports, scopeFor, workers)
  let description: unknown
  // One route that takes everything needs no table of routes.
  const hono = new Hono({ router: new LinearRouter() })

  hono.all('*', async (c) => {
    const request = c.req.raw
    const execution = c.executionCtx
    const hostHeader = request.headers.get('host') ?? new URL(request.url).host
    const host = normalizeHost(hostHeader)
    const requestId = ports.newId()
    const trace: Trace = {
      action: null,
      trips: 0,
      timing: timing(ports.clock),
      requestId,
      headers: request.headers,
      hostHeader,
      afterwards: [],
    }
    const operated = ports.operator && host === ports.operator.host ? ports.operator.app : null
    const carried = (): Carried =>
      operated ? { shared: {}, own: idHeader(requestId) } : carriedBy(request, requestId, trace)
    const render = (rendering: Rendering) => rendering(carried())
    const response = await (
      operated
        ? operate(operated, request, requestId, execution, trace)
        : serve(request, host, requestId, execution, trace)
    )
      .then(render)
      .catch((cause: unknown) => {
        ports.report(requestId, cause)
        const failure = fail('UnexpectedError', `unexpected error, reported as ${requestId}`)
        return render(refuse(trace, failure))
      })
    ports.observe(entryOf(request, response, host, requestId, trace), (work) => execution.waitUntil(work))
    for (const work of trace.afterwards)
      execution.waitUntil(work().catch((cause: unknown) => ports.report(requestId, cause)))
    return response
  })
  return hono

  /** The operator's host: its own routes, its own caller, and no other origin. */
  async function operate(
    app: Hono<OperatorEnv>,
    request: Request,
    requestId: string,
    execution: Context['executionCtx'],
    trace: Trace,
  ): Promise<Rendering> {
    const report = (cause: unknown) => ports.report(requestId, cause)
    const noted: OperatorTrace = { action: null, report }
    try {
      return passing(await app.fetch(request, { trace: noted }, execution))
    } finally {
      trace.action = noted.action
      if (noted.error !== undefined) trace.error = noted.error
    }
  }

  async function serve(
    request: Request,
    host: string | null,
    requestId: string,
    execution: Pick<ExecutionContext, 'waitUntil'>,
    trace: Trace,
  ): Promise<Rendering> {
    const later = (work: Promise<unknown>) => execution.waitUntil(work)
    const found =
      host === null ? err(fail('ResourceNotFound', 'no app at this host')) : await ports.tenants.byHost(host)
    trace.timing.end('host')
    if (found.ok) trace.app = found.value
    if (request.method === 'OPTIONS')
      return (carried) => new Response(null, { headers: carriedHeaders(carried) })
    const { pathname, query } = targetOf(request.url)
    const dialect = dialectOf(found.ok ? found.value : null, pathname)
    if (dialect.version === 2) return serveV2(request, found, dialect.gear, later, trace)
    if (!found.ok) return refuse(trace, found.error)
    if (found.value.isSuspended) return refuse(trace, APP_SUSPENDED)
    if (pathname === OPENAPI_PATH)
      return (carried) =>
        Response.json((description ??= openapi(gears)), { headers: carriedHeaders(carried) })
    const route = findRoute(request.method, pathname)
    if (route) {
      trace.action = route.name
      const passed = await elsewhere(found.value, route.gear, request, requestId, trace)
      if (passed) return passed
      const credentials = credentialsOf(request.headers, {}, new URLSearchParams(query))
      const opened = await open(found.value, route.gear, route.route, credentials, later, trace, (scope) =>
        route.route.open(request, scope),
      )
      return opened.ok ? answering(opened.value) : refuse(trace, opened.error)
    }

    const kept = workers.mayServe(found.value) ? request.clone() : null
    const body = await readJsonBody(request)
    trace.timing.end('body')
    if (!body.ok) return refuse(trace, body.error)
    const target = findAction(known, actionNames(pathname, body.value))
    if (!target.ok) return refuse(trace, target.error)
    const { gear, name, action } = target.value
    trace.action = name
    const passed = kept && (await elsewhere(found.value, gear, kept, requestId, trace))
    if (passed) return passed
    await kept?.body?.cancel()
    const credentials = credentialsOf(request.headers, body.value)
    const outcome = await open(found.value, gear, action, credentials, later, trace, (scope) =>
      action.run(body.value, scope),
    )
    if (!outcome.ok) return refuse(trace, outcome.error)
    return (carried) => renderReply(outcome.value, carried)
  }

  /** What the Worker says that runs the app's version of the gear; null where that is this one. */
  async function elsewhere(
    app: App,
    gear: Gear,
    request: Request,
    requestId: string,
    trace: Trace,
  ): Promise<Rendering | null> {
    const worker = admits(app, gear).ok ? workers.of(app, gear.partOf ?? gear.name) : null
    if (!worker) return null
    const passed = await passTo(worker, request, requestId)
    return passed.ok ? passing(passed.value) : refuse(trace, passed.error)
  }

  /** Admission, caller, scope: what actions and routes have in common. */
  async function open<T>(
    app: App,
    gear: Gear,
    { access, gated: isGated = false }: { readonly access: Access; readonly gated?: boolean },
    credentials: Credentials,
    later: Scope['later'],
    trace: Trace,
    run: (scope: Scope) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    const admitted = admits(app, gear)
    if (!admitted.ok) return admitted
    const caller = await authenticate(credentials, access, app.tenant, ports.tokens, ports.now())
    if (!caller.ok) return caller
    const judged = access === 'session' ? { ...caller.value, user: null } : caller.value
    const callers = { caller: caller.value, judged, mayBeExpired: access === 'expired user', isGated }
    trace.timing.end('caller')
    const outcome = await run(scopeFor(app.tenant, callers, later, trace))
    trace.timing.end('action')
    // v1 protocol, section 2.3, inject_auth.
    if (!outcome.ok && access === 'optional user' && isOfStanding(outcome.error)) {
      const nobody = { ...caller.value, user: null }
      return run(scopeFor(app.tenant, { caller: nobody, judged: nobody }, later, trace))
    }
    return outcome
  }
}

const idHeader = (requestId: string) => ({ 'x-skygear-request-id': requestId })

/** The headers that every answer of an app carries. */
function carriedBy({ method, headers }: Request, requestId: string, trace: Trace): Carried {
  const policy = trace.app?.cors ?? OPEN_CORS
  const isPreflight = method === 'OPTIONS'
  return {
    shared: corsHeaders(policy, {
      origin: policy.kind === 'any' ? null : headers.get('origin'),
      requestMethod: isPreflight ? headers.get('access-control-request-method') : null,
      requestHeaders: isPreflight ? headers.get('access-control-request-headers') : null,
    }),
    own: {
      ...idHeader(requestId),
      ...(trace.app?.isTimed && { 'server-timing': trace.timing.header() }),
    },
  }
}

const entryOf = (
  request: Request,
  response: Response,
  host: string | null,
  requestId: string,
  trace: Trace,
): RequestLog => ({
  request_id: requestId,
  host: host ?? '',
  app: trace.app?.tenant.appId,
  method: request.method,
  action: trace.action,
  status: response.status,
  error: trace.error,
  fault: response.status >= 500 && trace.fault ? `${trace.fault.code} ${trace.fault.message}` : undefined,
  trips: trace.trips,
  ms: Math.round(trace.timing.total()),
})
