import { TENANT_READ_SECONDS_MAX, TENANT_WRITE_SECONDS_MAX } from '../core/limits.ts'
import type { HostSummary, TenantRegistry } from '../core/registry.ts'

/** Seconds that KV may take for a read or a page of a listing, and for a write or deletion. */
type Patience = { readonly read: number; readonly write: number }
const PATIENCE: Patience = { read: TENANT_READ_SECONDS_MAX, write: TENANT_WRITE_SECONDS_MAX }

/**
 * The registry in Workers KV. Eventually consistent: a write shows everywhere within about a minute. What takes longer
 * than our patience rejects, as a request must not wait for a store that says nothing; a write may have been done then.
 */
export function kvTenants(namespace: KVNamespace, { read, write } = PATIENCE): TenantRegistry {
  return {
    get: (key) => inTime(namespace.get(key, 'text'), read),
    put: (key, text, summary) =>
      inTime(namespace.put(key, text, summary ? { metadata: summary } : {}), write),
    delete: (key) => inTime(namespace.delete(key), write),
    async list(prefix) {
      const found: { key: string; summary: HostSummary | null }[] = []
      let cursor: string | undefined
      do {
        const asked = namespace.list<HostSummary>({ prefix, ...(cursor !== undefined && { cursor }) })
        const page: KVNamespaceListResult<HostSummary> = await inTime(asked, read)
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
