import { PROVIDER_ANSWER_BYTES_MAX, PROVIDER_SECONDS_MAX } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'
import { boundedText } from './bounded-text.ts'

/**
 * Posts to a provider's API. What it answers is not told, since it may repeat what was sent; a redirect is a refusal,
 * since it would take the credentials along. `faultIn`: why an answer with a good status is none, where its body says.
 */
export async function postTo(
  what: string,
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  faultIn?: (answer: string) => string | null,
): Promise<Result<void, string>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(PROVIDER_SECONDS_MAX * 1000),
    })
    if (response.ok && faultIn) {
      const answer = response.body ? await boundedText(response.body, PROVIDER_ANSWER_BYTES_MAX) : ok('')
      const fault = answer.ok ? faultIn(answer.value) : `the answer ${answer.error}`
      return fault === null ? ok(undefined) : err(`${what}: ${fault}`)
    }
    await response.body?.cancel()
    return response.ok ? ok(undefined) : err(`${what}: the provider answered ${response.status}`)
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError'
    return err(`${what}: the provider ${isLate ? 'took too long' : 'cannot be reached'}`)
  }
}
