import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { TenantRegistry } from '../../../src/core/registry.ts'
import { oneLine } from '../../command-line.ts'
import { ROOT, writePrivate } from '../../dev/state.ts'
import { script } from '../../dev/wrangler.ts'
import { wranglerRegistry, type Run } from '../../tenant/remote.ts'

/** Documents of a deployed namespace may be many, and large. */
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024

/**
 * Gives `use` the registry itself, for reading: the operator's host shows no database's password. The local one may
 * be read beside a running dev.
 */
export const withRegistry = <T>(
  { data, remote }: { readonly data: string; readonly remote: boolean },
  use: (registry: TenantRegistry) => Promise<T>,
): Promise<T> => (remote ? use(wranglerRegistry(wrangler)) : withFiles(data, use))

const QUIET = { WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' }

const wrangler: Run = (args) =>
  new Promise((resolve) => {
    const env = { ...process.env, ...QUIET, WRANGLER_HIDE_BANNER: 'true', FORCE_COLOR: '0' }
    const child = execFile(
      process.execPath,
      [script(), ...args],
      { cwd: ROOT, env, maxBuffer: OUTPUT_BYTES_MAX },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    )
  })

async function withFiles<T>(data: string, use: (registry: TenantRegistry) => Promise<T>): Promise<T> {
  const persistTo = join(data, 'wrangler')
  if (!fs.existsSync(persistTo))
    throw new Error(`no apps in ${data}: start npm run dev, or give --data, --remote or --config-database`)
  Object.assign(process.env, QUIET)
  const [{ getPlatformProxy, unstable_readConfig }, { kvTenants }] = await Promise.all([
    import('wrangler'),
    import('../../../src/platform/kv-tenants.ts'),
  ])
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
