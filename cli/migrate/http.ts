import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { sameSecret } from '../../src/core/secret.ts'
import { err, ok } from '../../src/core/result.ts'
import { answerRequest, type Answer, type AnswerPorts } from '../../src/migrate/answer.ts'
import type { Module } from '../../src/migrate/module.ts'
import { oneLine, UsageError, wholeNumber } from '../command-line.ts'
import { connect } from '../database.ts'
import { modulesFrom } from './modules.ts'
import { sessionOf } from './session.ts'

export type ServeRequest = {
  /** The modules that a request may name. */
  readonly names: readonly string[]
  readonly source: string | undefined
  /** For requests that name none. */
  readonly database: string | null
  readonly port: string | undefined
  readonly json: boolean
}

/** v2's (v2 reference, section 3.6). */
const PORT_DEFAULT = '3000'
const PORT_MAX = 65_535
const BODY_BYTES_MAX = 64 * 1024

/**
 * Listens on loopback for `POST /migrate` and `GET /healthz`, until it is told to stop. A request names its database
 * by URL, as in v2: who may send one has the key and an account on this machine.
 */
export async function serve({ names, source, database, port, json }: ServeRequest): Promise<void> {
  const key = process.env['OPERATOR_KEY']
  if (!key) throw new UsageError('http needs the key that it accepts: OPERATOR_KEY in the environment')
  const listenAt = wholeNumber('--port', port ?? PORT_DEFAULT, 0, PORT_MAX)
  const modules = await modulesFrom(names, source)
  const server = createServer((request, response) => {
    void answer(request, key, portsOf(modules, database)).then(
      (answered) => send(response, answered),
      // A caller that went away while it was sending.
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`cannot listen on port ${listenAt}: ${oneLine(cause)}`)))
    server.listen(listenAt, '127.0.0.1', resolve)
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : listenAt}`
  console.log(json ? JSON.stringify({ url }) : `migrations at ${url}: POST /migrate, GET /healthz`)
  await stopped()
  server.close()
  // What is under way ends, and nobody keeps a connection for later.
  server.closeIdleConnections()
}

const stopped = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

const portsOf = (modules: readonly Module[], fallback: string | null): AnswerPorts => ({
  modules,
  placeOf: async (given, schema) => {
    const database = given ?? fallback
    if (database === null) return err({ reason: 'bad', error: 'missing db url' })
    return schema === null
      ? err({ reason: 'bad', error: 'missing schema' })
      : ok({ databaseUrl: database, schema })
  },
  async withSession(databaseUrl, use) {
    try {
      const client = await connect(databaseUrl)
      try {
        return ok(await use(sessionOf(client)))
      } finally {
        await client.end()
      }
    } catch (cause) {
      return err(oneLine(cause))
    }
  },
})

async function answer(request: IncomingMessage, key: string, ports: AnswerPorts): Promise<Answer> {
  const refused = (status: number, error: string): Answer => ({ status, body: { error } })
  const route = `${request.method} ${request.url?.replace(/\?.*$/s, '')}`
  if (route === 'GET /healthz') return { status: 200, body: { result: 'OK' } }
  const given = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (!sameSecret(given, key)) return refused(401, 'operator key not accepted')
  if (route !== 'POST /migrate') return refused(404, 'there is POST /migrate and GET /healthz')
  const text = await textOf(request)
  if (text === null) return refused(400, `a request has at most ${BODY_BYTES_MAX} bytes`)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return refused(400, 'the request is not valid JSON')
  }
  return answerRequest(body, ports)
}

/** Null: more than anybody may send. It is read to its end, so that the answer finds a listener. */
async function textOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  return size > BODY_BYTES_MAX ? null : Buffer.concat(chunks).toString()
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
