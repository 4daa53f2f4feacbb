import { beforeAll, describe, expect, it } from 'vitest'
import { outcome, testApp, type TestApp } from '../../support/app.ts'

const UP = { result: { status: 'OK' } }

describe('home', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp({ provision: false })
  })

  it.each(['GET', 'POST', 'PUT'])('answers %s / without key or database', async (method) => {
    const response = await app.send('/', { method })
    expect([response.status, await response.json()]).toEqual([200, UP])
    expect(response.headers.get('x-skygear-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('answers an empty action, and one that is no text, as none', async () => {
    for (const action of ['', null, 1]) expect((await app.call('', { action })).json).toEqual(UP)
    expect(outcome(await app.call('', {}, { key: null }))).toEqual({ status: 200, trips: 0 })
  })

  it('gives way to the action that the body names', async () => {
    expect(outcome(await app.call('', { action: 'me' }))).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await app.call('', { action: 'nope' }))).toEqual({ status: 404, trips: 0, code: 117 })
  })

  it('is not what an unknown path without an action is', async () => {
    expect(outcome(await app.call('no:such'))).toEqual({ status: 404, trips: 0, code: 117 })
  })

  it('gives way to the action of the body where the path is none, and to the path where it is one', async () => {
    expect(outcome(await app.call('no:such', { action: 'me' })).code).toBe(101)
    expect((await app.call('_status:healthz', { action: 'me' })).json).toEqual(UP)
  })
})
