import { BoundedMap } from '../core/bounded-map.ts'
import { fail, type Failure } from '../core/failure.ts'
import {
  REGISTRY_KEY_BYTES_MAX,
  TENANT_READ_SECONDS_MAX,
  TENANTS_CACHED_BYTES_MAX,
  UNKNOWN_HOST_CACHE_SECONDS,
} from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { TenantRegistry } from '../core/registry.ts'
import type { Sealer } from '../core/sealer.ts'
import { type App, appAt, appOf } from './app-of-document.ts'
import type { Assignment, GearSections } from './document/parse.ts'
import { readHostText } from './document/seal.ts'
import { parentHost } from './hosts.ts'
import { STORE_UNREACHABLE } from './store-fault.ts'
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

type Outcome = Result<App, Failure>
type Entry = { readonly expiresAt: number; readonly outcome: Outcome }
/** What a text in the registry stands for. */
type Row =
  | { readonly kind: 'app'; readonly outcome: Outcome }
  | { readonly kind: 'alias'; readonly aliasOf: string; readonly assignment: Assignment }
/** An app, and all that it was made of. */
type Made = {
  readonly text: string
  readonly planName: string
  readonly planText: string | null
  readonly outcome: Outcome
}

const NO_APP = fail('ResourceNotFound', 'no app at this host')

/**
 * Hostname → app: the isolate's map, then KV. No request waits for what another reads (core/flights.ts says why): one
 * that finds nothing known reads for itself, and what is out of date is read again by one, while the others go on with
 * it for as long as a read may take. A text that has not changed is not parsed again, so
 * what hangs on the app (keys, compiled origins) lives on. Neither an unknown host nor a broken document can disturb
 * another host.
 */
export function tenants(options: TenantsOptions): Tenants {
  const entries = new BoundedMap<string, Entry>(TENANTS_CACHED_BYTES_MAX, (_, { outcome }) =>
    bytesOf(outcome),
  )
  // By the host that holds the document. Mostly the same objects as those of the entries.
  const made = new BoundedMap<string, Made>(TENANTS_CACHED_BYTES_MAX, (_, { outcome }) => bytesOf(outcome))
  const beingRenewed = new WeakSet<Entry>()

  const textAt = (host: string): Promise<string | null> => options.source.get(`host:${host}`)
  // What is no name of a plan has none, and may be no key.
  const textOfPlan = async (name: string): Promise<string | null> =>
    new TextEncoder().encode(`plan:${name}`).length > REGISTRY_KEY_BYTES_MAX
      ? null
      : options.source.get(`plan:${name}`)

  /**
   * skygear v2.3 "Host to domain row": the host itself, else the host one label up, if that is a `default` one. The
   * label is then what names the gear.
   */
  async function load(host: string): Promise<Outcome> {
    const own = await textAt(host)
    if (own !== null) return appOfRow(await rowOf(host, own), null)
    const parent = parentHost(host)
    const text = parent === null ? null : await textAt(parent)
    if (parent === null || text === null) return err(NO_APP)
    return appOfRow(await rowOf(parent, text), host.slice(0, -parent.length - 1))
  }

  async function appOfRow(row: Row, label: string | null): Promise<Outcome> {
    if (row.kind === 'app') return at(row.outcome, 'default', label)
    const { aliasOf, assignment } = row
    const text = label !== null && assignment !== 'default' ? null : await textAt(aliasOf)
    if (text === null) return err(NO_APP)
    const holder = await rowOf(aliasOf, text)
    return holder.kind === 'app'
      ? at(holder.outcome, assignment, label)
      : err(misconfigured('/alias_of', 'names a host that is an alias itself'))
  }

  async function rowOf(host: string, text: string): Promise<Row> {
    const before = made.get(host)
    if (before?.text === text && before.planText === (await textOfPlan(before.planName)))
      return { kind: 'app', outcome: before.outcome }

    const read = await readHostText(text, options.sections, options.sealer ?? null)
    if (!read.ok) return { kind: 'app', outcome: err(misconfigured(read.error.path, read.error.message)) }
    if (read.value.kind === 'alias') return read.value
    const { document, warnings } = read.value
    const planName = document.plan ?? DEFAULT_PLAN
    const planText = await textOfPlan(planName)
    // Another request may have been faster; there shall be one object for all.
    const meanwhile = made.get(host)
    if (meanwhile?.text === text && meanwhile.planText === planText)
      return { kind: 'app', outcome: meanwhile.outcome }

    for (const warning of warnings) options.warn(`host:${host} ${warning}`)
    const plan = parsePlanText(planName, planText)
    const outcome = plan.ok
      ? appOf(document, text.length, plan.value, options.defaultDatabaseUrl, misconfigured)
      : err(misconfigured('/plan', plan.error))
    made.set(host, { text, planName, planText, outcome })
    return { kind: 'app', outcome }
  }

  async function readAgain(host: string): Promise<Outcome> {
    const now = options.now()
    const outcome = await load(host).catch((cause: unknown) => {
      options.warn(
        `host:${host} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
      return err(STORE_UNREACHABLE)
    })
    if (!outcome.ok && outcome.error === STORE_UNREACHABLE) return outcome
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

const at = (app: Outcome, assignment: Assignment, label: string | null): Outcome =>
  app.ok ? ok(appAt(app.value, assignment, label)) : app

/** Names the key, never its value: this goes to whoever asked. */
const misconfigured = (path: string, message: string): Failure =>
  fail('NotConfigured', `this app's configuration is not valid: ${path || '/'} ${message}`, {
    path: path || '/',
  })

/**
 * What an app takes of an isolate's heap, and what each character of its document adds. Of the shortest documents it is
 * 2.4 KB together (`npm run bench -- memory`), of lists of words 3 a character, of lists of origins 5.
 */
const APP_BYTES = 1000
const BYTES_A_CHARACTER = 4
const FAILURE_BYTES = 500
const bytesOf = (app: Outcome): number =>
  app.ok ? APP_BYTES + BYTES_A_CHARACTER * app.value.documentChars : FAILURE_BYTES

/** FNV-1a, for jitter only. */
function hash(text: string): number {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619) >>> 0
  return h
}
