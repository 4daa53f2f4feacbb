import { DurableObject } from 'cloudflare:workers'
import {
  PUBSUB_ATTACHMENT_BYTES_MAX,
  PUBSUB_CHANNELS_MAX,
  PUBSUB_FRAME_BYTES_MAX,
} from '../../core/limits.ts'
import { eventFrame, parseFrame } from './frame.ts'

/**
 * One hub of one app: its sockets, each with the channels it listens to in its attachment, so that the object may
 * sleep while they stay open. At most once, no history (v1 protocol, section 9.3).
 */
export class PubsubHub extends DurableObject {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    // Frames that were on their way when the socket was closed still arrive.
    if (socket.readyState !== WebSocket.OPEN) return
    const frame =
      typeof message === 'string' && message.length <= PUBSUB_FRAME_BYTES_MAX ? parseFrame(message) : null
    if (!frame) return end(socket, 'not a frame of this protocol')
    const channels = channelsOf(socket)
    switch (frame.action) {
      case 'sub':
        channels.add(frame.channel)
        return fits(channels)
          ? listen(socket, channels)
          : end(socket, `at most ${PUBSUB_CHANNELS_MAX} channels, and not all with long names`)
      case 'unsub':
        channels.delete(frame.channel)
        return listen(socket, channels)
      case 'unknown':
        return socket.send('unknown action')
      case 'pub':
        return this.#publish(frame.channel, eventFrame(frame.channel, frame.data))
    }
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 say that no code came: they cannot be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code)
  }

  #publish(channel: string, event: string): void {
    for (const socket of this.ctx.getWebSockets()) {
      if (!channelsOf(socket).has(channel)) continue
      try {
        socket.send(event)
      } catch {
        // It closed meanwhile; its own close event takes it off.
      }
    }
  }
}

const channelsOf = (socket: WebSocket): Set<string> =>
  new Set((socket.deserializeAttachment() as string[] | null) ?? [])
const listen = (socket: WebSocket, channels: ReadonlySet<string>): void =>
  socket.serializeAttachment([...channels])

/** A name takes two bytes a character at most, and some for its frame. */
function fits(channels: ReadonlySet<string>): boolean {
  const bytes = [...channels].reduce((sum, { length }) => sum + 2 * length + 8, 0)
  return channels.size <= PUBSUB_CHANNELS_MAX && bytes <= PUBSUB_ATTACHMENT_BYTES_MAX
}

/** RFC 6455: 1008, policy violation. The reason comes first as text, which clients of v1 show. */
function end(socket: WebSocket, reason: string): void {
  socket.send(reason)
  socket.close(1008, reason)
}
