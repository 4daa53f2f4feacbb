import { HOST_LENGTH_MAX } from '../core/limits.ts'

/** Underscores are no part of a hostname, but skygear v1 allowed them in app names and so in app hosts. */
const NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*$/
const IPV6 = /^\[[0-9A-Fa-f:.]{2,45}\]$/
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/**
 * The hostname of a `Host` header as tenants are keyed by it: lower case, without port and without the dot that ends
 * a fully qualified name. Null if it is empty, too long or no hostname. An IPv6 address keeps its brackets.
 * The original looked up the header as it came, port and case included.
 */
export function normalizeHost(hostHeader: string): string | null {
  const name = hostHeader.replace(/:\d{0,5}$/, '').replace(/\.$/, '')
  if (name.length > HOST_LENGTH_MAX) return null
  return NAME.test(name) || IPV6.test(name) ? name.toLowerCase() : null
}

/**
 * The host one label up, where skygear v2.3 "Host to domain row" looks for a `default` assignment when `host` itself
 * has no row. Null for a single label and for an address, which has no labels. Takes a normalized host.
 */
export function parentHost(host: string): string | null {
  const dot = host.indexOf('.')
  return dot < 0 || IPV4.test(host) || host.startsWith('[') ? null : host.slice(dot + 1)
}

/** skygear v2.3 "Which gear a request is for": the gear that the label before a `default` host names. */
export function gearByLabel(label: string): string {
  switch (label) {
    case 'accounts':
      return 'auth'
    case 'assets':
      return 'asset'
    default:
      return label
  }
}

/** skygear v2.3 "Which gear a request is for": the gear of a path, if any. `/_auth` without a slash is no gear's. */
export function gearByPath(pathname: string): 'auth' | 'asset' | null {
  if (pathname.startsWith('/_auth/')) return 'auth'
  if (pathname.startsWith('/_asset/')) return 'asset'
  return null
}

/** Names that would take a platform's host, or look like one, as the name is the first label of the app's host. */
export const RESERVED_APP_NAMES: ReadonlySet<string> = new Set([
  'accounts',
  'admin',
  'api',
  'asset',
  'assets',
  'auth',
  'controller',
  'gateway',
  'localhost',
  'operator',
  'portal',
  'www',
])

/** Whether a new app may have this name (skygear v2.3 "App names"). Apps of an older cluster keep theirs. */
export const isAppName = (name: string): boolean =>
  /^[a-z0-9](?:[-a-z0-9]{0,38}[a-z0-9])?$/.test(name) && !RESERVED_APP_NAMES.has(name)
