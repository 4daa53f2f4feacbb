import { BoundedMap } from '../core/bounded-map.ts'
import { fail, type Failure } from '../core/failure.ts'
import { TENANTS_CACHED_MAX, UNKNOWN_HOST_CACHE_SECONDS } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { TenantRegistry } from '../core/registry.ts'
import { type App, appOf } from './app-of-document.ts'
import { type GearSections, parseHostText } from './document/parse.ts'
import { DEFAULT_PLAN, parsePlanText } from './plan.ts'

/** Which app a hostname is, or why there is no answer for it. */
export type Tenants = {
  readonly byHost: (
    host: string,
    keepAlive: (work: Promise<unknown>) => void,
  ) => Promise<Result<App, Failure>>
}

export type TenantsOptions = {
  readonly source: Pick<TenantRegistry, 'get'>
  readonly sections: GearSections
  /** For apps whose document names no database. */
  readonly defaultDatabaseUrl: string | null
  /** How long an answer is good; 0: every request asks. */
  readonly cacheSeconds: number
  readonly now: () => number
  readonly warn: (message: string) => void
}

type Entry = { readonly expiresAt: number; readonly outcome: Result<App, Failure> }

const NO_APP = fail('ResourceNotFound', 'no app at this host')

/**
 * Hostname → app: the isolate's map, then KV. One flight per host; a document whose text has not changed is not
 * parsed again, so what hangs on the app (keys, compiled origins) lives on. Neither an unknown host nor a broken
 * document can disturb another host.
 */
export function tenants(options: TenantsOptions): Tenants {
  const entries = new BoundedMap<string, Entry>(TENANTS_CACHED_MAX)
  const parsed = new BoundedMap<string, { readonly text: string; readonly outcome: Result<App, Failure> }>(
    TENANTS_CACHED_MAX,
  )
  const flights = new Map<string, Promise<Result<App, Failure>>>()

  async function load(host: string): Promise<Result<App, Failure>> {
    try {
      const found = await findDocument(options, host)
      if (!found.ok) return found
      const text = `${found.value.text}\n${found.value.planText ?? ''}`
      const before = parsed.get(found.value.host)
      if (before?.text === text) return before.outcome
      const outcome = parseApp(options, found.value)
      parsed.set(found.value.host, { text, outcome })
      return outcome
    } catch {
      return err({
        ...fail('UnexpectedError', 'the tenant store cannot be reached', undefined),
        status: 503,
        retryAfterSeconds: 1,
      })
    }
  }

  return {
    async byHost(host, keepAlive) {
      const now = options.now()
      const known = entries.get(host)
      if (known && known.expiresAt > now) return known.outcome
      const flying = flights.get(host)
      if (flying) return flying
      const flight = load(host).finally(() => flights.delete(host))
      flights.set(host, flight)
      // Others may wait for this flight: it must land even where the request that started it goes away.
      keepAlive(flight)
      const outcome = await flight
      const isFailed = !outcome.ok && outcome.error.status === 503
      const seconds = outcome.ok
        ? options.cacheSeconds
        : Math.min(options.cacheSeconds, UNKNOWN_HOST_CACHE_SECONDS)
      // Jitter, so that the hosts an isolate met together are not asked for together.
      const lifetime = seconds * 1000 * (0.9 + (hash(host) % 200) / 1000)
      if (!isFailed && seconds > 0) entries.set(host, { expiresAt: now + lifetime, outcome })
      return outcome
    },
  }
}

type Found = {
  readonly host: string
  readonly text: string
  readonly planText: string | null
  readonly plan: string
}

/** The document's text, over at most one alias, and its plan's. */
async function findDocument(
  { source, sections }: TenantsOptions,
  host: string,
): Promise<Result<Found, Failure>> {
  const text = await source.get(`host:${host}`)
  if (text === null) return err(NO_APP)
  const value = parseHostText(text, sections)
  if (!value.ok) return ok({ host, text, planText: null, plan: DEFAULT_PLAN })
  if (value.value.kind === 'document') {
    const plan = value.value.document.plan ?? DEFAULT_PLAN
    return ok({ host, text, plan, planText: await source.get(`plan:${plan}`) })
  }
  const target = value.value.aliasOf
  const aliased = await source.get(`host:${target}`)
  if (aliased === null) return err(NO_APP)
  const document = parseHostText(aliased, sections)
  const plan =
    (document.ok && document.value.kind === 'document' && document.value.document.plan) || DEFAULT_PLAN
  return ok({ host: target, text: aliased, plan, planText: await source.get(`plan:${plan}`) })
}

function parseApp(options: TenantsOptions, found: Found): Result<App, Failure> {
  const value = parseHostText(found.text, options.sections)
  if (!value.ok) return err(misconfigured(value.error.path, value.error.message))
  if (value.value.kind === 'alias')
    return err(misconfigured('/alias_of', 'names a host that is an alias itself'))
  for (const warning of value.value.warnings) options.warn(`host:${found.host} ${warning}`)
  const plan = parsePlanText(found.plan, found.planText)
  if (!plan.ok) return err(misconfigured('/plan', plan.error))
  return appOf(value.value.document, plan.value, options.defaultDatabaseUrl, misconfigured)
}

/** Names the key, never its value: this goes to whoever asked. */
const misconfigured = (path: string, message: string): Failure =>
  fail('NotConfigured', `this app's configuration is not valid: ${path || '/'} ${message}`, {
    path: path || '/',
  })

/** FNV-1a, for jitter only. */
function hash(text: string): number {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619) >>> 0
  return h
}
