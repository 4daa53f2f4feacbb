import { PROVIDER_SECONDS_MAX } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'

/**
 * Posts to a provider's API. What it answers is not read, since it may repeat what was sent; a redirect is a refusal,
 * since it would take the credentials along.
 */
export async function postTo(
  what: string,
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Result<void, string>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(PROVIDER_SECONDS_MAX * 1000),
    })
    await response.body?.cancel()
    return response.ok ? ok(undefined) : err(`${what}: the provider answered ${response.status}`)
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError'
    return err(`${what}: the provider ${isLate ? 'took too long' : 'cannot be reached'}`)
  }
}
