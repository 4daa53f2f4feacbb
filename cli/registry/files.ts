import { join } from 'node:path'
import type { TenantRegistry } from '../../src/core/registry.ts'
import { oneLine } from '../command-line.ts'
import { ROOT, writePrivate } from '../dev/state.ts'

/** Gives `use` the registry in the files that wrangler keeps of the local KV. */
export async function withFiles<T>(
  persistTo: string,
  use: (registry: TenantRegistry) => Promise<T>,
): Promise<T> {
  const { kvTenants } = await import('../../src/platform/kv-tenants.ts')
  // wrangler looks for updates and writes logs of its own unless told so before it is imported.
  Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' })
  const { getPlatformProxy, unstable_readConfig } = await import('wrangler').catch(() => {
    throw new Error('The package wrangler is missing: run npm install.')
  })
  const { name, compatibility_date, kv_namespaces } = unstable_readConfig(
    { config: join(ROOT, 'wrangler.toml') },
    { hideWarnings: true },
  )
  // Of the Worker's bindings only KV: the others would be warned about, as there is no Worker here.
  const configPath = join(persistTo, 'tenants.json')
  writePrivate(configPath, JSON.stringify({ name, compatibility_date, kv_namespaces }))
  const proxy = await getPlatformProxy<{ TENANTS: KVNamespace }>({
    configPath,
    persist: { path: join(persistTo, 'v3') },
    envFiles: [],
    remoteBindings: false,
  }).catch((cause: unknown) => {
    throw new Error(`the local KV in ${persistTo} cannot be opened: ${oneLine(cause)}`, { cause })
  })
  try {
    return await use(kvTenants(proxy.env.TENANTS))
  } finally {
    await proxy.dispose()
  }
}
