import { failureBody, failureStatus, type Failure } from '../core/failure.ts'
import { failureBodyV2, statusV2, type FailureV2 } from '../core/failure-v2.ts'
import type { Reply } from '../core/gear.ts'

/** Headers that an answer carries beside its own. */
export type Carried = Readonly<Record<string, string>>

/**
 * The only places where an outcome becomes bytes and a status (v1 protocol, sections 1.5 and 1.6). A Response is made
 * once, with all its headers: each that is set afterwards is a call out of JavaScript.
 */
export function renderReply({ result, info }: Reply<unknown>, carried?: Carried): Response {
  return json(200, carried, {
    ...(result !== null && result !== undefined && { result }),
    ...(info && { info }),
  })
}

export function renderFailure(failure: Failure, carried?: Carried): Response {
  const { retryAfterSeconds } = failure
  const headers =
    retryAfterSeconds === undefined ? carried : { ...carried, 'retry-after': String(retryAfterSeconds) }
  return json(failureStatus(failure), headers, { error: failureBody(failure) })
}

/** The same in v2's words (v2 reference, section 2.5). */
export function renderFailureV2(failure: FailureV2, carried?: Carried): Response {
  const { retryAfterSeconds, hasBadSession } = failure
  const headers = {
    ...carried,
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    ...(hasBadSession && { 'x-skygear-try-refresh-token': 'true' }),
  }
  return json(statusV2(failure), headers, { error: failureBodyV2(failure) })
}

const json = (status: number, carried: Carried | undefined, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...carried } })

/**
 * A failure as v2's gateway tells it (v2 reference, section 1.12): plain text that ends its line; none where there is
 * nothing to say.
 */
export const renderText = (failure: Failure, carried?: Carried): Response =>
  new Response(failure.message === '' ? '' : `${failure.message}\n`, {
    status: failureStatus(failure),
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...carried,
    },
  })

/**
 * A route's own Response, with what every answer carries; where it says itself who may read it from another origin, it
 * has the last word (v2 reference, section 1.11). An upgrade is answered anew, with the same socket.
 */
export function renderRoute(response: Response, carried: Carried): Response {
  if (response.webSocket)
    return new Response(null, { status: 101, webSocket: response.webSocket, headers: carried })
  const saysOrigins = response.headers.has('access-control-allow-origin')
  for (const [name, value] of Object.entries(carried))
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
