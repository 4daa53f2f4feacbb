import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TenantRegistry } from '../../../src/core/registry.ts'
import { withFiles } from '../../registry/files.ts'
import { wrangler, wranglerRegistry } from '../../registry/wrangler.ts'

/**
 * Gives `use` the registry itself, for reading: the operator's host shows no database's password. The local one may
 * be read beside a running dev.
 */
export async function withRegistry<T>(
  { data, remote }: { readonly data: string; readonly remote: boolean },
  use: (registry: TenantRegistry) => Promise<T>,
): Promise<T> {
  if (remote) return use(wranglerRegistry(wrangler))
  const persistTo = join(data, 'wrangler')
  if (!existsSync(persistTo))
    throw new Error(`no apps in ${data}: start npm run dev, or give --data, --remote or --config-database`)
  return withFiles(persistTo, use)
}
