/** So many at once; what is used comes back evenly over so many seconds. */
export type Rate = { readonly count: number; readonly seconds: number }

/** What came of asking for one: when all that is used will be back, in milliseconds; or how long until there is one. */
export type Taken = { readonly usedUntil: number } | { readonly waitMs: number }

/**
 * A token bucket as the one number it needs (the generic cell rate algorithm, ITU-T I.371): each use moves `usedUntil`
 * on by what it takes to come back.
 */
export function take({ count, seconds }: Rate, usedUntil: number, now: number): Taken {
  const eachMs = (seconds * 1000) / count
  const since = Math.max(usedUntil, now)
  // A thousandth of a use for what division leaves over.
  const waitMs = since - now - (count - 1 + 0.001) * eachMs
  return waitMs > 0 ? { waitMs } : { usedUntil: since + eachMs }
}

/** As if one had not been used. */
export const putBack = ({ count, seconds }: Rate, usedUntil: number): number =>
  usedUntil - (seconds * 1000) / count
