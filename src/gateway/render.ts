import { failureBody, failureStatus, type Failure } from '../core/failure.ts'
import type { Reply } from '../core/gear.ts'

/** The only places where an outcome becomes bytes and a status (v1 protocol, sections 1.5 and 1.6). */
export function renderReply({ result, info }: Reply<unknown>): Response {
  return Response.json({
    ...(result !== null && result !== undefined && { result }),
    ...(info && { info }),
  })
}

export function renderFailure(failure: Failure): Response {
  const response = Response.json({ error: failureBody(failure) }, { status: failureStatus(failure) })
  if (failure.retryAfterSeconds !== undefined)
    response.headers.set('retry-after', String(failure.retryAfterSeconds))
  return response
}

/**
 * A failure as v2's gateway tells it (v2 reference, section 1.12): plain text that ends its line; none where there is
 * nothing to say.
 */
export const renderText = (failure: Failure): Response =>
  new Response(failure.message === '' ? '' : `${failure.message}\n`, {
    status: failureStatus(failure),
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  })

/** Another Worker's answer as ours: its headers can be changed, and what it says of origins is left to us. */
export function renderPassed(response: Response): Response {
  if (response.webSocket) return response
  const ours = new Response(response.body, response)
  const names = [...ours.headers.keys()]
  for (const name of names)
    if (name.startsWith('access-control-') || name === 'vary') ours.headers.delete(name)
  return ours
}
