import * as v from 'valibot'
import type { Rate } from '../../core/rate.ts'

/**
 * What can be tried, each with counts of its own. `recovery` and `verification`: to have a code sent, for a password and for
 * a field of one's record; `code`: to redeem one; `discovery`: names for oneself that may be taken.
 */
export const TRIED = ['login', 'signup', 'recovery', 'verification', 'code', 'discovery'] as const
export type Tried = (typeof TRIED)[number]

/** `null`: as many as one likes. */
const limit = v.nullish(
  v.object({
    count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
    seconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(30 * 24 * 60 * 60)),
  }),
)
const limits = v.optional(v.object({ address: v.optional(limit), account: v.optional(limit) }), {})

/** `gear_config.auth.limits`. */
export const Limits = v.object({
  login: limits,
  signup: limits,
  recovery: limits,
  verification: limits,
  code: limits,
  discovery: limits,
})

type Defaults = { readonly address: Rate; readonly account: Rate | null }
const HOUR = 60 * 60

/**
 * Many people share an address (a school, a carrier), hence the large numbers there. Of an account, 20 wrong passwords
 * and then one every three minutes; NIST SP 800-63B-4, section 3.2.2, allows 100 in a row. A code has six digits at
 * least: ten of an hour are no guess. A sign-up has no account yet; of discovery, it is the account that looks around.
 * Five mails or text messages an hour are enough for who mistypes, and too few to fill a mailbox; from an address, two for
 * each who signs up there.
 */
const PRODUCTION: Readonly<Record<Tried, Defaults>> = {
  login: { address: { count: 100, seconds: HOUR }, account: { count: 20, seconds: HOUR } },
  signup: { address: { count: 100, seconds: HOUR }, account: null },
  recovery: { address: { count: 30, seconds: HOUR }, account: { count: 5, seconds: HOUR } },
  verification: { address: { count: 200, seconds: HOUR }, account: { count: 5, seconds: HOUR } },
  code: { address: { count: 50, seconds: HOUR }, account: { count: 10, seconds: HOUR } },
  discovery: { address: { count: 100, seconds: HOUR }, account: { count: 20, seconds: HOUR } },
}
/** An app's own tests, from one address as fast as they go. */
const DEVELOPMENT: Rate = { count: 1000, seconds: 60 }

/** The limit that holds, the app's own or the default; null: none. */
export function rateOf(
  given: v.InferOutput<typeof Limits>,
  tried: Tried,
  whose: 'address' | 'account',
  developmentMode: boolean,
): Rate | null {
  const own = given[tried][whose]
  if (own !== undefined) return own
  const usual = PRODUCTION[tried][whose]
  return developmentMode && usual ? DEVELOPMENT : usual
}
