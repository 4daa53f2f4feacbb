import { describe, expect, it } from 'vitest'
import { documentOf, placeOf, upgraded } from '../../cli/tenant/sync-plan.ts'
import type { SourceApp } from '../../cli/tenant/sync-source.ts'
import { parseDocument } from '../../src/gateway/document/parse.ts'
import { sections } from '../../src/gears.ts'
import { appId, configOf } from '../fixtures/config-database.ts'

const DATABASE = 'postgres://me@db.test/apps'
/** The app's part, as v2.0 and earlier had it: `clients` by `id` and `api_key`, no `api_version`. */
const APP = {
  display_app_name: 'Notes',
  clients: [{ id: 'web', name: 'Web', api_key: 'key-of-notes', session_transport: 'header' }],
  master_key: 'master-key-of-notes',
  cors: { origin: 'localhost:3000' },
  asset: { secret: 'asset-secret' },
  auth: {
    authentication_session: { secret: 'session-secret' },
    login_id_keys: [{ key: 'email', type: 'email' }],
  },
  hook: { secret: 'hook-secret' },
}
const HOOK = { sync_hook_timeout_second: 10, sync_hook_total_timeout_second: 60 }
const SHARED = {
  app_id: appId(1),
  app_name: 'notes',
  hooks: [{ event: 'after_login', url: 'https://hook.test/' }],
}

/** One app, in each shape that config databases have held (v2 reference, section 1.15, shape history). */
const SHAPES = {
  'version 1: user_config': {
    ...SHARED,
    version: '1',
    app_config: { database_url: DATABASE, database_schema: 'app', hook: HOOK },
    user_config: APP,
  },
  'version 2: app_config and database_config': {
    ...SHARED,
    version: '2',
    hook: HOOK,
    database_config: { database_url: DATABASE, database_schema: 'app' },
    app_config: APP,
  },
  'api_version v2.1': {
    ...SHARED,
    api_version: 'v2.1',
    hook: HOOK,
    database_config: { database_url: DATABASE, database_schema: 'app' },
    app_config: { ...APP, api_version: 'v2.1' },
  },
} as const
const rows = Object.entries(SHAPES)

const sourceOf = (config: Readonly<Record<string, unknown>>): SourceApp => ({
  id: appId(1),
  name: 'notes',
  plan: 'basic',
  auth_version: 'live',
  config,
  routes: [],
  hooks: [],
  domains: [],
})

describe('an old document of a config database', () => {
  it.each(rows)('of %s becomes one of v2.1, with nothing lost', (_, config) => {
    expect(upgraded(config)).toEqual(SHAPES['api_version v2.1'])
  })

  it.each(rows)('of %s says where its rows are', (_, config) => {
    expect(placeOf(sourceOf(config))).toEqual({ database: DATABASE, schema: 'app' })
  })

  it.each(rows)('of %s is served', (_, config) => {
    const parsed = parseDocument(documentOf(sourceOf(config), 'app_notes'), sections)
    if (!parsed.ok) throw new Error(`${parsed.error.path} ${parsed.error.message}`)
    const { database_config, app_config, plan } = parsed.value.document
    expect([database_config.database_schema, plan]).toEqual(['app_notes', 'basic'])
    expect(app_config).toMatchObject({
      master_key: 'master-key-of-notes',
      display_app_name: 'Notes',
      clients: [{ client_id: 'key-of-notes' }],
      auth: { authentication_session: { secret: 'session-secret' } },
    })
    expect(parsed.value.warnings.filter((warning) => warning.startsWith('/version'))).toEqual([])
  })

  it('is left as it is where it is of now', () => {
    const config = configOf(1, 'notes', DATABASE, 'app')
    expect(upgraded(config)).toBe(config)
  })

  it('names no place where it has no database', () => {
    for (const config of [{}, { database_config: {} }, { user_config: {}, app_config: { database_url: '' } }])
      expect(placeOf(sourceOf(config))).toBeNull()
  })
})

it('a document of before there were versions is where its DATABASE_URL says, in the schema of all', () => {
  const flat = { APP_NAME: 'notes', DATABASE_URL: DATABASE, API_KEY: 'key', MASTER_KEY: 'master' }
  expect(placeOf(sourceOf(flat))).toEqual({ database: DATABASE, schema: 'app' })
  expect(upgraded(flat)).toMatchObject({
    api_version: 'v2.1',
    app_name: 'notes',
    app_config: { api_version: 'v2.1', api_key: 'key', master_key: 'master' },
  })
})
