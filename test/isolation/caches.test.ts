import { neon } from '@neondatabase/serverless'
import { describe, expect, inject, it } from 'vitest'
import { codesOf, itemsOf, outcome, testApp, type Json, type TestApp } from '../support/app.ts'
import { fieldsOf } from '../gear/record/records.ts'

/** The other app asked through this app's isolate: whatever an isolate remembers, it remembers of both. */
async function callAt(
  isolate: TestApp,
  app: TestApp,
  action: string,
  body: Json,
  key: string,
  token?: string,
) {
  const response = await isolate.fetch(
    new Request(`https://${app.host}/${action.replaceAll(':', '/')}`, {
      method: 'POST',
      headers: { 'x-skygear-api-key': key, ...(token && { 'x-skygear-access-token': token }) },
      body: JSON.stringify(body),
    }),
  )
  const text = await response.text()
  return {
    status: response.status,
    text,
    json: JSON.parse(text) as Json,
    headers: response.headers,
    trips: isolate.logOf(response.headers.get('x-skygear-request-id'))?.trips ?? NaN,
  }
}

/** Documents of one app and of another, which shares all of its secrets and, where asked, its schema. */
async function sharingSecrets(more: Json = {}): Promise<readonly [TestApp, TestApp]> {
  const config = {
    api_version: 'v2.3',
    master_key: crypto.randomUUID(),
    clients: [{ client_name: 'one', client_id: crypto.randomUUID() }],
    auth: { authentication_session: { secret: crypto.randomUUID() } },
    hook: { secret: crypto.randomUUID() },
    asset: { secret: crypto.randomUUID() },
  }
  const document = { app_config: config, ...more }
  return [await testApp({ document }), await testApp({ document })]
}

describe('two apps in one isolate', () => {
  it('of one schema name in two databases have columns, rows and sessions of their own', async () => {
    const url = new URL(inject('databaseUrl'))
    url.pathname = `/isolation_${crypto.randomUUID().slice(0, 8)}`
    await neon(inject('databaseUrl')).query(`create database "${url.pathname.slice(1)}"`)
    const schema = { database_schema: `app_same_${crypto.randomUUID().slice(0, 8)}` }
    const one = await testApp({ document: { database_config: schema } })
    const two = await testApp({ document: { database_config: { ...schema, database_url: url.href } } })
    const at = (app: TestApp, action: string, body: Json, token?: string) =>
      callAt(one, app, action, body, app.apiKey, token)
    const tokenOf = async (app: TestApp) =>
      (((await at(app, 'auth:signup', {})).json['result'] as Json)['access_token'] ?? '') as string
    const [first, second] = [await tokenOf(one), await tokenOf(two)]
    for (let round = 0; round < 3; round++) {
      const numbers = { records: [{ _id: `note/${round}`, x: round, only: true }] }
      const texts = { records: [{ _id: `note/${round}`, x: `text ${round}` }] }
      const saved = [
        await at(one, 'record:save', numbers, first),
        await at(two, 'record:save', texts, second),
      ]
      expect(saved.map(codesOf)).toEqual([[null], [null]])
      // What is remembered of one is never taken for the other's: that would cost round trips to find out.
      if (round > 0) expect(saved.map(({ trips }) => trips)).toEqual([1, 1])
      const notes = { record_type: 'note', sort: [[{ $type: 'keypath', $val: '_id' }, 'desc']] }
      const [mine] = itemsOf(await at(one, 'record:query', notes))
      const [theirs] = itemsOf(await at(two, 'record:query', notes))
      expect([fieldsOf(mine), fieldsOf(theirs)]).toEqual([{ x: round, only: true }, { x: `text ${round}` }])
    }
    expect(outcome(await at(one, 'me', {}, second)).code).toBe(104)
    expect(outcome(await at(two, 'me', {}, first)).code).toBe(104)
  })

  it('with the same secrets refuse each other’s tokens', async () => {
    const [one, two] = await sharingSecrets()
    const { token } = await one.guest()
    await two.guest()
    expect(outcome(await callAt(one, one, 'me', {}, one.apiKey, token)).status).toBe(200)
    expect(outcome(await callAt(one, two, 'me', {}, two.apiKey, token)).code).toBe(104)
    expect(outcome(await two.call('me', {}, { token })).code).toBe(104)
  })

  it('with the same secrets and the same schema refuse them too: an app is its id', async () => {
    const database_config = { database_schema: `app_both_${crypto.randomUUID().slice(0, 8)}` }
    const [one, two] = await sharingSecrets({ database_config })
    const { token } = await one.guest()
    expect(outcome(await callAt(two, two, 'me', {}, two.apiKey, token)).code).toBe(104)
    expect(outcome(await one.call('me', {}, { token })).status).toBe(200)
  })

  it('have a key each, even where their secrets are the same', async () => {
    const [one, two] = await sharingSecrets()
    const kidsOf = async (app: TestApp) =>
      ((await (await app.send('/.well-known/jwks.json')).json<{ keys: { kid: string }[] }>()).keys ?? []).map(
        ({ kid }) => kid,
      )
    const [first, second] = [await kidsOf(one), await kidsOf(two)]
    expect(first).toHaveLength(1)
    expect(second).not.toEqual(first)
  })

  it('hear nothing of each other’s channels, even with the same keys', async () => {
    const [one, two] = await sharingSecrets()
    const heard: string[] = []
    const connect = async (app: TestApp, path: string): Promise<WebSocket> => {
      const url = `https://${app.host}${path}?api_key=${app.masterKey}`
      const { webSocket } = await one.fetch(new Request(url, { headers: { upgrade: 'websocket' } }))
      if (!webSocket) throw new Error('no socket')
      webSocket.accept()
      webSocket.send(JSON.stringify({ action: 'sub', channel: 'news' }))
      return webSocket
    }
    const [listener, internal] = [await connect(two, '/pubsub'), await connect(two, '/_/pubsub')]
    for (const socket of [listener, internal])
      socket.addEventListener('message', ({ data }) => heard.push(String(data)))
    const publisher = await connect(one, '/pubsub')
    const echoed = new Promise((resolve) => publisher.addEventListener('message', resolve))
    publisher.send(JSON.stringify({ action: 'pub', channel: 'news', data: 'of one' }))
    await echoed
    const own = new Promise((resolve) => listener.addEventListener('message', resolve))
    listener.send(JSON.stringify({ action: 'pub', channel: 'news', data: 'of two' }))
    await own
    expect(heard).toEqual([JSON.stringify({ channel: 'news', data: 'of two' })])
    for (const socket of [listener, internal, publisher]) socket.close()
  })
})
