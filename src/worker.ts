import { modules } from '../migrations/bundle.ts'
import { gateway } from './gateway/app.ts'
import { gearWorkers } from './gateway/gear-workers.ts'
import { requestLogger } from './core/request-log.ts'
import { operator } from './gateway/operator.ts'
import { tenants } from './gateway/tenants.ts'
import { PubsubHub } from './gear/pubsub/hub.ts'
import { sweepAssets } from './gear/asset/sweep.ts'
import { gears, sections } from './gears.ts'
import { SWEEP_APPS_MAX, SWEEP_SECONDS } from './core/limits.ts'
import type { Tenant } from './core/tenant.ts'
import { hostsOfRound } from './gateway/rounds.ts'
import { answerRequest } from './migrate/answer.ts'
import { head } from './migrate/module.ts'
import { analytics } from './platform/analytics.ts'
import { clusterMetrics, ClusterMetrics } from './platform/cluster-metrics.ts'
import { fetchWebhooks } from './platform/fetch-webhooks.ts'
import { durableHubs } from './platform/durable-hubs.ts'
import { AttemptLimiter, durableLimiter } from './platform/durable-limiter.ts'
import { durablePasswords, PasswordHasher } from './platform/durable-passwords.ts'
import { joseSealer } from './platform/jose-sealer.ts'
import { joseTokens } from './platform/jose-tokens.ts'
import { kvTenants } from './platform/kv-tenants.ts'
import { mailer } from './platform/mailer.ts'
import { neonDatabase, neonProvisioner, useLocalEndpoint, withSession } from './platform/neon.ts'
import { zxcvbnStrength } from './platform/zxcvbn-strength.ts'
import { randomText } from './platform/random-text.ts'
import { templateSource } from './platform/template-source.ts'
import { textMessages } from './platform/text-messages.ts'
import { nodeDigests } from './platform/node-digests.ts'
import { photonImages } from './platform/images/photon-images.ts'
import { r2Files } from './platform/r2-files.ts'
import { s3Uploads } from './platform/s3-uploads.ts'
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
  const writeDataPoint = analytics(env)
  const platform = {
    domain: settings.CLUSTER_DOMAIN,
    operatorHost: settings.OPERATOR_HOST ?? `operator.${settings.CLUSTER_DOMAIN}`,
  }
  const operations = operator({
    registry,
    sections,
    key: settings.OPERATOR_KEY ?? null,
    sealer,
    platform,
    metrics: metrics.read,
    migrations: {
      answer: (body, placeOf) => answerRequest(body, { modules, placeOf, withSession }),
      databaseUrl: settings.DATABASE_URL ?? null,
    },
  })
  const apps = tenants({
    source: registry,
    sections,
    sealer,
    defaultDatabaseUrl: settings.DATABASE_URL ?? null,
    cacheSeconds: settings.TENANT_CACHE_SECONDS,
    now: Date.now,
    warn: (message) => console.warn(message),
  })
  const databaseOf = (tenant: Tenant) => neonDatabase(tenant.databaseUrl, settings.DATABASE_SECONDS)
  const files = r2Files(env.ASSETS)
  const site = gateway(gears, heads, {
    tenants: apps,
    databaseOf,
    provisioner: settings.PROVISION === 'on' ? neonProvisioner(modules, settings.DATABASE_SECONDS) : null,
    tokens: joseTokens(),
    passwords: durablePasswords(env.PASSWORDS),
    limiter: durableLimiter(env.LIMITS, (message) => console.warn(message)),
    strength: zxcvbnStrength(),
    webhooks: fetchWebhooks((message) => console.warn(message)),
    hubs: durableHubs(env.PUBSUB),
    files,
    images: photonImages(),
    directUploads: settings.S3_UPLOADS === undefined ? null : s3Uploads(settings.S3_UPLOADS),
    digests: nodeDigests(),
    mailer: mailer(),
    textMessages: textMessages({ twilio: settings.TWILIO_URL, nexmo: settings.NEXMO_URL }),
    templates: templateSource(Date.now),
    randomText,
    now: () => new Date(),
    clock: () => performance.now(),
    newId: () => crypto.randomUUID(),
    gearWorkers: gearWorkers(settings.GEAR_WORKERS, env),
    operator: { host: platform.operatorHost, app: operations },
    observe: (entry, later) => {
      log(entry)
      metrics.count(entry, later)
      writeDataPoint(entry)
    },
    report: (requestId, cause) => console.error(requestId, cause),
  })

  /** Sweeps the files of the apps whose turn it is. A line for each where something was amiss. */
  async function sweep(scheduledAt: number): Promise<void> {
    const round = Math.floor(scheduledAt / 1000 / SWEEP_SECONDS)
    for (const host of await hostsOfRound(registry, round, SWEEP_APPS_MAX)) {
      const app = await apps.byHost(host)
      if (!app.ok) continue
      const { tenant } = app.value
      const swept = await sweepAssets({ tenant, db: databaseOf(tenant), files }, new Date(scheduledAt))
      const outcome = swept.ok ? swept.value : { fault: swept.error.code }
      if (Object.values(outcome).some((found) => found !== 0))
        console.log(JSON.stringify({ sweep: 'assets', app: tenant.appId, ...outcome }))
    }
  }
  return { site, sweep }
}

let system: ReturnType<typeof systemOf> | undefined

export default {
  fetch(request, env, execution) {
    system ??= systemOf(env)
    return system.site.fetch(request, env, execution)
  },
  scheduled({ scheduledTime }, env) {
    system ??= systemOf(env)
    return system.sweep(scheduledTime)
  },
} satisfies ExportedHandler<Env>

export { AttemptLimiter, ClusterMetrics, PasswordHasher, PubsubHub }
