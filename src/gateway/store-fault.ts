import { fail, type Failure } from '../core/failure.ts'
import type { TenantRegistry } from '../core/registry.ts'

/** The registry did not do what was asked of it, or not in time. Its message is for the operator's log. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault'
}

/** What a caller is told of it: nothing but to come again. */
export const STORE_UNREACHABLE: Failure = {
  ...fail('UnexpectedError', 'the tenant store cannot be reached'),
  status: 503,
  retryAfterSeconds: 1,
}

/** The same registry, whose rejections are told from every other error. */
export function withFaults(registry: TenantRegistry): TenantRegistry {
  const named = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw new StoreFault(cause instanceof Error ? cause.message : String(cause), { cause })
    })
  return {
    get: (key) => named(registry.get(key)),
    put: (key, text, summary) => named(registry.put(key, text, summary)),
    delete: (key) => named(registry.delete(key)),
    list: (prefix) => named(registry.list(prefix)),
  }
}
