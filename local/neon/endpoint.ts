import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { loginReader } from './connection-string.ts'
import { openDatabases, type Databases } from './databases.ts'
import { failureOf, Refusal } from './failure.ts'
import { readBody, readOptions, readWork, type Work } from './request.ts'
import { isWebSocket, openSessions } from './session.ts'

/** Sessions per connection string. */
const POOL_SIZE_DEFAULT = 20
/** Longer than a client keeps an idle connection, so that it never reuses one at the moment it is closed. */
const KEEP_ALIVE_MS = 75_000
/** How long `close` waits for requests under way before it cuts them off. */
const CLOSE_MS_MAX = 2_000

export interface NeonEndpointOptions {
  /** The databases served, as connection strings. Their hosts and ports are the only ones connected to. */
  readonly databases: readonly [string, ...string[]]
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** Default 127.0.0.1. Whoever reaches the endpoint reaches the databases' login. */
  readonly host?: string
  /** From the connection string a client sends to the real one; by default they are the same. */
  readonly database?: (connectionString: string) => string
  /** Postgres sessions per connection string, default 20. */
  readonly poolSize?: number
  /** Told of the statements of each `POST /sql`, before they are run. */
  readonly heard?: (work: Work) => void
}

export interface NeonEndpoint {
  /** `http://127.0.0.1:PORT`; the driver's `fetchEndpoint` is this plus `/sql`. */
  readonly url: string
  readonly port: number
  /** `POST /sql` requests so far: each is one round trip of a client. WebSocket sessions do not count. */
  trips(): number
  /** Stops listening, lets requests under way finish (2 s at most) and closes all sessions. */
  close(): Promise<void>
}

/**
 * Starts a server that speaks what Neon's proxy speaks to `@neondatabase/serverless`: `POST /sql` for one
 * statement or one batch in a transaction, WebSockets for interactive sessions, and `GET /trips` of its own.
 * Nothing is logged. A client sets, before its first query:
 *
 *     neonConfig.fetchEndpoint = 'http://127.0.0.1:PORT/sql'
 *     neonConfig.wsProxy = '127.0.0.1:PORT/v1'
 *     neonConfig.useSecureWebSocket = false
 *     neonConfig.pipelineTLS = false
 *     neonConfig.pipelineConnect = false
 *
 * `pipelineConnect: 'password'` saves a session two round trips and works only where Postgres asks for a
 * cleartext password (the embedded one does); `false` works everywhere, SCRAM, MD5 and trust included.
 * @throws Error when the port is in use
 */
export async function startNeonEndpoint(options: NeonEndpointOptions): Promise<NeonEndpoint> {
  const {
    databases: served,
    host = '127.0.0.1',
    database = same,
    poolSize = POOL_SIZE_DEFAULT,
    heard,
  } = options
  const databases = openDatabases(served, database, poolSize)
  const sessions = openSessions((url) => databases.locate(url), served[0])
  const readLogin = loginReader(served.every((url) => URL.parse(url)?.password))
  let trips = 0

  // An upgrade to anything but a WebSocket, such as curl's to HTTP/2, is an ordinary request.
  const shouldUpgradeCallback = isWebSocket
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, shouldUpgradeCallback },
    (request, response) => {
      const { method, url = '' } = request
      const [path] = url.split('?', 1)
      if (request.headers.origin !== undefined) {
        // A browser lets every page speak to 127.0.0.1, and says which page it was.
        send(response, 403, failureOf(new Refusal(403, 'not for browsers')).body)
      } else if (method === 'POST' && path === '/sql') {
        trips += 1
        void answer(databases, readLogin, request, response, heard)
      } else if (method === 'OPTIONS' && path === '/sql') {
        response.writeHead(200, { ...PREFLIGHT, ...requestId() }).end()
      } else if (method === 'GET' && path === '/trips') {
        send(response, 200, { trips })
      } else {
        send(response, 400, 'query is not supported')
      }
    },
  )
  server.on('upgrade', (request, socket, head) => sessions.upgrade(request, socket, head))
  const port = await listen(server, options.port ?? 0, host)

  return {
    url: `http://${host}:${port}`,
    port,
    trips: () => trips,
    async close() {
      sessions.close()
      const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_MS_MAX)
      await new Promise((resolve) => server.close(resolve))
      clearTimeout(cutOff)
      await databases.close()
    },
  }
}

/** One `POST /sql`. */
async function answer(
  databases: Databases,
  readLogin: ReturnType<typeof loginReader>,
  request: IncomingMessage,
  response: ServerResponse,
  heard: NeonEndpointOptions['heard'],
): Promise<void> {
  // Whoever asked may leave: a statement that waits for a lock must not keep its session.
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  try {
    const { url, user } = readLogin(request.headers)
    const options = readOptions(request.headers)
    const work = readWork(options, await readBody(request))
    heard?.(work)
    const result = await databases.run(url, user, work, left.signal)
    if (left.signal.aborted) return result.discard()
    const batch = work.begin === null ? undefined : options.batchHeaders
    await result.send(response, { ...HEAD, ...batch, ...requestId() })
  } catch (error) {
    if (response.headersSent) return
    const { status, body } = failureOf(error)
    send(response, status, body, HEAD)
  }
}

const JSON_HEAD = { 'content-type': 'application/json' }
/** Of every answer to `POST /sql`, as Neon's; no web page ever gets one. */
const HEAD = { ...JSON_HEAD, 'access-control-allow-origin': '*' }
const PREFLIGHT = {
  allow: 'OPTIONS, POST',
  'access-control-allow-origin': '*',
  'access-control-allow-headers':
    'Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, Neon-Pool-Opt-In, ' +
    'Neon-Batch-Read-Only, Neon-Batch-Isolation-Level',
  'access-control-max-age': '86400',
  'content-length': '0',
}

/** The proxy gives each request an id, to find it again in its logs. */
const requestId = () => ({ 'neon-request-id': randomUUID() })

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  head: Readonly<Record<string, string>> = JSON_HEAD,
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { ...head, ...requestId(), 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new Error(`The Neon endpoint cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
      ),
    )
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

const same = (connectionString: string): string => connectionString
