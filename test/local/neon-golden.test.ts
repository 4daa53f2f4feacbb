import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNeonEndpoint, type NeonEndpoint } from '../../local/neon/endpoint.ts'
import type { Work } from '../../local/neon/request.ts'
import recorded from './neon-answers.json' with { type: 'json' }
import given from './neon-requests.json' with { type: 'json' }

/*
 * What Neon's proxy gives, recorded from its own code at commit 6a35a3e9f (March 2026), built with the versions of its
 * Cargo.lock (serde 1.0.215, serde_json 1.0.125, url 2.5.4):
 *
 * - neon-requests.json: bodies read by the structs of sql_over_http.rs (`Payload`, `QueryData`, `BatchQueryData`), with
 *   what came out or serde_json's words; connection strings read as `get_conn_info` does.
 * - neon-answers.json: statements run on Postgres 18 by its client (libs/proxy/tokio-postgres2) and written down by
 *   `query_to_json`, json.rs and libs/proxy/json.
 */

const url = inject('databaseUrl')
const heard: Work[] = []
let endpoint: NeonEndpoint
beforeAll(async () => {
  endpoint = await startNeonEndpoint({ databases: [url], heard: (work) => heard.push(work) })
})
afterAll(() => endpoint.close())

async function post(body: Buffer | string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${endpoint.url}/sql`, {
    method: 'POST',
    headers: { 'neon-connection-string': url, 'neon-raw-text-output': 'true', ...headers },
    body,
  })
  return { status: answer.status, text: await answer.text() }
}

/** An error that Postgres has nothing to do with. */
const failure = (message: string) =>
  `{"message":${JSON.stringify(message)},"code":"","detail":null,"hint":null,"position":null,` +
  '"internalPosition":null,"internalQuery":null,"severity":"","where":null,"table":null,"column":null,' +
  '"schema":null,"dataType":null,"constraint":null,"file":null,"line":null,"routine":null}'

const short = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

describe('a body', () => {
  const all = given.bodies.map((each) => ({
    name: 'body' in each ? short(each.body ?? '') : `of bytes ${each.base64}`,
    bytes: Buffer.from(each.body ?? each.base64 ?? '', each.base64 === undefined ? 'utf8' : 'base64'),
    ...each,
  }))

  it.each(all.filter(({ error }) => error !== undefined))('$name is refused: $error', async (each) => {
    const text = failure(`could not parse the HTTP request body: ${each.error}`)
    expect(await post(each.bytes)).toEqual({ status: 400, text })
  })

  it.each(all.filter(({ error }) => error === undefined))('$name is read', async (each) => {
    heard.length = 0
    await post(each.bytes, { 'neon-array-mode': 'true' })
    const statements = (each.single ? [each.single] : each.batch)?.map(([text, params, arrayMode]) => ({
      text,
      params,
      arrayMode: arrayMode ?? true,
    }))
    const begin = each.single ? null : 'START TRANSACTION'
    expect(heard).toEqual([{ begin, statements, rawText: true }])
  })
})

describe('a connection string', () => {
  it.each(given.connectionStrings.filter(({ error }) => error !== undefined))(
    '$url: $error',
    async ({ url: connection, error = '' }) => {
      const answer = await post('{"query":""}', { 'neon-connection-string': connection })
      expect(answer).toEqual({ status: 400, text: failure(error) })
    },
  )

  it.each(given.connectionStrings.filter(({ error }) => error === undefined))(
    '$url is one',
    async ({ url: connection }) => {
      const any = await startNeonEndpoint({ databases: [url], database: () => url })
      const headers = { 'neon-connection-string': connection, 'neon-raw-text-output': 'true' }
      const answer = await fetch(`${any.url}/sql`, { method: 'POST', headers, body: '{"query":""}' })
      expect(answer.status).toBe(200)
      await any.close()
    },
  )
})

describe('an answer', () => {
  const all = recorded.answers.map((each) => ({
    name: `${short(JSON.stringify(each.request))} ${each.rawText ? 'as text' : 'as JSON'}`,
    ...each,
  }))

  it.each(all)('to $name is the same to the byte', async ({ request, rawText, arrayMode, ...each }) => {
    const answer = await post(JSON.stringify(request), {
      'neon-raw-text-output': String(rawText),
      'neon-array-mode': String(arrayMode),
    })
    const text = each.answer ?? failure('could not parse postgres response')
    expect(answer).toEqual({ status: each.status, text })
  })
})
