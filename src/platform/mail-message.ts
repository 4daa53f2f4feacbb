import type { Mail } from '../core/ports.ts'
import { err, ok, type Result } from '../core/result.ts'
import { parseMailbox, type Mailbox } from './mail-address.ts'

/**
 * A message as SMTP carries it: the envelope, and the text, whose lines end in CRLF. Where an address is not in ASCII, it
 * stands as it is in both, which only servers with SMTPUTF8 take (RFC 6531): for the part before the `@` there is no other
 * form.
 */
export type MailMessage = {
  readonly from: string
  readonly to: string
  readonly needsUtf8: boolean
  readonly data: string
}

/** Bytes of text in an encoded word: in base64, framed, behind a header's name, in a line of 76 (RFC 2047, section 2). */
const WORD_BYTES_MAX = 39
/** Columns of a base64 body (RFC 2045, section 6.8). */
const LINE_MAX = 76

/**
 * A mail as a message of RFC 5322 and MIME. Bodies are base64: whatever they hold, no line is too long or begins with a
 * dot. Header texts that are not plain become encoded words, so that no line end in one starts another header.
 * `id` makes the message's id and its boundary.
 */
export function mailMessage(mail: Mail, id: string, now: Date): Result<MailMessage, string> {
  const from = parseMailbox(mail.from)
  if (!from.ok) return err(`sender: ${from.error}`)
  const to = parseMailbox(mail.to)
  if (!to.ok) return err(`recipient: ${to.error}`)
  const replyTo = mail.replyTo === undefined ? null : parseMailbox(mail.replyTo)
  if (replyTo && !replyTo.ok) return err(`reply_to: ${replyTo.error}`)
  const domain = from.value.address.slice(from.value.address.lastIndexOf('@') + 1)
  const boundary = `part-${id}`
  const headers = [
    `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${domain}>`,
    `From: ${mailboxText(from.value)}`,
    `To: ${mailboxText(to.value)}`,
    ...(replyTo ? [`Reply-To: ${mailboxText(replyTo.value)}`] : []),
    `Subject: ${headerText(mail.subject)}`,
    // RFC 3834: no vacation notes in return.
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
  ]
  const text = part('plain', mail.text)
  const lines =
    mail.html === undefined
      ? [...headers, ...text]
      : [
          ...headers,
          `Content-Type: multipart/alternative; boundary=${boundary}`,
          '',
          `--${boundary}`,
          ...text,
          `--${boundary}`,
          ...part('html', mail.html),
          `--${boundary}--`,
        ]
  const addresses = [from.value.address, to.value.address, replyTo?.value.address ?? '']
  return ok({
    from: from.value.address,
    to: to.value.address,
    needsUtf8: !/^\p{ASCII}*$/u.test(addresses.join('')),
    data: `${lines.join('\r\n')}\r\n`,
  })
}

function part(type: 'plain' | 'html', body: string): string[] {
  const encoded = base64(new TextEncoder().encode(body.replaceAll(/\r\n|\r|\n/g, '\r\n')))
  return [
    `Content-Type: text/${type}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    ...(encoded.match(new RegExp(`.{1,${LINE_MAX}}`, 'g')) ?? ['']),
  ]
}

const mailboxText = ({ name, address }: Mailbox): string =>
  name === null ? address : `${encodedWords(name)} <${address}>`

/** A header's text: itself where it is short and plain, else encoded words. */
const headerText = (text: string): string =>
  /^[\x20-\x7e]{0,60}$/.test(text) && !text.includes('=?') ? text : encodedWords(text)

/** RFC 2047, folded. No word ends within a character. */
function encodedWords(text: string): string {
  const words: string[] = []
  let word = ''
  for (const character of text.replaceAll(/\p{Cc}+/gu, ' ')) {
    if (bytesOf(word + character).length > WORD_BYTES_MAX) {
      words.push(word)
      word = ''
    }
    word += character
  }
  return [...words, word].map((each) => `=?UTF-8?B?${base64(bytesOf(each))}?=`).join('\r\n ')
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** In pieces: a call takes so many arguments and no more. */
function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(binary)
}
