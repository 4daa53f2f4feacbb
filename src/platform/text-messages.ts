import type { TextMessages } from '../core/ports.ts'
import { err } from '../core/result.ts'
import { sendByNexmo } from './nexmo.ts'
import { sendByTwilio } from './twilio.ts'

const E164 = /^\+[1-9]\d{6,14}$/

/** Text messages by whatever each app sends them through. `urls`: where the providers are, if elsewhere. */
export const textMessages = (
  urls: { readonly twilio?: string | undefined; readonly nexmo?: string | undefined } = {},
): TextMessages => ({
  async send(via, to, text) {
    if (!E164.test(to)) return err(`${via.kind}: the recipient is no phone number as E.164 has it`)
    return via.kind === 'nexmo'
      ? sendByNexmo(via, to, text, urls.nexmo)
      : sendByTwilio(via, to, text, urls.twilio)
  },
})
