import { Hono } from 'hono'
import { fail, type Failure } from '../core/failure.ts'
import { prometheusText, type Series } from '../core/metrics.ts'
import type { TenantRegistry } from '../core/registry.ts'
import type { Sealer } from '../core/sealer.ts'
import { sameSecret } from '../core/secret.ts'
import type { GearSections } from './document/parse.ts'
import { DEFAULT_DATABASE, migrationRoutes, type AnswerMigration } from './migration-routes.ts'
import { operatorRoutes } from './operator-routes.ts'
import { renderFailure, renderReply } from './render.ts'
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
  /** What all isolates counted; without it, nothing. */
  readonly metrics?: () => Promise<readonly Series[]>
  /** Migrates over HTTP; without it, nobody does. `databaseUrl`: of the apps that name none. */
  readonly migrations?: { readonly answer: AnswerMigration; readonly databaseUrl: string | null }
}

/** The operator's host is no tenant: it keeps the tenants' documents. */
export function operator({
  registry,
  sections,
  key,
  sealer = null,
  random = randomText,
  metrics = async () => [],
  migrations,
}: OperatorOptions): Hono {
  const hono = new Hono()
  const refused = (authorization: string | undefined): Failure | null => {
    const given = /^bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? ''
    if (key === null) return fail('NotConfigured', 'OPERATOR_KEY is not set')
    return sameSecret(given, key) ? null : fail('AccessKeyNotAccepted', 'operator key not accepted')
  }

  hono.get('/_status/healthz', () => renderReply({ result: { status: 'OK' } }))

  if (migrations) {
    const { answer, databaseUrl } = migrations
    const databases = databaseUrl === null ? {} : { [DEFAULT_DATABASE]: databaseUrl }
    migrationRoutes(hono, { answer, databases, registry, sealer, refused })
  }

  hono.use('*', async (c, next) => {
    const failure = refused(c.req.header('authorization'))
    return failure ? renderFailure(failure) : next()
  })

  /** For Prometheus to scrape, with the same bearer key. */
  hono.get('/_cluster/metrics', async (c) => c.text(prometheusText(await metrics()), 200, PROMETHEUS))

  operatorRoutes(hono, tenantStore({ registry, sections, sealer, random }), registry)

  hono.notFound(() => renderFailure(fail('UndefinedOperation', 'the operator host has no such path')))
  hono.onError((cause) => {
    console.error(cause)
    return renderFailure(fail('UnexpectedError', 'unexpected error'))
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
