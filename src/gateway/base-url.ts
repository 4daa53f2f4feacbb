import { normalizeHost } from './hosts.ts'

/** Names that are this machine: there HTTP is as good, and the port is what somebody has started. */
const LOCAL = /^(?:(?:[^.]+\.)*localhost|127\.0\.0\.1|\[::1\])$/

/**
 * Where a link to the app at this `Host` begins. The host has been found among the apps' own, and no other header has a
 * say; a port that only the caller names is not taken over.
 */
export function baseUrlOf(hostHeader: string): string {
  const host = normalizeHost(hostHeader) ?? ''
  return LOCAL.test(host) ? `http://${host}${/:\d+$/.exec(hostHeader)?.[0] ?? ''}` : `https://${host}`
}
