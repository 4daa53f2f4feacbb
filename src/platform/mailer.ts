import type { Mailer } from '../core/ports.ts'
import { sendByHttp } from './http-mail.ts'
import { mailMessage } from './mail-message.ts'
import { deliver } from './smtp-session.ts'

/** Mail by whatever each app sends it through. */
export const mailer = (): Mailer => ({
  async send(via, mail) {
    const message = mailMessage(mail, crypto.randomUUID(), new Date())
    if (!message.ok) return message
    return via.kind === 'smtp' ? deliver(via, message.value) : sendByHttp(via, mail)
  },
})
