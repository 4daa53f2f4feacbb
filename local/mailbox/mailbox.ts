import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listPage } from './pages.ts'
import { startSmtp, type ReceivedMail } from './smtp.ts'

/** A mailbox for whatever is sent on this machine: an SMTP server, and pages that show what it got. */
export type Mailbox = {
  readonly url: string
  readonly smtpPort: number
  readonly close: () => Promise<void>
}

/** The oldest make room. */
const MAILS_MAX = 200

/** `pagePort`, `smtpPort`: where they are, if they are free; else anywhere. */
export async function startMailbox(pagePort: number, smtpPort: number): Promise<Mailbox> {
  const mails: ReceivedMail[] = []
  const receive = (mail: ReceivedMail): void => {
    mails.push(mail)
    if (mails.length > MAILS_MAX) mails.shift()
  }
  const smtp = await startSmtp({ port: smtpPort, receive }).catch(() => startSmtp({ receive }))
  const pages = createServer((request, response) => answer(request, response, mails, smtp.port))
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      pages.once('error', reject)
      pages.listen(port, '127.0.0.1', resolve)
    })
  await listen(pagePort).catch(() => listen(0))
  return {
    url: `http://localhost:${(pages.address() as AddressInfo).port}`,
    smtpPort: smtp.port,
    async close() {
      pages.closeAllConnections()
      await new Promise((resolve) => pages.close(resolve))
      await smtp.close()
    },
  }
}

function answer(
  { url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  mails: readonly ReceivedMail[],
  smtpPort: number,
): void {
  const send = (status: number, type: string, body: string, policy = `default-src 'none'`) =>
    response
      .writeHead(status, {
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
      })
      .end(body)
  // A site whose name is made to lead here must not read mails.
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(headers.host ?? ''))
    return void send(403, 'text/plain', 'not here')
  const html = mails[Number(/^\/mails\/(\d+)\.html$/.exec(url)?.[1] ?? NaN)]?.parsed.html
  if (html !== undefined)
    return void send(
      200,
      'text/html',
      // Links open beside the mailbox, outside of the sandbox.
      `<!doctype html><base target="_blank">${html}`,
      `sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:`,
    )
  if (url === '/mails.json') return void send(200, 'application/json', JSON.stringify(mails.map(summary)))
  if (url === '/')
    return void send(
      200,
      'text/html',
      listPage(mails, smtpPort),
      `default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'`,
    )
  send(404, 'text/plain', 'not found')
}

const summary = ({ from, to, receivedAt, parsed: { subject, text, html } }: ReceivedMail) => ({
  from,
  to,
  received_at: receivedAt.toISOString(),
  subject,
  text,
  html,
})
