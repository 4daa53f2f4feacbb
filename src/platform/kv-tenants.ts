import { TENANT_READ_SECONDS_MAX } from '../core/limits.ts'
import type { HostSummary, TenantRegistry } from '../core/registry.ts'

/**
 * The registry in Workers KV. Eventually consistent: a write shows everywhere within about a minute. A read that takes
 * longer than `secondsMax` rejects: a request must not wait for a store that says nothing.
 */
export function kvTenants(namespace: KVNamespace, secondsMax = TENANT_READ_SECONDS_MAX): TenantRegistry {
  return {
    get: (key) => inTime(namespace.get(key, 'text'), secondsMax),
    put: (key, text, summary) => namespace.put(key, text, { metadata: summary }),
    delete: (key) => namespace.delete(key),
    async list(prefix) {
      const found: { key: string; summary: HostSummary | null }[] = []
      let cursor: string | undefined
      do {
        const page: KVNamespaceListResult<HostSummary> = await namespace.list<HostSummary>({
          prefix,
          ...(cursor !== undefined && { cursor }),
        })
        found.push(...page.keys.map(({ name, metadata }) => ({ key: name, summary: metadata ?? null })))
        cursor = page.list_complete ? undefined : page.cursor
      } while (cursor !== undefined)
      return found
    },
  }
}

async function inTime<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
