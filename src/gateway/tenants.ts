import { BoundedMap } from '../core/bounded-map.ts'
import { fail, type Failure } from '../core/failure.ts'
import { TENANT_READ_SECONDS_MAX, TENANTS_CACHED_MAX, UNKNOWN_HOST_CACHE_SECONDS } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { TenantRegistry } from '../core/registry.ts'
import type { Sealer } from '../core/sealer.ts'
import { type App, appAt, appOf } from './app-of-document.ts'
import type { Assignment, GearSections } from './document/parse.ts'
import { readHostText } from './document/seal.ts'
import { parentHost } from './hosts.ts'
import { DEFAULT_PLAN, parsePlanText } from './plan.ts'

/** Which app a hostname is, or why there is no answer for it. */
export type Tenants = {
  readonly byHost: (host: string) => Promise<Result<App, Failure>>
}

export type TenantsOptions = {
  readonly source: Pick<TenantRegistry, 'get'>
  readonly sections: GearSections
  /** Opens sealed secrets; without it, a document that holds any is refused. */
  readonly sealer?: Sealer | null
  /** For apps whose document names no database. */
  readonly defaultDatabaseUrl: string | null
  /** How long an answer is good; 0: every request asks. */
  readonly cacheSeconds: number
  readonly now: () => number
  readonly warn: (message: string) => void
}

type Entry = { readonly expiresAt: number; readonly outcome: Result<App, Failure> }
type HostRow = Awaited<ReturnType<typeof readHostText>>
type ParsedHost = { readonly text: string; readonly row: HostRow }
type BuiltApp = {
  readonly value: HostRow
  readonly planText: string | null
  readonly outcome: Result<App, Failure>
}

const NO_APP = fail('ResourceNotFound', 'no app at this host')
const UNREACHABLE: Failure = {
  ...fail('UnexpectedError', 'the tenant store cannot be reached'),
  status: 503,
  retryAfterSeconds: 1,
}

/**
 * Hostname → app: the isolate's map, then KV. No request waits for what another reads (core/flights.ts says why): one
 * that finds nothing known reads for itself, and what is out of date is read again by one, while the others go on with
 * it for as long as a read may take. A text that has not changed is not parsed again, so
 * what hangs on the app (keys, compiled origins) lives on. Neither an unknown host nor a broken document can disturb
 * another host.
 */
export function tenants(options: TenantsOptions): Tenants {
  const entries = new BoundedMap<string, Entry>(TENANTS_CACHED_MAX)
  const parsed = new BoundedMap<string, ParsedHost>(TENANTS_CACHED_MAX)
  const built = new BoundedMap<string, BuiltApp>(TENANTS_CACHED_MAX)
  const beingRenewed = new WeakSet<Entry>()

  async function read(host: string): Promise<HostRow | null> {
    const text = await options.source.get(`host:${host}`)
    if (text === null) return null
    const before = parsed.get(host)
    if (before?.text === text) return before.row
    const row = await readHostText(text, options.sections, options.sealer ?? null)
    // Another request may have been faster; there shall be one object for all.
    const meanwhile = parsed.get(host)
    if (meanwhile?.text === text) return meanwhile.row
    parsed.set(host, { text, row })
    return row
  }

  /**
   * skygear v2.3 "Host to domain row": the host itself, else the host one label up, if that is a `default` one. The
   * label is then what names the gear.
   */
  async function load(host: string): Promise<Result<App, Failure>> {
    const own = await read(host)
    if (own !== null) return appOfRow(host, own, null)
    const parent = parentHost(host)
    const row = parent === null ? null : await read(parent)
    if (parent === null || row === null) return err(NO_APP)
    if (row.ok && row.value.kind === 'alias' && row.value.assignment !== 'default') return err(NO_APP)
    return appOfRow(parent, row, host.slice(0, -parent.length - 1))
  }

  async function appOfRow(host: string, row: HostRow, label: string | null): Promise<Result<App, Failure>> {
    if (!row.ok) return err(misconfigured(row.error.path, row.error.message))
    if (row.value.kind === 'document') return at(await appOfDocument(host, row), 'default', label)
    const { aliasOf, assignment } = row.value
    const holder = await read(aliasOf)
    return holder === null ? err(NO_APP) : at(await appOfDocument(aliasOf, holder), assignment, label)
  }

  async function appOfDocument(holder: string, value: HostRow): Promise<Result<App, Failure>> {
    if (!value.ok) return err(misconfigured(value.error.path, value.error.message))
    if (value.value.kind === 'alias')
      return err(misconfigured('/alias_of', 'names a host that is an alias itself'))
    const { document, warnings } = value.value
    const planName = document.plan ?? DEFAULT_PLAN
    const planText = await options.source.get(`plan:${planName}`)

    const before = built.get(holder)
    if (before?.value === value && before.planText === planText) return before.outcome
    for (const warning of warnings) options.warn(`host:${holder} ${warning}`)
    const plan = parsePlanText(planName, planText)
    const outcome = plan.ok
      ? appOf(document, plan.value, options.defaultDatabaseUrl, misconfigured)
      : err(misconfigured('/plan', plan.error))
    built.set(holder, { value, planText, outcome })
    return outcome
  }

  async function readAgain(host: string): Promise<Result<App, Failure>> {
    const now = options.now()
    const outcome = await load(host).catch((cause: unknown) => {
      options.warn(
        `host:${host} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
      return err(UNREACHABLE)
    })
    if (!outcome.ok && outcome.error === UNREACHABLE) return outcome
    const seconds = outcome.ok
      ? options.cacheSeconds
      : Math.min(options.cacheSeconds, UNKNOWN_HOST_CACHE_SECONDS)
    // Jitter, so that the hosts an isolate met together are not asked for together.
    const lifetime = seconds * 1000 * (0.9 + (hash(host) % 200) / 1000)
    if (seconds > 0) entries.set(host, { expiresAt: now + lifetime, outcome })
    return outcome
  }

  return {
    async byHost(host) {
      const now = options.now()
      const known = entries.get(host)
      if (!known || now >= known.expiresAt + TENANT_READ_SECONDS_MAX * 1000) return readAgain(host)
      if (now < known.expiresAt || beingRenewed.has(known)) return known.outcome
      beingRenewed.add(known)
      const outcome = await readAgain(host)
      beingRenewed.delete(known)
      return outcome
    },
  }
}

const at = (app: Result<App, Failure>, assignment: Assignment, label: string | null): Result<App, Failure> =>
  app.ok ? ok(appAt(app.value, assignment, label)) : app

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
