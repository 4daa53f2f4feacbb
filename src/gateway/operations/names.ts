import {
  APP_ID_CHARS_MAX,
  GEAR_VERSIONS_MAX,
  GEAR_VERSION_CHARS_MAX,
  REGISTRY_SUMMARY_BYTES_MAX,
} from '../../core/limits.ts'
import type { HostSummary } from '../../core/registry.ts'
import type { JsonObject } from '../../core/json-object.ts'
import type { DocumentFault } from '../document/fault.ts'
import { isAppName, RESERVED_APP_NAMES } from '../hosts.ts'
import { isPlanName } from './plan.ts'

/** The hosts of the platform itself: `operatorHost`, and the reserved names under the cluster's domain. */
export type Platform = { readonly domain: string; readonly operatorHost: string }

/** Why no new app may have this name; null: it may. */
export function appNameFault(name: string): string | null {
  if (RESERVED_APP_NAMES.has(name)) return `the name ${JSON.stringify(name)} is reserved`
  return isAppName(name)
    ? null
    : `${JSON.stringify(name.slice(0, 100))} is no app name: a-z, 0-9 and inner dashes, 40 characters at most`
}

/** Why this host can be no app's; null: it can. A document there would never be asked for, or would pose as the platform. */
export function hostFault(host: string, { domain, operatorHost }: Platform): string | null {
  const [label = ''] = host.split('.')
  if (host === operatorHost || label === 'operator') return `the host ${host} is the operator's`
  return RESERVED_APP_NAMES.has(label) && host === `${label}.${domain}`
    ? `the host ${host} is the platform's`
    : null
}

/** What an operator names in a document. */
type Named = {
  readonly app_id: string
  readonly app_name: string
  readonly plan?: string | undefined
  readonly gears: Readonly<Record<string, string>>
}

/**
 * The first name in a document that it may not begin to have. What it had before stays, whatever it is: an app must not
 * fall silent over a rule that came after it. `before`: what is stored, empty for a new app. `isForeign`: of another
 * cluster, which had its own rules for the names of apps.
 */
export function namesFault(named: Named, before: JsonObject, isForeign: boolean): DocumentFault | null {
  const { app_id, app_name, plan, gears } = named
  if (app_id !== before['app_id'] && !APP_ID.test(app_id))
    return { path: '/app_id', message: `must be 1 to ${APP_ID_CHARS_MAX} of a-z, A-Z, 0-9, _, . and -` }
  if (app_name !== before['app_name']) {
    const fault = isForeign ? foreignNameFault(app_name) : appNameFault(app_name)
    if (fault !== null) return { path: '/app_name', message: `is not usable: ${fault}` }
  }
  if (plan !== undefined && plan !== before['plan'] && !isPlanName(plan))
    return { path: '/plan', message: 'must be a name of a plan: 64 letters, digits, _, . and - at most' }
  const versions = Object.entries(gears)
  const isFresh = JSON.stringify(gears) !== JSON.stringify(before['gears'])
  if (isFresh && versions.length > GEAR_VERSIONS_MAX)
    return { path: '/gears', message: `must have at most ${GEAR_VERSIONS_MAX} keys` }
  if (isFresh && versions.some((pair) => pair.some((text) => text.length > GEAR_VERSION_CHARS_MAX)))
    return {
      path: '/gears',
      message: `must have keys and values of at most ${GEAR_VERSION_CHARS_MAX} characters`,
    }
  return null
}

/** It is a part of the keys of the app's files: `/` would lead into another app's, and R2 bounds it. */
const APP_ID = new RegExp(`^[A-Za-z0-9][\\w.-]{0,${APP_ID_CHARS_MAX - 1}}$`)

const foreignNameFault = (name: string): string | null =>
  name.length <= APP_ID_CHARS_MAX ? null : `must have at most ${APP_ID_CHARS_MAX} characters`

/** Whether a summary can be kept beside its key. Without one, listings read the document. */
export const fits = (summary: HostSummary): boolean =>
  new TextEncoder().encode(JSON.stringify(summary)).length <= REGISTRY_SUMMARY_BYTES_MAX
