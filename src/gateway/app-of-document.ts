import * as v from 'valibot'
import { fail, type Failure } from '../core/failure.ts'
import type { Gear } from '../core/gear.ts'
import { IDENTIFIER_BYTES_MAX } from '../core/limits.ts'
import { ownKeys } from '../core/login-id.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Tenant } from '../core/tenant.ts'
import { corsPolicy, type CorsPolicy } from './cors.ts'
import { runningVersion } from './dialect.ts'
import type { Assignment } from './document/parse.ts'
import type { TenantDocument } from './document/schema.ts'
import { gearByLabel } from './hosts.ts'
import { messagingOf } from './messaging-of-document.ts'
import { within, type Plan } from './plan.ts'

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
  /** Of the text that it was made of: what a cache weighs it by. */
  readonly documentChars: number
}

/** The app at its document's own host, which is always a `default` one. */
export function appOf(
  document: TenantDocument,
  documentChars: number,
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
  const sections = within(document.gear_config, plan.limits)
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
      developmentMode: isOn(sections['record'], 'development_mode'),
      signingKeys: (config.oidc?.keys ?? []).map((key) => ({
        kid: key.kid,
        privateKey: key.private_key,
        publicKey: key.public_key,
        ...(key.signs_from !== undefined && { signsFrom: new Date(key.signs_from * 1000) }),
      })),
      sessionSecret: config.auth.authentication_session.secret,
      hookSecret: config.hook.secret,
      assetSecret: config.asset.secret,
      passwordPolicy: config.password_policy,
      userKeys: userKeysOf(sections['auth']),
      messaging: messagingOf(document),
      verificationRequired: isOn(sections['auth'], 'verification_required'),
      sections,
    },
    assignment: 'default',
    gear: null,
    isSuspended: document.suspended,
    plan,
    versions: document.gears,
    cors: corsPolicy(config.cors.origin),
    isTimed: document.server_timing,
    documentChars,
  })
}

/** A switch in a gear's own section that the gateway has to know of. */
const isOn = (section: unknown, name: string): boolean =>
  typeof section === 'object' && section !== null && Reflect.get(section, name) === true

/** Of a section that its gear's schema has judged; there is none where there is no such gear. */
function userKeysOf(section: unknown): Tenant['userKeys'] {
  const parsed = v.safeParse(v.object({ auth_record_keys: v.array(v.array(v.string())) }), section)
  return parsed.success ? ownKeys(parsed.output.auth_record_keys) : []
}

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
  const name = gear.partOf ?? gear.name
  if (app.plan.gears && !app.plan.gears.has(name))
    return err(fail('PermissionDenied', `${name} is not supported in the current app plan`))
  return runningVersion(app, name) === null
    ? err(fail('PermissionDenied', `${name} is suspended`))
    : ok(undefined)
}
