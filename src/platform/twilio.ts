import type { TextMessages } from '../core/ports.ts'
import { err } from '../core/result.ts'
import { postTo } from './http-post.ts'

const E164 = /^\+[1-9]\d{6,14}$/

/** Text messages by Twilio's API. `baseUrl`: where it is. */
export const twilio = (baseUrl = 'https://api.twilio.com'): TextMessages => ({
  async send({ account_sid, auth_token, from }, to, text) {
    if (!E164.test(to)) return err('twilio: the recipient is no phone number as E.164 has it')
    const path = `/2010-04-01/Accounts/${encodeURIComponent(account_sid)}/Messages.json`
    return postTo('twilio', `${baseUrl}${path}`, {
      headers: {
        authorization: `Basic ${btoa(`${account_sid}:${auth_token}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ To: to, From: from, Body: text }).toString(),
    })
  },
})
