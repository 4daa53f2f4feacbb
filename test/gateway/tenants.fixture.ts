import { TENANT_CACHE_SECONDS } from '../../src/core/limits.ts'
import { tenants } from '../../src/gateway/tenants.ts'
import { fakeRegistry } from '../support/registry.ts'
import { edited, minimal } from './document.fixture.ts'

export const notes = edited(minimal, '/app_id', 'notes')

/** An isolate: its own memory, a clock that stands still, and what it warned of. */
export function isolate(documents: Readonly<Record<string, unknown>>, cacheSeconds = TENANT_CACHE_SECONDS) {
  const source = fakeRegistry(documents)
  const clock = { ms: 1_800_000_000_000 }
  const warnings: string[] = []
  const map = tenants({
    source,
    sections: {},
    defaultDatabaseUrl: null,
    cacheSeconds,
    now: () => clock.ms,
    warn: (message) => warnings.push(message),
  })
  const find = (host: string) => map.byHost(host)
  return {
    source,
    warnings,
    find,
    app: async (host: string) => {
      const found = await find(host)
      return found.ok ? found.value : found.error
    },
    pass: (seconds: number) => {
      clock.ms += seconds * 1000
    },
    readsOf: (key: string) => source.reads.filter((read) => read === key).length,
  }
}
