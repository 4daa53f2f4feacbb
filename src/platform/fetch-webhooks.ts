import { WEBHOOK_SECONDS_MAX } from '../core/limits.ts'
import type { Webhooks } from '../core/ports.ts'

/**
 * One POST, with no second attempt, as Skygear v2 calls its web hooks (v2 reference, section 7.1): the header
 * `x-skygear-body-signature` is the HMAC-SHA256 of the body's bytes in lower-case hex. A redirect is not followed, since
 * it would take the body to a server that nobody named. `warn` hears of what was not accepted, with no more of the URL
 * than its host: the rest may hold a key.
 */
export const fetchWebhooks = (warn: (message: string) => void): Webhooks => ({
  async post({ appId, hookSecret }, url, body) {
    const failed = (why: string) => warn(`${appId}: the web hook at ${new URL(url).host} ${why}`)
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-skygear-body-signature': await signatureOf(body, hookSecret),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(WEBHOOK_SECONDS_MAX * 1000),
      })
      await response.body?.cancel()
      if (!response.ok) failed(`answered ${response.status}`)
    } catch (cause) {
      failed(`was not reached: ${cause instanceof Error ? cause.name : 'unknown'}`)
    }
  },
})

async function signatureOf(body: string, secret: string): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(body))
  return [...new Uint8Array(signature)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
