import { Hono } from 'hono'
import { fail } from '../core/failure.ts'
import { prometheusText, type Series } from '../core/metrics.ts'
import type { TenantRegistry } from '../core/registry.ts'
import type { Sealer } from '../core/sealer.ts'
import { sameSecret } from '../core/secret.ts'
import type { GearSections } from './document/parse.ts'
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
}

/** The operator's host is no tenant: it keeps the tenants' documents. */
export function operator({
  registry,
  sections,
  key,
  sealer = null,
  random = randomText,
  metrics = async () => [],
}: OperatorOptions): Hono {
  const hono = new Hono()

  hono.get('/_status/healthz', () => renderReply({ result: { status: 'OK' } }))

  hono.use('*', async (c, next) => {
    const given = /^bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (key === null) return renderFailure(fail('NotConfigured', 'OPERATOR_KEY is not set'))
    if (!sameSecret(given, key))
      return renderFailure(fail('AccessKeyNotAccepted', 'operator key not accepted'))
    return next()
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
