import type { TextTransport } from '../core/ports.ts'
import type { Result } from '../core/result.ts'
import { postTo } from './http-post.ts'

type Account = Extract<TextTransport, { kind: 'twilio' }>

/** Sends a text message by Twilio's API. */
export const sendByTwilio = (
  { account_sid, auth_token, from }: Account,
  to: string,
  text: string,
  baseUrl = 'https://api.twilio.com',
): Promise<Result<void, string>> =>
  postTo('twilio', `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(account_sid)}/Messages.json`, {
    headers: {
      authorization: `Basic ${btoa(`${account_sid}:${auth_token}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ To: to, From: from, Body: text }).toString(),
  })
