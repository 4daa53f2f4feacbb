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
