import * as v from 'valibot'
import { normalizeHost } from '../../src/gateway/hosts.ts'
import type { HostRow } from '../operator-client.ts'
import type { Layout, SourceApp } from './sync-source.ts'

/** Where an app's data are, by its document. */
export type Place = { readonly database: string; readonly schema: string }

/** Keys of a v2 document at its top: what else a stored one has is the operator's, and stays. */
const V2_KEYS = [
  'api_version',
  'app_id',
  'app_name',
  'database_config',
  'hook',
  'app_config',
  'template_items',
  'hooks',
  'deployment_routes',
  'plan',
  'gears',
] as const

type Document = Readonly<Record<string, unknown>>
const AnyObject = v.record(v.string(), v.unknown())
const objectOf = (value: unknown): Document => (v.is(AnyObject, value) ? value : {})

/**
 * A v2 document in the shape of v2.1 and later (v2 reference, section 1.15, shape history). In `version` 1 the app's part
 * was `user_config` and the cluster's `app_config`; in 2 they have their later names; then `api_version` took its place.
 * Before `version`, keys were flat and in upper case: of those, what v2's own migration 1561535169 took over.
 */
export function upgraded(config: Document): Document {
  if (Object.hasOwn(config, 'DATABASE_URL')) {
    const { APP_NAME, DATABASE_URL, API_KEY, MASTER_KEY } = config
    return upgraded({
      version: '1',
      app_name: APP_NAME,
      app_config: { database_url: DATABASE_URL },
      user_config: { api_key: API_KEY, master_key: MASTER_KEY },
    })
  }
  if (Object.hasOwn(config, 'user_config')) {
    const { user_config, app_config, ...others } = config
    const { hook, ...database_config } = objectOf(app_config)
    const renamed = { database_config, app_config: user_config, ...(hook !== undefined && { hook }) }
    return upgraded({ ...others, ...renamed })
  }
  if (!Object.hasOwn(config, 'version')) return config
  const { version: _, ...others } = config
  const app_config = { ...objectOf(config['app_config']), api_version: 'v2.1' }
  return { ...others, api_version: 'v2.1', app_config }
}

/** Null where the document names no database, which v2's gears could not do without. */
export function placeOf(app: SourceApp): Place | null {
  const { database_url, database_schema } = objectOf(upgraded(app.config)['database_config'])
  if (typeof database_url !== 'string' || database_url === '') return null
  const schema = typeof database_schema === 'string' && database_schema !== '' ? database_schema : 'app'
  return { database: database_url, schema }
}

/** The schema that `import` fills. */
export const ownSchema = (name: string): string => `app_${name}`

/** What was found at an app's place, and at the one of its own. */
export type Layouts = { readonly configured: Layout; readonly own: Layout }

/**
 * The schema to serve an app from; null where its rows are among other apps' and were not imported yet. Several apps
 * at one place share it even before the place exists.
 */
export function servedSchema(name: string, place: Place, sharedBy: number, layouts: Layouts): string | null {
  if (layouts.configured !== 'shared' && sharedBy === 1) return place.schema
  if (layouts.configured === 'none' || layouts.own === 'own') return ownSchema(name)
  return null
}

/** The document to keep for an app: its own, with what the gateway of v2 read from other tables. */
export function documentOf(app: SourceApp, schema: string): Document {
  const config = upgraded(app.config)
  const listOf = (key: string): readonly unknown[] => (Array.isArray(config[key]) ? config[key] : [])
  return {
    ...config,
    app_id: app.id,
    app_name: app.name,
    plan: app.plan,
    gears: { ...objectOf(config['gears']), auth: app.auth_version },
    database_config: { ...objectOf(config['database_config']), database_schema: schema },
    deployment_routes: [...listOf('deployment_routes'), ...app.routes],
    hooks: [...listOf('hooks'), ...app.hooks],
  }
}

export type Hosts = {
  readonly main: string
  readonly aliases: readonly (readonly [host: string, assignment: string])[]
}

/** The document is at the host that the cluster gave, the others are aliases; null where the app has no host. */
export function hostsOf({ domains }: SourceApp): Hosts | null {
  const hosts = domains.flatMap(({ domain, assignment }) => {
    const host = normalizeHost(domain)
    return host === null ? [] : [{ host, assignment }]
  })
  const main = hosts.find(({ assignment }) => assignment === 'default') ?? hosts[0]
  if (!main) return null
  const aliases = hosts.filter(({ host }) => host !== main.host)
  return { main: main.host, aliases: aliases.map(({ host, assignment }) => [host, assignment] as const) }
}

/** As an edit of what is stored: every key that v2 has, and nothing of the operator's. */
export function editsFor(document: Document, stored: unknown) {
  const known = objectOf(stored)
  return {
    set: Object.fromEntries(Object.entries(document).map(([key, value]) => [`/${key}`, value])),
    unset: V2_KEYS.filter((key) => Object.hasOwn(known, key) && !Object.hasOwn(document, key)).map(
      (key) => `/${key}`,
    ),
  }
}

/** The ids of a config database are UUIDs; an app made here has its name as its id, and is no business of sync. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Hosts of the config database's apps that it does not name any more. `kept`: those it does, served or not. */
export function goneHosts(rows: readonly HostRow[], kept: ReadonlySet<string>): readonly string[] {
  const isSynced = ({ app_id }: HostRow): boolean => app_id !== undefined && UUID.test(app_id)
  const mains = new Set(rows.filter(isSynced).map(({ host }) => host))
  return rows
    .filter((row) => isSynced(row) || (row.alias_of !== undefined && mains.has(row.alias_of)))
    .map(({ host }) => host)
    .filter((host) => !kept.has(host))
}
