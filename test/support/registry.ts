import type { HostSummary, TenantRegistry } from '../../src/core/registry.ts'

/** A registry in memory that notes what was asked of it, and can be made to fail or to wait. */
export type FakeRegistry = TenantRegistry & {
  readonly texts: Map<string, string>
  readonly summaries: Map<string, HostSummary>
  /** The keys that were read, in order. */
  readonly reads: string[]
  /** While set, every read fails with it. */
  failure: Error | null
  /** While set, every read waits for it. */
  gate: Promise<void> | null
}

export function fakeRegistry(documents: Readonly<Record<string, unknown>> = {}): FakeRegistry {
  const registry: FakeRegistry = {
    texts: new Map(Object.entries(documents).map(([key, value]) => [key, textOf(value)])),
    summaries: new Map(),
    reads: [],
    failure: null,
    gate: null,
    async get(key) {
      registry.reads.push(key)
      if (registry.gate) await registry.gate
      if (registry.failure) throw registry.failure
      return registry.texts.get(key) ?? null
    },
    async put(key, text, summary) {
      registry.texts.set(key, text)
      if (summary === null) registry.summaries.delete(key)
      else registry.summaries.set(key, summary)
    },
    async delete(key) {
      registry.texts.delete(key)
      registry.summaries.delete(key)
    },
    async list(prefix) {
      return [...registry.texts.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => ({ key, summary: registry.summaries.get(key) ?? null }))
    },
  }
  return registry
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
