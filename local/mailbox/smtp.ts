import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'

/** A mail as it came: the envelope, the connection, the text, and what another's parser makes of that. */
export type ReceivedMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly receivedAt: Date
  readonly isTls: boolean
  /** Whether the sender asked for addresses outside ASCII to be taken as they are (RFC 6531). */
  readonly isUtf8: boolean
  /** Who logged in to send it, and how. */
  readonly login: string | null
  readonly raw: string
  readonly parsed: Email
}

export type SmtpOptions = {
  /** 0: any that is free. */
  readonly port?: number
  /** Key and certificate, PEM: at once, or by STARTTLS. Without them there is no TLS. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly at: 'once' | 'starttls' }
  /** Who may send, and how they say so. Without it everybody may. */
  readonly auth?: { readonly user: string; readonly password: string; readonly method: 'PLAIN' | 'LOGIN' }
  /** Takes addresses in ASCII only. */
  readonly asciiOnly?: boolean
  readonly receive: (mail: ReceivedMail) => void
}

export type RunningSmtp = { readonly port: number; readonly close: () => Promise<void> }

/** Bytes of a mail that is taken. */
const MAIL_BYTES_MAX = 10 * 1024 * 1024

/** An SMTP server on this machine that keeps what it is sent to itself. @throws Error where the port is taken */
export async function startSmtp({
  port = 0,
  tls,
  auth,
  asciiOnly = false,
  receive,
}: SmtpOptions): Promise<RunningSmtp> {
  const server = new SMTPServer({
    ...(tls && { key: tls.key, cert: tls.cert, secure: tls.at === 'once' }),
    ...(auth && { authMethods: [auth.method] }),
    authOptional: !auth,
    allowInsecureAuth: true,
    hideSMTPUTF8: asciiOnly,
    disabledCommands: [...(auth ? [] : ['AUTH']), ...(tls ? [] : ['STARTTLS'])],
    size: MAIL_BYTES_MAX,
    onAuth({ method, username, password }, _, done) {
      const isRight = auth !== undefined && username === auth.user && password === auth.password
      done(isRight ? null : new Error('not who you say'), { user: `${username} by ${method}` })
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks)
        PostalMime.parse(raw).then((parsed) => {
          receive(received(session, raw.toString('utf8'), parsed))
          done()
        }, done)
      })
    },
  })
  // A client that goes away half-way is no fault of the server.
  server.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

const received = (
  { envelope, secure, user }: SMTPServerSession,
  raw: string,
  parsed: Email,
): ReceivedMail => ({
  from: envelope.mailFrom ? envelope.mailFrom.address : '',
  to: envelope.rcptTo.map(({ address }) => address),
  receivedAt: new Date(),
  isTls: secure,
  isUtf8: envelope.smtpUtf8 === true,
  login: typeof user === 'string' ? user : null,
  raw,
  parsed,
})
