import type { Mail, MailTransport } from '../core/ports.ts'
import type { Result } from '../core/result.ts'
import { postTo } from './http-post.ts'

type Provider = Extract<MailTransport, { kind: 'http' }>

/** Sends a mail in the shape of Resend's `POST /emails`, which other providers and one's own server can take as well. */
export const sendByHttp = ({ url, auth_token }: Provider, mail: Mail): Promise<Result<void, string>> =>
  postTo('mail', url, {
    headers: { authorization: `Bearer ${auth_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      from: mail.from,
      to: [mail.to],
      ...(mail.replyTo !== undefined && { reply_to: mail.replyTo }),
      subject: mail.subject,
      text: mail.text,
      ...(mail.html !== undefined && { html: mail.html }),
      headers: { 'Auto-Submitted': 'auto-generated' },
    }),
  })
