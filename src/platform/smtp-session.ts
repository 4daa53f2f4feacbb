import { connect } from 'cloudflare:sockets'
import { SMTP_SESSION_SECONDS_MAX } from '../core/limits.ts'
import type { MailTransport } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { MailMessage } from './mail-message.ts'
import { SmtpFault, smtpReplies } from './smtp-replies.ts'

type Server = Extract<MailTransport, { kind: 'smtp' }>

/** Where a password may go without TLS: it leaves no machine. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** Hands one message to an SMTP server: the first refusal ends it, and is told by its command and code alone. */
export async function deliver(server: Server, message: MailMessage): Promise<Result<void, string>> {
  const isTls = server.mode === 'ssl'
  let socket = connect(
    { hostname: server.host, port: server.port },
    { secureTransport: isTls ? 'on' : 'starttls', allowHalfOpen: false },
  )
  // What is wrong with a socket is told by what is done with it.
  socket.closed.catch(() => undefined)
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SmtpFault('it took too long')), SMTP_SESSION_SECONDS_MAX * 1000)
  })
  try {
    const done = converse(server, message, socket, (secure) => (socket = secure))
    await Promise.race([done, late])
    return ok(undefined)
  } catch (cause) {
    // What the platform says of a connection may name more than it should.
    return err(`smtp: ${cause instanceof SmtpFault ? cause.message : 'the connection failed'}`)
  } finally {
    clearTimeout(timer)
    await socket.close().catch(() => undefined)
  }
}

async function converse(
  { mode, host, login, password }: Server,
  { from, to, needsUtf8, data }: MailMessage,
  plain: Socket,
  secured: (socket: Socket) => void,
): Promise<void> {
  let [replies, writer] = [smtpReplies(plain.readable), plain.writable.getWriter()]
  const encoder = new TextEncoder()
  /** `what` stands for a line that is nobody's to read. */
  const ask = async (line: string | null, wanted: number, what?: string) => {
    if (line !== null) await writer.write(encoder.encode(`${line}\r\n`))
    const { code, lines } = await replies.next()
    const command = what ?? line?.split(/[ :]/)[0] ?? 'greeting'
    if (Math.floor(code / 100) !== Math.floor(wanted / 100))
      throw new SmtpFault(`${command} was answered ${code}`)
    return lines.slice(1).map((each) => each.toUpperCase())
  }
  // Who we are is anybody's claim; the sender's domain is ours to use.
  const hello = `EHLO ${from.slice(from.lastIndexOf('@') + 1)}`

  await ask(null, 220)
  let offers = await ask(hello, 250)
  let isTls = mode === 'ssl'
  if (!isTls && offers.includes('STARTTLS')) {
    await ask('STARTTLS', 220)
    replies.release()
    writer.releaseLock()
    const socket = plain.startTls()
    socket.closed.catch(() => undefined)
    secured(socket)
    ;[replies, writer] = [smtpReplies(socket.readable), socket.writable.getWriter()]
    offers = await ask(hello, 250)
    isTls = true
  }
  if (login !== undefined) {
    if (!isTls && !LOOPBACK.includes(host))
      throw new SmtpFault('the server offers no TLS to send a password over')
    const methods = offers.find((offer) => /^AUTH[ =]/.test(offer))?.split(/[ =]/) ?? []
    if (methods.includes('PLAIN')) {
      await ask(`AUTH PLAIN ${base64(`\0${login}\0${password ?? ''}`)}`, 235, 'AUTH')
    } else if (methods.includes('LOGIN')) {
      await ask('AUTH LOGIN', 334)
      await ask(base64(login), 334, 'AUTH')
      await ask(base64(password ?? ''), 235, 'AUTH')
    } else throw new SmtpFault('the server takes neither AUTH PLAIN nor AUTH LOGIN')
  }
  if (needsUtf8 && !offers.includes('SMTPUTF8'))
    throw new SmtpFault('the server takes no address with letters outside ASCII before the @ (SMTPUTF8)')
  await ask(`MAIL FROM:<${from}>${needsUtf8 ? ' SMTPUTF8' : ''}`, 250)
  await ask(`RCPT TO:<${to}>`, 250)
  await ask('DATA', 354)
  // RFC 5321, section 4.5.2: a line that begins with a dot gets another.
  await ask(`${data.replaceAll(/^\./gm, '..')}.`, 250, 'the message')
  await ask('QUIT', 221).catch(() => undefined)
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
