import type { Gear } from '../../src/core/gear.ts'
import type { RequestLog } from '../../src/core/request-log.ts'
import type { App } from '../../src/gateway/app-of-document.ts'
import { gateway, type Ports } from '../../src/gateway/app.ts'
import { corsPolicy } from '../../src/gateway/cors.ts'
import { gearWorkers, type GearWorkerNames } from '../../src/gateway/gear-workers.ts'
import { tenants } from '../../src/gateway/tenants.ts'
import { fakeRegistry } from '../support/registry.ts'
import { aTenant } from '../support/tenant.ts'

/** An app for tests of what the gateway decides: pass what the test is about. */
export const anApp = (given: Partial<App> = {}): App => ({
  tenant: aTenant(),
  assignment: 'default',
  gear: null,
  isSuspended: false,
  plan: { name: 'default', gears: null, limits: {} },
  versions: {},
  cors: corsPolicy(''),
  isTimed: false,
  documentChars: 0,
  ...given,
})

/** What no test of the gateway alone may reach. */
const unreachable = (): never => {
  throw new Error('not here')
}

/** The whole gateway over documents in memory, with gears that need neither database nor tokens. */
export function testGateway(
  gears: readonly Gear[],
  documents: Readonly<Record<string, unknown>>,
  workers: { readonly names: GearWorkerNames; readonly env: object } = { names: {}, env: {} },
  more: Partial<Pick<Ports, 'operator' | 'tenants'>> = {},
) {
  const observed: RequestLog[] = []
  const reported: { readonly requestId: string; readonly cause: unknown }[] = []
  const ports: Ports = {
    tenants: tenants({
      source: fakeRegistry(documents),
      sections: {},
      defaultDatabaseUrl: null,
      cacheSeconds: 60,
      now: Date.now,
      warn: () => undefined,
    }),
    databaseOf: () => ({ transact: unreachable }),
    provisioner: null,
    tokens: { issue: unreachable, verify: unreachable, publicKeys: unreachable, verifyCustom: unreachable },
    passwords: { hash: unreachable, verify: unreachable, isOutdated: unreachable },
    limiter: { take: unreachable, putBack: unreachable, know: unreachable },
    strength: { score: unreachable },
    webhooks: { post: unreachable },
    hubs: { connect: unreachable },
    mailer: { send: unreachable },
    textMessages: { send: unreachable },
    templates: { read: unreachable },
    randomText: unreachable,
    images: { render: unreachable },
    directUploads: null,
    files: { put: unreachable, get: unreachable, head: unreachable, delete: unreachable, list: unreachable },
    digests: { hmac: unreachable, hash: unreachable },
    now: () => new Date(),
    clock: () => performance.now(),
    newId: () => crypto.randomUUID(),
    gearWorkers: gearWorkers(workers.names, workers.env),
    observe: (entry) => void observed.push(entry),
    report: (requestId, cause) => void reported.push({ requestId, cause }),
    ...more,
  }
  const hono = gateway(gears, [], ports)
  const execution: ExecutionContext = {
    waitUntil: () => undefined,
    passThroughOnException: () => undefined,
  } as unknown as ExecutionContext
  return {
    observed,
    reported,
    send: async (url: string, init: RequestInit = {}): Promise<Response> =>
      hono.fetch(new Request(url, init), {}, execution),
  }
}
