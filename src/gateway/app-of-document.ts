import { fail, type Failure } from '../core/failure.ts'
import type { Gear } from '../core/gear.ts'
import { IDENTIFIER_BYTES_MAX } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Tenant } from '../core/tenant.ts'
import { corsPolicy, type CorsPolicy } from './cors.ts'
import { runningVersion } from './dialect.ts'
import type { Assignment } from './document/parse.ts'
import type { TenantDocument } from './document/schema.ts'
import { gearByLabel } from './hosts.ts'
import type { Plan } from './plan.ts'

/** A hostname's app: the tenant that gears see, and what only the gateway needs. */
export type App = {
  readonly tenant: Tenant
  /** What the host is for (skygear v2.3 "Domain types and assignments"). */
  readonly assignment: Assignment
  /** The gear that has the host to itself, by assignment or by label; null: the path decides. */
  readonly gear: string | null
  /** Answers nobody until the operator resumes it. */
  readonly isSuspended: boolean
  readonly plan: Plan
  /** Which version of each gear the app runs; one that is not named is live. */
  readonly versions: Readonly<Record<string, string>>
  readonly cors: CorsPolicy
  readonly isTimed: boolean
}

/** The app at its document's own host, which is always a `default` one. */
export function appOf(
  document: TenantDocument,
  plan: Plan,
  defaultDatabaseUrl: string | null,
  misconfigured: (path: string, message: string) => Failure,
): Result<App, Failure> {
  const { database_config: database, app_config: config } = document
  const databaseUrl = database.database_url ?? defaultDatabaseUrl
  if (databaseUrl === null)
    return err(misconfigured('/database_config/database_url', 'is required: the cluster has none'))
  if (new TextEncoder().encode(database.database_schema).length > IDENTIFIER_BYTES_MAX)
    return err(
      misconfigured('/database_config/database_schema', `is longer than ${IDENTIFIER_BYTES_MAX} bytes`),
    )
  const sections = document.gear_config as Readonly<Record<string, unknown>>
  return ok({
    tenant: {
      appId: document.app_id,
      appName: document.app_name,
      schema: database.database_schema,
      databaseUrl,
      masterKey: config.master_key,
      // A v2.2 client may have an API key beside its id: both name it.
      clients: config.clients.flatMap(({ client_id, api_key }) => [
        { id: client_id },
        ...(api_key ? [{ id: api_key }] : []),
      ]),
      developmentMode: isInDevelopment(sections['record']),
      signingKeys: (config.oidc?.keys ?? []).map((key) => ({
        kid: key.kid,
        privateKey: key.private_key,
        publicKey: key.public_key,
        ...(key.signs_from !== undefined && { signsFrom: new Date(key.signs_from * 1000) }),
      })),
      sessionSecret: config.auth.authentication_session.secret,
      passwordPolicy: config.password_policy,
      sections,
    },
    assignment: 'default',
    gear: null,
    isSuspended: document.suspended,
    plan,
    versions: document.gears,
    cors: corsPolicy(config.cors.origin),
    isTimed: document.server_timing,
  })
}

const isInDevelopment = (section: unknown): boolean =>
  typeof section === 'object' &&
  section !== null &&
  'development_mode' in section &&
  section.development_mode === true

/**
 * The same app at a further host. `label`: what stands before a `default` host, whose gear it names. The tenant stays
 * the same object, as keys and caches hang on it.
 */
export function appAt(app: App, assignment: Assignment, label: string | null): App {
  const gear = label !== null ? gearByLabel(label) : isGear(assignment) ? assignment : null
  return assignment === app.assignment && gear === app.gear ? app : { ...app, assignment, gear }
}

const isGear = (assignment: Assignment) => assignment === 'auth' || assignment === 'asset'

/** Whether the app may use the gear, by its plan and the version it runs. */
export function admits(app: App, gear: Gear): Result<void, Failure> {
  if (gear.always) return ok(undefined)
  if (app.plan.gears && !app.plan.gears.has(gear.name))
    return err(fail('PermissionDenied', `${gear.name} is not supported in the current app plan`))
  return runningVersion(app, gear.name) === null
    ? err(fail('PermissionDenied', `${gear.name} is suspended`))
    : ok(undefined)
}
