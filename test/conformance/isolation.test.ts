import { beforeAll, describe, expect, inject, it } from 'vitest'
import { client, unique } from './client.ts'
import type { App } from './system.ts'
import { call, expectFailure, itemsOf, type Json, query, resultOf, save, send, signUp } from './wire.ts'

const { demo, other, aliases, nowhere } = inject('system')

/** One username in both apps, with a password in each. */
const username = unique('twin')
let inDemo: { id: string; token: string }
let inOther: { id: string; token: string }

beforeAll(async () => {
  inDemo = await signUp(demo, username, 'demo password')
  inOther = await signUp(other, username, 'other password')
})

describe('two apps of one system', () => {
  it('§2 one username is another user in each, with another password', async () => {
    expect(inDemo.id).not.toBe(inOther.id)
    const login = (app: App, password: string) =>
      call(app, 'auth:login', { auth_data: { username }, password })
    expect(resultOf(await login(demo, 'demo password'))['user_id']).toBe(inDemo.id)
    expect(resultOf(await login(other, 'other password'))['user_id']).toBe(inOther.id)
    expectFailure(await login(demo, 'other password'), 105)
    expectFailure(await login(other, 'demo password'), 105)
  })

  it('§2.1 a key of one is refused by the other: 103/401', async () => {
    for (const key of [demo.api_key, demo.master_key]) {
      expectFailure(await query(other, 'user', { key }), 103)
      expectFailure(await query(other, 'user', { key, token: inOther.token }), 103)
    }
  })

  it('§2.2 a token of one is refused by the other: 104/401', async () => {
    expectFailure(await call(other, 'me', {}, { token: inDemo.token }), 104)
    expectFailure(await call(demo, 'me', {}, { token: inOther.token }), 104)
    const record = { _id: `${unique('note')}/1` }
    expectFailure(await save(other, [record], { token: inDemo.token }), 104)
    // Refused means refused: both are good at home.
    expect(resultOf(await call(demo, 'me', {}, { token: inDemo.token }))['user_id']).toBe(inDemo.id)
  })

  it('§3.1 [SDK] a browser that moves to another app is logged out by it', async () => {
    const as = await client(demo)
    await as.auth.loginWithUsername(username, 'demo password')
    await as.config({ endPoint: other.url, apiKey: other.api_key })
    await expect(as.auth.whoami()).rejects.toMatchObject({ status: 401, error: { code: 104 } })
    expect(as.auth.currentUser).toBeNull()
  })

  it('§5.10 one record type has its own columns in each, and one id is another record', async () => {
    const type = unique('thing')
    const _id = `${type}/1`
    const asText = { _id, size: 'large', at: { $type: 'geo', $lng: 1, $lat: 2 } }
    const asNumber = { _id, size: 5, at: true, more: [1] }
    await save(demo, [asText], { token: inDemo.token })
    await save(other, [asNumber], { token: inOther.token })
    const [first] = itemsOf(await query(demo, type))
    const [second] = itemsOf(await query(other, type))
    expect(first).toMatchObject({ ...asText, _ownerID: inDemo.id })
    expect(first).not.toHaveProperty('more')
    expect(second).toMatchObject({ ...asNumber, _ownerID: inOther.id })
  })

  it('§5.6 nothing of one is visible in the other, not even with the master key', async () => {
    const type = unique('secret')
    await save(demo, [{ _id: `${type}/public` }], { token: inDemo.token })
    await save(demo, [{ _id: `${type}/private` }], { token: inDemo.token }, { database_id: '_private' })
    const count = async (app: App, more: Json) =>
      itemsOf(await query(app, type, { key: app.master_key }, more)).length
    expect(await count(demo, { database_id: '_union' })).toBe(2)
    expect(await count(other, { database_id: '_union' })).toBe(0)
    expect(await count(other, {})).toBe(0)
    expect(await count(other, { database_id: inDemo.id })).toBe(0)
    const fetched = await call(other, 'record:fetch', { ids: [`${type}/public`] }, { key: other.master_key })
    expect(itemsOf(fetched)).toMatchObject([{ _type: 'error', code: 110 }])
  })

  it('§5.6 no user of one is among the users of the other', async () => {
    const user = { predicate: ['eq', { $type: 'keypath', $val: '_id' }, inDemo.id] }
    expect(itemsOf(await query(demo, 'user', { token: inDemo.token }, user))).toHaveLength(1)
    expect(itemsOf(await query(other, 'user', { token: inOther.token }, user))).toEqual([])
  })

  it('§2.1 the master key of one does not act for a user of the other', async () => {
    const as = { key: other.master_key }
    const answer = await call(other, 'me', { _user_id: inDemo.id }, as)
    expect(answer.text).not.toContain(username)
  })

  it('§4.5 a password is never enough without the app’s own key', async () => {
    const fields = { auth_data: { username }, password: 'demo password' }
    expectFailure(await call(demo, 'auth:login', fields, { key: null }), 101)
    expectFailure(await call(demo, 'auth:login', fields, { key: other.api_key }), 103)
  })

  it('design §6 each signs with keys of its own', async () => {
    const keyIDs = async (app: App) => {
      const { json } = await send(app, '/.well-known/jwks.json')
      return (json['keys'] as readonly Json[]).map((key) => key['kid'])
    }
    const [first, second] = [await keyIDs(demo), await keyIDs(other)]
    expect(first.length).toBeGreaterThan(0)
    expect(second.length).toBeGreaterThan(0)
    expect(first.filter((id) => second.includes(id))).toEqual([])
  })
})

describe('hosts', () => {
  it('design §2 a host without an app is 404 for every request, with the request id', async () => {
    for (const path of ['/', '/_status/healthz', '/record/query', '/pubsub']) {
      const answer = await send({ url: nowhere }, path)
      expectFailure(answer, 110)
      expect(answer.headers.get('x-skygear-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
    expectFailure(await query({ ...demo, url: nowhere }, 'user'), 110)
  })

  it.runIf(aliases.length > 0)('design §4 another host of the app is the same app', async () => {
    const type = unique('note')
    const record = { _id: `${type}/1`, text: 'by its own host' }
    await save(demo, [record], { token: inDemo.token })
    for (const url of aliases) {
      const alias = { ...demo, url }
      expect(itemsOf(await query(alias, type))).toMatchObject([record])
      expect(resultOf(await call(alias, 'me', {}, { token: inDemo.token }))['user_id']).toBe(inDemo.id)
      expectFailure(await query(alias, type, { key: other.api_key }), 103)
      const as = await client(alias)
      await as.auth.loginWithUsername(username, 'demo password')
      expect(as.auth.currentUser?._id).toBe(inDemo.id)
    }
  })
})
