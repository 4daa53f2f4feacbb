import { BoundedMap } from '../core/bounded-map.ts'
import {
  TEMPLATES_CACHED_CHARS_MAX,
  TEMPLATE_BYTES_MAX,
  TEMPLATE_CACHE_SECONDS,
  TEMPLATE_FETCH_SECONDS_MAX,
} from '../core/limits.ts'
import type { TemplateSource } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { boundedText } from './bounded-text.ts'

/**
 * Templates by URL, remembered for a while. Of `https:` only hosts with a public name, on the usual port, without
 * redirects: an app's document must not make this server ask what only it can reach.
 */
export function templateSource(now: () => number): TemplateSource {
  const cache = new BoundedMap<string, { readonly text: string; readonly until: number }>(
    TEMPLATES_CACHED_CHARS_MAX,
    (uri, { text }) => uri.length + text.length,
  )
  return {
    async read(uri) {
      const kept = cache.get(uri)
      if (kept && kept.until > now()) return ok(kept.text)
      if (!isAllowed(uri)) return err('is not a data: URL, or an https: URL of a public host')
      const read = await fetchText(uri)
      if (read.ok) cache.set(uri, { text: read.value, until: now() + TEMPLATE_CACHE_SECONDS * 1000 })
      return read
    },
  }
}

/** Whether a template may be read from there. */
export function isAllowed(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname, port, username, password } = new URL(uri)
  if (protocol === 'data:') return true
  const isPublicName =
    /\.[a-z][a-z0-9-]*$/.test(hostname) && !/\.(localhost|local|internal|lan|home|arpa)$/.test(hostname)
  return protocol === 'https:' && port === '' && username === '' && password === '' && isPublicName
}

async function fetchText(uri: string): Promise<Result<string, string>> {
  try {
    const signal = AbortSignal.timeout(TEMPLATE_FETCH_SECONDS_MAX * 1000)
    const response = await fetch(uri, { redirect: 'manual', signal })
    if (response.status !== 200 || !response.body) return err(`was answered ${response.status}`)
    return await boundedText(response.body, TEMPLATE_BYTES_MAX)
  } catch {
    return err('cannot be read')
  }
}
