import { SMTP_REPLY_BYTES_MAX } from '../core/limits.ts'

/** A reply of an SMTP server (RFC 5321, section 4.2): its code, and its lines without it. */
export type SmtpReply = { readonly code: number; readonly lines: readonly string[] }

/** What a server did that ends a session; of what it said, the code alone. */
export class SmtpFault extends Error {}

/** Reads replies from a stream of bytes, which may end anywhere. */
export function smtpReplies(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** @throws SmtpFault where the server ends, or says what is no reply */
    async next(): Promise<SmtpReply> {
      const lines: string[] = []
      for (let size = 0; ;) {
        const end = text.indexOf('\n')
        if (end < 0) {
          if (size + text.length > SMTP_REPLY_BYTES_MAX) throw new SmtpFault('the reply is too long')
          const { value, done } = await reader.read()
          if (done) throw new SmtpFault('the server has closed the connection')
          text += decoder.decode(value, { stream: true })
          continue
        }
        const line = text.slice(0, end).replace(/\r$/, '')
        text = text.slice(end + 1)
        size += line.length
        const parts = /^(\d{3})([ -]|$)(.*)$/.exec(line)
        if (!parts) throw new SmtpFault('the server does not speak SMTP')
        lines.push(parts[3] ?? '')
        if (parts[2] !== '-') return { code: Number(parts[1]), lines }
      }
    },
    /** Leaves the stream, of which nothing may be left over: what came before TLS is anybody's. */
    release(): void {
      if (text !== '') throw new SmtpFault('the server said more than it was asked')
      reader.releaseLock()
    },
  }
}
