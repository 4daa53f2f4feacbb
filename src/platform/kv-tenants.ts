import type { HostSummary, TenantRegistry } from '../core/registry.ts'

/** The registry in Workers KV. Eventually consistent: a write shows everywhere within about a minute. */
export function kvTenants(namespace: KVNamespace): TenantRegistry {
  return {
    get: (key) => namespace.get(key, 'text'),
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
