import { modules } from '../migrations/bundle.ts'
import { gateway } from './gateway/app.ts'
import { normalizeHost } from './gateway/hosts.ts'
import { requestLogger } from './gateway/log.ts'
import { operator } from './gateway/operator.ts'
import { tenants } from './gateway/tenants.ts'
import { PubsubHub } from './gear/pubsub/hub.ts'
import { gears, sections } from './gears.ts'
import { head } from './migrate/module.ts'
import { durableHubs } from './platform/durable-hubs.ts'
import { joseTokens } from './platform/jose-tokens.ts'
import { kvTenants } from './platform/kv-tenants.ts'
import { neonDatabase, neonProvisioner, useLocalEndpoint } from './platform/neon.ts'
import { scryptPasswords } from './platform/scrypt-passwords.ts'
import { settingsOf } from './settings.ts'

export const heads = modules.map((module) => ({ name: module.name, version: head(module) }))

type System = {
  readonly fetch: (request: Request, env: Env, execution: ExecutionContext) => Response | Promise<Response>
}

/** Everything a request needs, built once per isolate. */
function systemOf(env: Env): System {
  const settings = settingsOf(env)
  if (settings.NEON_LOCAL_ENDPOINT !== undefined) useLocalEndpoint(settings.NEON_LOCAL_ENDPOINT)
  const registry = kvTenants(env.TENANTS)
  const apps = gateway(gears, heads, {
    tenants: tenants({
      source: registry,
      sections,
      defaultDatabaseUrl: settings.DATABASE_URL ?? null,
      cacheSeconds: settings.TENANT_CACHE_SECONDS,
      now: Date.now,
      warn: (message) => console.warn(message),
    }),
    databaseOf: (tenant) => neonDatabase(tenant.databaseUrl),
    provisioner: settings.PROVISION === 'on' ? neonProvisioner(modules) : null,
    tokens: joseTokens(),
    passwords: scryptPasswords(),
    hubs: durableHubs(env.PUBSUB),
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    log: requestLogger(settings.LOG_SAMPLE, Math.random, (line) => console.log(line)),
    report: (requestId, cause) => console.error(requestId, cause),
  })
  const operatorHost = settings.OPERATOR_HOST ?? `operator.${settings.CLUSTER_DOMAIN}`
  const operations = operator({ registry, sections, key: settings.OPERATOR_KEY ?? null })
  return {
    fetch(request, bindings, execution) {
      const host = normalizeHost(request.headers.get('host') ?? new URL(request.url).host)
      return (host === operatorHost ? operations : apps).fetch(request, bindings, execution)
    },
  }
}

let system: System | undefined

export default {
  fetch(request, env, execution) {
    system ??= systemOf(env)
    return system.fetch(request, env, execution)
  },
} satisfies ExportedHandler<Env>

export { PubsubHub }
