import * as v from 'valibot'
import { fail, invalid, type Failure } from '../../core/failure.ts'
import { action, type Scope } from '../../core/gear.ts'
import { TEMPLATE_BYTES_MAX } from '../../core/limits.ts'
import type { Letter } from '../../core/messaging.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { newAddressee, userView, type Addressee } from './addressee.ts'
import { newCode } from './code.ts'
import { RESET_PATH } from './forgot-password.ts'
import { rendered, type View } from './message-template.ts'
import { linkTo, mailOf, mailTransport, NO_MAIL, type LetterName } from './message.ts'
import { sendCodeOf } from './verification.ts'

/** Who stands for a user in a message that nobody asked for, in the words of v1's plugin. */
const DUMMY = { id: 'dummy-id', email: 'dummy-user@example.com' } as const

const NO_MASTER_KEY: Failure = fail('AccessKeyNotAccepted', 'master key required')

const Text = v.pipe(v.string(), v.minLength(1))
const Header = v.nullish(v.pipe(Text, v.maxLength(998)))
const Template = v.nullish(v.pipe(v.string(), v.maxLength(TEMPLATE_BYTES_MAX)))

/**
 * Sends one of the app's mails about nobody, with other texts where they are given, so that the app's team sees how it
 * looks and whether it arrives (v1 protocol, section 4.13): therefore it says why where it could not be sent.
 */
const trialMail = (name: LetterName, letterOf: (scope: Scope) => Letter, viewOf: (scope: Scope) => View) =>
  action({
    summary: `Sends a ${name.replace('_', ' ')} mail about nobody, with the texts given. Waits for the provider.`,
    access: 'key',
    input: schema(
      v.object({
        args: v.object({
          email: Text,
          text_template: Template,
          html_template: Template,
          subject: Header,
          sender: Header,
          reply_to: Header,
        }),
      }),
    ),
    output: schema(v.object({ status: v.literal('OK') })),
    async run({ args }, scope) {
      const { caller, mailer, tenant } = scope
      if (caller.key !== 'master') return err(NO_MASTER_KEY)
      const via = mailTransport(tenant)
      if (!via) return err(NO_MAIL)
      const view = viewOf(scope)
      const text = filledIn('text_template', args.text_template, view)
      if (!text.ok) return text
      const html = filledIn('html_template', args.html_template, view)
      if (!html.ok) return html
      const { sender, subject, reply_to } = letterOf(scope)
      const letter = {
        sender: args.sender ?? sender,
        subject: args.subject ?? subject,
        reply_to: args.reply_to ?? reply_to,
      }
      const own = { text: text.value, html: html.value }
      const sent = await mailer.send(via, mailOf(letter, args.email, name, view, own))
      return sent.ok
        ? ok({ result: { status: 'OK' as const } })
        : err(fail('UnexpectedError', `the message could not be sent: ${sent.error}`))
    },
  })

function filledIn(
  field: 'text_template' | 'html_template',
  template: string | null | undefined,
  view: View,
): Result<string | null, Failure> {
  if (template === null || template === undefined) return ok(null)
  const text = rendered(template, view, field === 'html_template')
  return text.ok ? text : err(invalid(`${field} ${text.error}`, field))
}

const dummy = ({ now }: Scope, profile: Addressee['profile']): Addressee =>
  newAddressee(DUMMY.id, profile, now)

const dummyView = (scope: Scope) => ({
  appname: scope.tenant.messaging.displayName,
  url_prefix: scope.baseUrl,
  email: DUMMY.email,
  user_id: DUMMY.id,
  user: userView(dummy(scope, { email: DUMMY.email })),
})

export const tryForgotPassword = trialMail(
  'forgot_password',
  ({ tenant }) => tenant.messaging.forgotPassword,
  (scope) => {
    const query = { code: 'dummy-reset-code', user_id: DUMMY.id }
    return { ...dummyView(scope), ...query, link: linkTo(RESET_PATH, query, scope) }
  },
)

export const tryWelcome = trialMail('welcome', ({ tenant }) => tenant.messaging.welcome, dummyView)

export const tryVerification = action({
  summary: 'Sends a code to an address, about nobody: it verifies nothing. Waits for the provider.',
  access: 'key',
  input: schema(v.object({ args: v.object({ record_key: v.string(), record_value: Text }) })),
  output: schema(v.null()),
  async run({ args }, scope) {
    if (scope.caller.key !== 'master') return err(NO_MASTER_KEY)
    const { keys } = scope.tenant.messaging.verification
    const key = keys.find((each) => each.key === args.record_key)
    if (!key) return err(invalid('record_key is no field that this app verifies', 'record_key'))
    const code = newCode(key.code_format, scope)
    const sent = await sendCodeOf(dummy(scope, {}), key, args.record_value, code, scope)
    return sent.ok ? ok({ result: null }) : sent
  },
})
