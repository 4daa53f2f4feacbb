import { fail, type Failure } from '../core/failure.ts'
import type { App } from './app-of-document.ts'
import { gearByPath } from './hosts.ts'

/** Which of Skygear's two protocols a request speaks; a v2 request is for one gear, known before its body is read. */
export type Dialect = { readonly version: 1 } | { readonly version: 2; readonly gear: string }

const V1: Dialect = { version: 1 }

/**
 * skygear v2.3 "Which gear a request is for": the gear that the host is bound to, else the one that the path names.
 * Everything else is v1's, on the default host as on a custom domain. `app` null: nobody's host.
 */
export function dialectOf(app: Pick<App, 'gear'> | null, pathname: string): Dialect {
  const gear = app?.gear ?? gearByPath(pathname)
  return gear === null ? V1 : { version: 2, gear }
}

/** The gears of v2.3. Any other label before a default host names a gear that no plan has. */
const V2_GEARS: ReadonlySet<string> = new Set(['auth', 'asset'])

/** Versions that run; any other text suspends the gear (v2 reference, section 1.6). */
const RUNNING: ReadonlySet<string> = new Set(['live', 'previous', 'nightly'])

/** The version of a gear that the app runs; null where it is suspended. */
export function runningVersion(app: App, gear: string): string | null {
  const version = Object.hasOwn(app.versions, gear) ? (app.versions[gear] ?? 'live') : 'live'
  return RUNNING.has(version) ? version : null
}

/** What v2.3 answers to a path that nothing serves, and to a host that is nobody's. */
export const NOT_FOUND_V2 = fail('ResourceNotFound', 'Not found')

/**
 * Why a v2 request gets no further, in v2.3's texts ("Error answers of the gateway", "Plan and gear version checks");
 * null: it is admitted. The original let every plan have assets; here a plan that lists its gears means what it says.
 */
export function refusalV2(app: App, gear: string): Failure | null {
  if (app.isSuspended) return APP_SUSPENDED
  if (!V2_GEARS.has(gear) || (app.plan.gears && !app.plan.gears.has(gear)))
    return fail('PermissionDenied', `${gear} is not support in current app plan`)
  return runningVersion(app, gear) === null ? fail('BadRequest', 'gear is suspended') : null
}

/**
 * A failure of the tenant lookup as v2.3 tells it: nobody's host is 404, a document at fault 500. A store that is away was
 * 500 too; here it says when to come again.
 */
export function lookupFailureV2(failure: Failure): Failure {
  if (failure.name === 'ResourceNotFound') return NOT_FOUND_V2
  const { status, retryAfterSeconds } = failure
  const told = fail('UnexpectedError', 'Internal server error')
  return status === undefined || retryAfterSeconds === undefined
    ? told
    : { ...told, status, retryAfterSeconds }
}

/** A gear's Worker that does not answer: nothing but the status. */
export const UNREACHABLE_V2: Failure = { ...fail('PluginUnavailable', ''), status: 502 }

/** What every request of an app gets that its operator has suspended. */
export const APP_SUSPENDED = fail('PermissionDenied', 'this app is suspended')
