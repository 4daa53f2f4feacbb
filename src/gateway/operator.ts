import { Hono } from 'hono'
import { fail, type Failure } from '../core/failure.ts'
import { prometheusText, type Series } from '../core/metrics.ts'
import type { TenantRegistry } from '../core/registry.ts'
import type { Sealer } from '../core/sealer.ts'
import { sameSecret } from '../core/secret.ts'
import type { GearSections } from './document/parse.ts'
import type { Platform } from './operations/names.ts'
import { DEFAULT_DATABASE, migrationRoutes, type AnswerMigration } from './migration-routes.ts'
import { operatorRoutes } from './operator-routes.ts'
import { noteRoute, refusal, traceOf, type OperatorEnv } from './operator-trace.ts'
import { renderReply } from './render.ts'
import { STORE_UNREACHABLE, StoreFault, withFaults } from './store-fault.ts'
import { tenantStore } from './tenant-store.ts'

export type OperatorOptions = {
  readonly registry: TenantRegistry
  readonly sections: GearSections
  /** The bearer key; null: nobody is the operator. */
  readonly key: string | null
  /** Seals the secrets of what is stored; without it they are stored as they are. */
  readonly sealer?: Sealer | null
  /** A text that carries that many random bytes. */
  readonly random?: (bytes: number) => string
  /** Hosts that are no app's. */
  readonly platform?: Platform
  /** What all isolates counted; without it, nothing. */
  readonly metrics?: () => Promise<readonly Series[]>
  /** Migrates over HTTP; without it, nobody does. `databaseUrl`: of the apps that name none. */
  readonly migrations?: { readonly answer: AnswerMigration; readonly databaseUrl: string | null }
}

const LOCAL: Platform = { domain: 'localhost', operatorHost: 'operator.localhost' }

/**
 * The operator's host is no tenant: it keeps the tenants' documents. Where their store is away, everything is 503; any
 * other error is for whoever serves the host to report.
 */
export function operator({
  registry: store,
  sections,
  key,
  sealer = null,
  random = randomText,
  platform = LOCAL,
  metrics = async () => [],
  migrations,
}: OperatorOptions): Hono<OperatorEnv> {
  const hono = new Hono<OperatorEnv>()
  const registry = withFaults(store)
  const refused = (authorization: string | undefined): Failure | null => {
    const given = /^bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? ''
    if (key === null) return fail('NotConfigured', 'OPERATOR_KEY is not set')
    return sameSecret(given, key) ? null : fail('AccessKeyNotAccepted', 'operator key not accepted')
  }

  hono.use('*', noteRoute)
  hono.get('/_status/healthz', () => renderReply({ result: { status: 'OK' } }))

  if (migrations) {
    const { answer, databaseUrl } = migrations
    const databases = databaseUrl === null ? {} : { [DEFAULT_DATABASE]: databaseUrl }
    migrationRoutes(hono, { answer, databases, registry, sealer, refused })
  }

  hono.use('*', async (c, next) => {
    const failure = refused(c.req.header('authorization'))
    return failure ? refusal(c, failure) : next()
  })

  /** For Prometheus to scrape, with the same bearer key. */
  hono.get('/_cluster/metrics', async (c) => c.text(prometheusText(await metrics()), 200, PROMETHEUS))

  operatorRoutes(hono, tenantStore({ registry, sections, sealer, random, platform }), registry)

  hono.notFound((c) => refusal(c, fail('UndefinedOperation', 'the operator host has no such path')))
  hono.onError((cause, c) => {
    if (!(cause instanceof StoreFault)) throw cause
    traceOf(c)?.report(cause)
    return refusal(c, STORE_UNREACHABLE)
  })
  return hono
}

const PROMETHEUS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
/** base64url, as keys stand in headers and documents. */
const randomText = (bytes: number): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
