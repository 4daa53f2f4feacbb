import type { Client } from 'pg'
import type { HostSummary, TenantRegistry } from '../../../src/core/registry.ts'
import { err, ok, type Result } from '../../../src/core/result.ts'
import type { Sealer } from '../../../src/core/sealer.ts'
import { readHostText } from '../../../src/gateway/document/seal.ts'
import { placeOf, type Place } from '../../tenant/sync-plan.ts'
import { readSource, type SourceApp } from '../../tenant/sync-source.ts'
import type { Filter } from './filter.ts'
import { inParallel } from './parallel.ts'

/** An app, and where its tables are, or why that cannot be told. */
export type FoundApp = { readonly app: string; readonly place: Result<Place, string> }

export type RegistryOptions = {
  readonly filter: Filter
  readonly sealer: Sealer | null
  /** Of the apps that name no database. */
  readonly clusterDatabase: string | null
  /** Documents read at a time. */
  readonly concurrency: number
}

/** The apps of the registry. A document that the listing can rule out is not read, nor is an alias. */
export async function appsInRegistry(
  registry: TenantRegistry,
  { filter, sealer, clusterDatabase, concurrency }: RegistryOptions,
): Promise<readonly FoundApp[]> {
  const listed = await registry.list('host:')
  const asked = listed.filter(
    ({ summary }) => summary === null || (summary.alias_of === undefined && filter(summary)),
  )
  const found = await inParallel(asked, concurrency, async ({ key, summary }): Promise<FoundApp | null> => {
    const host = key.slice('host:'.length)
    const text = await registry.get(key)
    if (text === null) return null
    const value = await readHostText(text, {}, sealer)
    if (!value.ok) {
      // Of a document that nobody can read only a listing without filter is.
      const isAsked = summary !== null || filter({})
      const { path, message } = value.error
      return isAsked
        ? {
            app: summary?.app_id ?? host,
            place: err(`its document${path === '' ? '' : `: ${path}`} ${message}`),
          }
        : null
    }
    if (value.value.kind === 'alias') return null
    const { app_id, plan, gears, database_config } = value.value.document
    if (summary === null && !filter({ app_id, gears, ...(plan !== undefined && { plan }) })) return null
    const database = database_config.database_url ?? clusterDatabase
    const place =
      database === null
        ? err("it is in the cluster's database: give --database or DATABASE_URL")
        : ok({ database, schema: database_config.database_schema })
    return { app: app_id, place }
  })
  return found.filter((each) => each !== null)
}

/** The apps of a config database (v2 reference, section 1.15), by name; their documents as old as they come. */
export async function appsInConfigDatabase(client: Client, filter: Filter): Promise<readonly FoundApp[]> {
  const { apps } = await readSource(client)
  return apps
    .filter((app) => filter(summaryOf(app)))
    .map((app) => {
      const place = placeOf(app)
      return { app: app.name, place: place === null ? err('its document names no database_url') : ok(place) }
    })
}

const summaryOf = ({ id, plan, auth_version }: SourceApp): HostSummary => ({
  app_id: id,
  plan,
  gears: { auth: auth_version },
})
