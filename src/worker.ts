import { modules } from '../migrations/bundle.ts'
import { gateway } from './gateway/app.ts'
import { gearWorkers } from './gateway/gear-workers.ts'
import { requestLogger } from './core/request-log.ts'
import { operator } from './gateway/operator.ts'
import { tenants } from './gateway/tenants.ts'
import { PubsubHub } from './gear/pubsub/hub.ts'
import { gears, sections } from './gears.ts'
import { dataPointOf } from './core/metrics.ts'
import { answerRequest } from './migrate/answer.ts'
import { head } from './migrate/module.ts'
import { clusterMetrics, ClusterMetrics } from './platform/cluster-metrics.ts'
import { durableHubs } from './platform/durable-hubs.ts'
import { joseSealer } from './platform/jose-sealer.ts'
import { joseTokens } from './platform/jose-tokens.ts'
import { kvTenants } from './platform/kv-tenants.ts'
import { neonDatabase, neonProvisioner, useLocalEndpoint, withSession } from './platform/neon.ts'
import { scryptPasswords } from './platform/scrypt-passwords.ts'
import { settingsOf } from './settings.ts'

export const heads = modules.map((module) => ({ name: module.name, version: head(module) }))

/** Everything a request needs, built once per isolate. */
function systemOf(env: Env) {
  const settings = settingsOf(env)
  if (settings.NEON_LOCAL_ENDPOINT !== undefined) useLocalEndpoint(settings.NEON_LOCAL_ENDPOINT)
  const registry = kvTenants(env.TENANTS)
  const sealer = settings.TENANT_SEAL_KEY === undefined ? null : joseSealer(settings.TENANT_SEAL_KEY)
  const log = requestLogger(settings.LOG_SAMPLE, Math.random, (line) => console.log(line))
  const metrics = clusterMetrics(env.METRICS, Date.now)
  // Bound or not is the operator's choice (README.md, "Observability").
  const analytics = 'ANALYTICS' in env ? (env.ANALYTICS as AnalyticsEngineDataset) : undefined
  const operations = operator({
    registry,
    sections,
    key: settings.OPERATOR_KEY ?? null,
    sealer,
    metrics: metrics.read,
    migrations: {
      answer: (body, placeOf) => answerRequest(body, { modules, placeOf, withSession }),
      databaseUrl: settings.DATABASE_URL ?? null,
    },
  })
  return gateway(gears, heads, {
    tenants: tenants({
      source: registry,
      sections,
      sealer,
      defaultDatabaseUrl: settings.DATABASE_URL ?? null,
      cacheSeconds: settings.TENANT_CACHE_SECONDS,
      now: Date.now,
      warn: (message) => console.warn(message),
    }),
    databaseOf: (tenant) => neonDatabase(tenant.databaseUrl, settings.DATABASE_SECONDS),
    provisioner: settings.PROVISION === 'on' ? neonProvisioner(modules, settings.DATABASE_SECONDS) : null,
    tokens: joseTokens(),
    passwords: scryptPasswords(),
    hubs: durableHubs(env.PUBSUB),
    now: () => new Date(),
    clock: () => performance.now(),
    newId: () => crypto.randomUUID(),
    gearWorkers: gearWorkers(settings.GEAR_WORKERS, env),
    operator: {
      host: settings.OPERATOR_HOST ?? `operator.${settings.CLUSTER_DOMAIN}`,
      app: operations,
    },
    observe: (entry, later) => {
      log(entry)
      metrics.count(entry, later)
      analytics?.writeDataPoint(dataPointOf(entry))
    },
    report: (requestId, cause) => console.error(requestId, cause),
  })
}

let system: ReturnType<typeof systemOf> | undefined

export default {
  fetch(request, env, execution) {
    system ??= systemOf(env)
    return system.fetch(request, env, execution)
  },
} satisfies ExportedHandler<Env>

export { ClusterMetrics, PubsubHub }
