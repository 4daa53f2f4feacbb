import { randomUUID } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer, type WebSocket } from 'ws'
import { keyFinder, requestCancel, type BackendKey } from './cancel.ts'
import { reason, Refusal } from './failure.ts'
import type { Address } from './databases.ts'

/** Sessions open at once, and the largest frame a client may send, in bytes. */
const SESSIONS_MAX = 64
const FRAME_BYTES_MAX = 64 * 1024 * 1024

/** The driver's `Pool` and `Client`: Postgres' own protocol in binary WebSocket frames. */
export interface Sessions {
  /** Takes over an HTTP upgrade, or refuses it with a plain HTTP answer. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends every session at once. */
  close(): void
}

export const isWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket'

/**
 * Serves WebSockets on every path, as Neon's proxy does: `/v2` is the one of its clients, and what the driver's
 * `wsProxy` string makes is `/v1?address=host:port`. Without an address the first served database is meant.
 * @param locate names the server behind a connection string, and throws a Refusal for any it does not serve
 */
export function openSessions(locate: (connectionString: string) => Address, first: string): Sessions {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
  })

  function admit(request: IncomingMessage): Address {
    const url = new URL(request.url ?? '/', 'http://endpoint')
    // The two words are names in Rust: the proxy prints its error as a developer would see it.
    if (request.headers['sec-websocket-key'] === undefined) throw new Refusal(400, 'MissingSecWebSocketKey')
    if (request.headers['sec-websocket-version'] !== '13')
      throw new Refusal(400, 'InvalidSecWebsocketVersion')
    // Browsers let any page open WebSockets to loopback, and always say which page it was. No page is served.
    if (request.headers.origin !== undefined) throw new Refusal(403, 'not for browsers')
    if (server.clients.size >= SESSIONS_MAX)
      throw new Refusal(503, `${SESSIONS_MAX} sessions are open already`)
    const address = url.searchParams.get('address')
    return locate(address === null ? first : `postgres://${address}/`)
  }

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => {})
      try {
        const address = admit(request)
        server.handleUpgrade(request, socket, head, (client) => join(client, address))
      } catch (error) {
        const status = error instanceof Refusal ? error.status : 400
        const body = JSON.stringify({ msg: reason(error) })
        socket.end(
          `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
            `Neon-Request-Id: ${randomUUID()}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
            `Connection: close\r\n\r\n${body}`,
        )
      }
    },
    close() {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}

/**
 * Copies bytes both ways, each at the other's pace, until either side ends. A client that goes has its statement
 * cancelled: Postgres itself would notice only when it next writes.
 */
function join(client: WebSocket, address: Address): void {
  const frames = createWebSocketStream(client)
  const postgres = connect({ ...address, noDelay: true })
  let connected = false
  postgres.once('connect', () => (connected = true))
  let key: BackendKey | null | undefined
  const find = keyFinder()
  const look = (bytes: Buffer): void => {
    key = find(bytes)
    if (key !== undefined) postgres.off('data', look)
  }
  postgres.on('data', look)
  postgres.on('error', (error) => {
    // Said in Postgres' words, because the driver shows those and not a WebSocket's close reason.
    if (!connected && client.readyState === client.OPEN) client.send(errorResponse(reason(error)))
  })
  postgres.on('close', () => client.close())
  frames.on('error', () => postgres.destroy())
  client.on('close', () => {
    if (key && !postgres.destroyed) void requestCancel(address, key)
    postgres.destroy()
  })
  frames.pipe(postgres)
  postgres.pipe(frames)
}

/** An ErrorResponse message (PostgreSQL manual, "Message Formats") with SQLSTATE 08006, connection failure. */
function errorResponse(why: string): Buffer {
  const body = Buffer.from(`SFATAL\0C08006\0MThe database cannot be reached: ${why}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
