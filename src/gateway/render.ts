import { failureBody, failureStatus, type Failure } from '../core/failure.ts'
import { failureBodyV2, statusV2, type FailureV2 } from '../core/failure-v2.ts'
import type { Reply } from '../core/gear.ts'

type HeaderRecord = Readonly<Record<string, string>>

/** Headers that an answer carries beside its own. */
export type Carried = {
  /** What many answers carry alike: the same object for all of them, where it can be. */
  readonly shared: HeaderRecord
  readonly own: HeaderRecord
}

export const carriedHeaders = ({ shared, own }: Carried): HeaderRecord => ({ ...shared, ...own })

const NOTHING: Carried = { shared: {}, own: {} }

/** The only places where an outcome becomes bytes and a status (v1 protocol, sections 1.5 and 1.6). */
export function renderReply({ result, info }: Reply<unknown>, carried = NOTHING): Response {
  return json(200, carried, {
    ...(result !== null && result !== undefined && { result }),
    ...(info && { info }),
  })
}

export function renderFailure(failure: Failure, carried = NOTHING): Response {
  return json(failureStatus(failure), carried, { error: failureBody(failure) }, retryAfter(failure))
}

/** The same in v2's words (v2 reference, section 2.5). */
export function renderFailureV2(failure: FailureV2, carried = NOTHING): Response {
  return json(
    statusV2(failure),
    carried,
    { error: failureBodyV2(failure) },
    {
      ...retryAfter(failure),
      ...(failure.hasBadSession && { 'x-skygear-try-refresh-token': 'true' }),
    },
  )
}

const retryAfter = ({ retryAfterSeconds: seconds }: Pick<Failure, 'retryAfterSeconds'>): HeaderRecord =>
  seconds === undefined ? {} : { 'retry-after': String(seconds) }

/**
 * What answers share is made into Headers once, and copied inside of workerd: each header that is given or set is a call
 * out of JavaScript (measured: 7 µs).
 */
const sharedHeaders = new WeakMap<HeaderRecord, Headers>()

function json(status: number, { shared, own }: Carried, body: unknown, more: HeaderRecord = {}): Response {
  let headers = sharedHeaders.get(shared)
  if (!headers) {
    headers = new Headers({ 'content-type': 'application/json', ...shared })
    sharedHeaders.set(shared, headers)
  }
  const response = new Response(JSON.stringify(body), { status, headers })
  for (const set of [own, more])
    for (const [name, value] of Object.entries(set)) response.headers.set(name, value)
  return response
}

/**
 * A failure as v2's gateway tells it (v2 reference, section 1.12): plain text that ends its line; none where there is
 * nothing to say.
 */
export const renderText = (failure: Failure, carried = NOTHING): Response =>
  new Response(failure.message === '' ? '' : `${failure.message}\n`, {
    status: failureStatus(failure),
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...retryAfter(failure),
      ...carriedHeaders(carried),
    },
  })

/**
 * A route's own Response, with what every answer carries; where it says itself who may read it from another origin, it
 * has the last word (v2 reference, section 1.11). An upgrade is answered anew, with the same socket.
 */
export function renderRoute(response: Response, carried: Carried): Response {
  if (response.webSocket)
    return new Response(null, {
      status: 101,
      webSocket: response.webSocket,
      headers: carriedHeaders(carried),
    })
  const saysOrigins = response.headers.has('access-control-allow-origin')
  for (const [name, value] of Object.entries(carriedHeaders(carried)))
    if (!saysOrigins || !/^(access-control-|vary$)/i.test(name)) response.headers.append(name, value)
  return response
}

/** Another Worker's answer as ours: its headers can be changed, and what it says of origins is left to us. */
export function renderPassed(response: Response): Response {
  if (response.webSocket) return response
  const ours = new Response(response.body, response)
  const names = [...ours.headers.keys()]
  for (const name of names)
    if (name.startsWith('access-control-') || name === 'vary') ours.headers.delete(name)
  return ours
}
