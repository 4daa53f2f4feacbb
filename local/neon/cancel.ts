import { connect } from 'node:net'
import type { Address } from './databases.ts'

/** CancelRequest and BackendKeyData (PostgreSQL manual, "Message Formats"). */
const CANCEL_CODE = 80_877_102
const KEY_DATA = 'K'.charCodeAt(0)
/** How long a cancel request may take, in milliseconds, and how far into a session its key is looked for. */
const CANCEL_MS_MAX = 2_000
const GREETING_BYTES_MAX = 64 * 1024

/** What Postgres tells a session so that it can be cancelled from another connection. */
export interface BackendKey {
  readonly processID: number
  readonly secretKey: number
}

/**
 * Asks Postgres to cancel what a session is running. Resolves when the request has been carried out or has
 * failed, and never rejects: Postgres closes the connection once it has signalled the session, so that from
 * then on the request cannot hit a later statement.
 */
export function requestCancel({ host, port }: Address, key: BackendKey): Promise<void> {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(CANCEL_CODE, 4)
  message.writeInt32BE(key.processID, 8)
  message.writeInt32BE(key.secretKey, 12)
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CANCEL_MS_MAX }, () => socket.end(message))
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })
}

/**
 * Finds the key in what Postgres sends at the start of a session. Feed it the bytes as they come; it answers
 * `undefined` as long as more are needed and `null` when there will be none (TLS hides it, or it is not there).
 */
export function keyFinder(): (bytes: Buffer) => BackendKey | null | undefined {
  let seen = Buffer.alloc(0)
  return (bytes) => {
    seen = Buffer.concat([seen, bytes])
    // The answer to a request for TLS is one byte without a length: S, yes, or N, no.
    let at = seen[0] === 0x4e ? 1 : 0
    if (seen[0] === 0x53 || seen.length > GREETING_BYTES_MAX) return null
    while (at + 5 <= seen.length) {
      const length = seen.readInt32BE(at + 1)
      if (length < 4) return null
      if (at + 1 + length > seen.length) return undefined
      if (seen[at] === KEY_DATA) {
        return { processID: seen.readInt32BE(at + 5), secretKey: seen.readInt32BE(at + 9) }
      }
      at += 1 + length
    }
    return undefined
  }
}
