import { fail, type Failure } from '../../core/failure.ts'
import type { Scope } from '../../core/gear.ts'
import { networkOf } from '../../core/network.ts'
import type { Limit } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { authSection } from './config.ts'
import { rateOf, type Tried } from './limits-config.ts'

/** An attempt that may go on, counted as a failure until it says otherwise. Both may be called late or never. */
export type Attempt = {
  /** It proved who it is: it was no failure, and failures of others do not hold this address up at this account. */
  readonly passed: () => void
  /** It came to nothing, through no fault of its caller. */
  readonly forgiven: () => void
}

/**
 * Counts an attempt by the caller's address and by the account it aims at, before anything is known of either: so
 * guesses at once are as many as guesses in a row, and one answer holds for accounts that are there and that are not.
 * `account`: what names it in the input, in the form it is looked up by; null where none is aimed at. Refuses with 429.
 * The master key's holder counts for nobody: its address is a server's.
 */
export async function limited(
  scope: Scope,
  tried: Tried,
  account: string | null,
): Promise<Result<Attempt, Failure>> {
  const { limiter, later } = scope
  const limits = scope.caller.key === 'master' ? [] : limitsOf(scope, tried, account)
  const waits = await Promise.all(limits.map((limit) => limiter.take(limit)))
  const wait = Math.max(0, ...waits)
  if (wait === 0)
    return ok({
      passed: () => limits.forEach((limit) => later(limiter.know(limit))),
      forgiven: () => limits.forEach((limit) => later(limiter.putBack(limit))),
    })
  // Who is refused by one count has used nothing of another: no address without attempts can use up an account's.
  limits.filter((_, i) => waits[i] === 0).forEach((limit) => later(limiter.putBack(limit)))
  return err({
    ...fail('PermissionDenied', `too many attempts: try again in ${wait} seconds`, { retry_after: wait }),
    status: 429,
    retryAfterSeconds: wait,
  })
}

function limitsOf({ tenant, origin }: Scope, tried: Tried, account: string | null): readonly Limit[] {
  const network = origin.address === null ? null : networkOf(origin.address)
  const limit = (
    whose: 'address' | 'account',
    who: string | null,
    place: string | null,
  ): readonly Limit[] => {
    const rate = rateOf(authSection.of(tenant).limits, tried, whose, tenant.developmentMode)
    const key = JSON.stringify([tenant.appId, tried, whose, who])
    return rate && who !== null ? [{ key, rate, place }] : []
  }
  // A place says little of who guesses a short code there: what is known of places is for passwords.
  return [
    ...limit('address', network, null),
    ...limit('account', account, tried === 'login' ? network : null),
  ]
}
