import type { JsonObject } from '../../core/json-object.ts'
import type { HostSummary } from '../../core/registry.ts'
import type { HostValue } from './parse.ts'

/** What a listing shows of a host. */
export function summaryOf(value: HostValue): HostSummary {
  if (value.kind === 'alias') return { alias_of: value.aliasOf }
  const { app_id, plan, gears, suspended, database_config } = value.document
  const isShared = database_config.database_url === undefined
  return {
    app_id,
    ...(isShared && { schema: database_config.database_schema }),
    ...(plan !== undefined && { plan }),
    ...(Object.keys(gears).length > 0 && { gears }),
    ...(suspended && { suspended: true as const }),
  }
}

/** The schema that a stored document names or is given, in the cluster's database. */
export function schemaIn({ database_config: given, app_name }: JsonObject): string | null {
  const place = isObject(given) ? given : {}
  if (place['database_url'] !== undefined) return null
  const schema = place['database_schema'] ?? `app_${String(app_name)}`
  return typeof schema === 'string' ? schema : null
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
