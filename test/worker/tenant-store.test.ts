import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { outcome, testApp } from '../support/app.ts'
import { endpoints } from '../support/endpoints.ts'

describe('a tenant store that fails', () => {
  it('is 503 with Retry-After for everything, says nothing of itself, and serves again when it is back', async () => {
    let fault: Error | null = new Error('KV GET failed: 503 secret-namespace')
    const home = await testApp()
    const { token } = await home.guest()
    const source = {
      get: async (key: string) => {
        if (fault) throw fault
        return env.TENANTS.get(key, 'text')
      },
    }
    const app = home.reopen({ source })
    for (const { kind, path, method } of endpoints) {
      const answer = await app.send(path, { method, ...(method === 'POST' && { body: '{}' }) })
      const text = await answer.text()
      const words = kind === 'v2' ? 'Internal server error\n' : '"error"'
      const said: unknown = method === 'HEAD' ? '' : expect.stringContaining(words)
      expect([path, answer.status, text]).toEqual([path, 503, said])
      expect(text).not.toContain('secret-namespace')
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    fault = null
    expect(outcome(await app.call('me', {}, { token }))).toMatchObject({ status: 200 })
    // What the isolate knows outlives the next fault, for as long as it may be trusted.
    fault = new Error('again')
    expect(outcome(await app.call('me', {}, { token }))).toMatchObject({ status: 200 })
  })
})
