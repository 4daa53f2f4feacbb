import { fail, type Failure } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import type { Mail, MailTransport, TextTransport } from '../../core/ports.ts'
import type { Letter } from '../../core/messaging.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Tenant } from '../../core/tenant.ts'
import { authSection } from './config.ts'
import { DEFAULT_TEMPLATES, type TemplateType } from './default-templates.ts'
import { chosenItem, rendered, type View } from './message-template.ts'
import { templateAt } from './template-text.ts'

/** Through whom the app sends mail; null: it sends none. */
export function mailTransport(tenant: Tenant): MailTransport | null {
  const { mail_api } = authSection.of(tenant)
  if (mail_api) return { kind: 'http', ...mail_api }
  const { host, ...rest } = tenant.messaging.smtp
  return host === undefined ? null : { kind: 'smtp', host, ...rest }
}

/** Through whom the app sends text messages; of two, Nexmo (v2 reference, section 3.4). Null: it sends none. */
function textTransport({ messaging: { nexmo, twilio } }: Tenant): TextTransport | null {
  const { api_key, api_secret } = nexmo
  if (api_key !== undefined && api_secret !== undefined && nexmo.from !== undefined)
    return { kind: 'nexmo', api_key, api_secret, from: nexmo.from }
  const { account_sid, auth_token } = twilio
  return account_sid === undefined || auth_token === undefined || twilio.from === undefined
    ? null
    : { kind: 'twilio', account_sid, auth_token, from: twilio.from }
}

export const NO_MAIL: Failure = fail('NotConfigured', 'this app sends no mail')
const NO_TEXT_MESSAGES: Failure = fail('NotConfigured', 'this app sends no text messages')
/** Why, is for the operator to know. */
const NOT_SENT: Failure = fail('UnexpectedError', 'the message could not be sent')

/** The text of a type: the app's own where it has one that can be read and filled in, else the bundled one. */
export async function textOf(type: TemplateType, view: View, scope: Scope, key = ''): Promise<string> {
  return (await ownText(type, view, scope, key)) ?? bundledText(type, view)
}

/** Whether the app has a text of its own of the type: what the bundled ones say is known beforehand. */
export const hasOwnText = (type: TemplateType, scope: Scope, key = ''): boolean =>
  ownItem(type, scope, key) !== null

const ownItem = (type: TemplateType, { tenant, languages }: Scope, key: string) =>
  chosenItem(tenant.messaging.templates, type, key, languages)

async function ownText(type: TemplateType, view: View, scope: Scope, key: string): Promise<string | null> {
  const item = ownItem(type, scope, key)
  if (!item) return null
  const read = await templateAt(item.uri, scope)
  const text = read.ok ? rendered(read.value, view, type.endsWith('.html')) : read
  if (text.ok) return text.value
  scope.report(`template ${type} ${item.language_tag}: ${text.error}`)
  return null
}

function bundledText(type: TemplateType, view: View): string {
  const text = rendered(DEFAULT_TEMPLATES[type], view, type.endsWith('.html'))
  if (!text.ok) throw new Error(`the bundled ${type} ${text.error}`)
  return text.value
}

/** Sends a mail with the texts of these types: HTML beside the text where the app brings both, or neither. */
export async function sendMail(
  letter: Letter,
  to: string,
  name: LetterName,
  view: View,
  scope: Scope,
  key = '',
): Promise<Result<void, Failure>> {
  const via = mailTransport(scope.tenant)
  if (!via) return err(NO_MAIL)
  const own = {
    text: await ownText(`${name}_email.txt`, view, scope, key),
    html: await ownText(`${name}_email.html`, view, scope, key),
  }
  const sent = await scope.mailer.send(via, mailOf(letter, to, name, view, own))
  if (sent.ok) return ok(undefined)
  scope.report(`${name} mail: ${sent.error}`)
  return err(NOT_SENT)
}

export type LetterName = 'forgot_password' | 'welcome' | 'user_verification'

/** `own`: the app's texts, filled in; null: it has none. */
export const mailOf = (
  letter: Letter,
  to: string,
  name: LetterName,
  view: View,
  own: { readonly text: string | null; readonly html: string | null },
): Mail => ({
  from: letter.sender,
  ...(letter.reply_to !== undefined && { replyTo: letter.reply_to }),
  to,
  subject: letter.subject,
  text: own.text ?? bundledText(`${name}_email.txt`, view),
  html: own.html ?? (own.text === null ? bundledText(`${name}_email.html`, view) : undefined),
})

export async function sendText(
  to: string,
  type: TemplateType,
  view: View,
  scope: Scope,
  key: string,
): Promise<Result<void, Failure>> {
  const via = textTransport(scope.tenant)
  if (!via) return err(NO_TEXT_MESSAGES)
  const sent = await scope.textMessages.send(via, to, await textOf(type, view, scope, key))
  if (sent.ok) return ok(undefined)
  scope.report(`text message: ${sent.error}`)
  return err(NOT_SENT)
}

/** A link to one of our pages. */
export function linkTo(path: string, query: Readonly<Record<string, string>>, scope: Scope): string {
  const base = authSection.of(scope.tenant).base_url ?? scope.baseUrl
  return `${base.replace(/\/+$/, '')}${path}?${new URLSearchParams(query).toString()}`
}
