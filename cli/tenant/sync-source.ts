import { escapeIdentifier, type Client } from 'pg'

/** A row of `app` with its plan, its document, and what its last deployment added (v2 reference, section 1.15). */
export type SourceApp = {
  readonly id: string
  readonly name: string
  readonly plan: string
  readonly auth_version: string
  readonly config: Readonly<Record<string, unknown>>
  readonly routes: readonly object[]
  readonly hooks: readonly object[]
  readonly domains: readonly { readonly domain: string; readonly assignment: string }[]
}
export type SourcePlan = { readonly name: string; readonly auth_enabled: boolean }
export type Source = { readonly plans: readonly SourcePlan[]; readonly apps: readonly SourceApp[] }

/** Reads a config database. @throws Error where it is none */
export async function readSource(client: Client): Promise<Source> {
  const missing = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) as name
      where not exists (select from pg_tables where schemaname = 'app_config' and tablename = name)`,
    [['plan', 'app', 'config', 'domain', 'deployment_route']],
  )
  if (missing.rows.length > 0)
    throw new Error(
      `this is no config database: app_config lacks ${missing.rows.map(({ name }) => name).join(', ')}`,
    )
  const hooks = await client.query(
    `select from pg_tables where schemaname = 'app_config' and tablename = 'deployment_hook'`,
  )
  const plans = await client.query<SourcePlan>(`select name, auth_enabled from app_config.plan order by name`)
  const apps = await client.query<SourceApp>(`
    select a.id, a.name, p.name as plan, a.auth_version, c.config,
      (select coalesce(json_agg(json_build_object('version', r.deployment_version, 'path', r.path, 'type', r.type,
          'type_config', r.type_config) order by r.path, r.id), '[]')
        from app_config.deployment_route r where r.app_id = a.id and r.is_last_deployment) as routes,
      ${
        hooks.rows.length === 0
          ? `'[]'::json`
          : `(select coalesce(json_agg(e.hook), '[]') from app_config.deployment_hook h
              cross join jsonb_array_elements(h.hooks) as e(hook) where h.app_id = a.id and h.is_last_deployment)`
      } as hooks,
      (select coalesce(json_agg(json_build_object('domain', d.domain, 'assignment', d.assignment)
          order by d.domain), '[]') from app_config.domain d where d.app_id = a.id) as domains
    from app_config.app a join app_config.config c on c.id = a.config_id join app_config.plan p on p.id = a.plan_id
    order by a.name`)
  return { plans: plans.rows, apps: apps.rows }
}

/** How users are kept in a schema: with `app_id`, many apps' (v2); without, one app's; not at all. */
export type Layout = 'shared' | 'own' | 'none'

export async function layoutOf(client: Client, schema: string): Promise<Layout> {
  const { rows } = await client.query<{ is_shared: boolean | null }>(
    `select bool_or(a.attname = 'app_id') as is_shared from pg_attribute a
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`,
    [`${escapeIdentifier(schema)}._core_user`],
  )
  const isShared = rows[0]?.is_shared ?? null
  return isShared === null ? 'none' : isShared ? 'shared' : 'own'
}
