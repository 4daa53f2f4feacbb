import { beforeAll, describe, expect, it } from 'vitest'
import { outcome, testApp, type TestApp } from '../../support/app.ts'

describe('_status:healthz', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp({ provision: false, databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })
  })

  it('answers by path, by any method, without key or database', async () => {
    for (const method of ['GET', 'POST']) {
      const response = await app.send('/_status/healthz', { method })
      expect([response.status, await response.json()]).toEqual([200, { result: { status: 'OK' } }])
    }
  })

  it('answers by the action in the body, in no round trip', async () => {
    const answer = await app.call('', { action: '_status:healthz' }, { key: null })
    expect(outcome(answer)).toEqual({ status: 200, trips: 0 })
  })
})
