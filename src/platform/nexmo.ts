import * as v from 'valibot'
import type { TextTransport } from '../core/ports.ts'
import type { Result } from '../core/result.ts'
import { postTo } from './http-post.ts'

type Account = Extract<TextTransport, { kind: 'nexmo' }>

/** One for each part of a long text. Status 0: taken; the others are of Nexmo's list. */
const Answer = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ messages: v.pipe(v.array(v.object({ status: v.string() })), v.minLength(1)) }),
)

/** Sends a text message by Nexmo's SMS API, which says in a body with status 200 that it did not. */
export const sendByNexmo = (
  { api_key, api_secret, from }: Account,
  to: string,
  text: string,
  baseUrl = 'https://rest.nexmo.com',
): Promise<Result<void, string>> =>
  postTo(
    'nexmo',
    `${baseUrl}/sms/json`,
    {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        api_key,
        api_secret,
        from,
        to: to.slice(1),
        text,
        // What is not said to be Unicode loses whatever a telephone's own alphabet lacks.
        type: /^[\n\r -_a-~]*$/.test(text) ? 'text' : 'unicode',
      }).toString(),
    },
    (answer) => {
      const parsed = v.safeParse(Answer, answer)
      if (!parsed.success) return 'the provider’s answer is none of its API'
      const refused = parsed.output.messages.find(({ status }) => status !== '0')
      return refused ? `the provider answered status ${refused.status.slice(0, 3)}` : null
    },
  )
