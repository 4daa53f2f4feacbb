import type { Failure } from '../core/failure.ts'
import type { FailureV2 } from '../core/failure-v2.ts'
import type { Trace } from './app.ts'
import type { Reply } from '../core/gear.ts'
import { renderFailure, renderFailureV2, renderReply, renderRoute, type Carried } from './render.ts'

/** An answer that is decided; it becomes a Response when the headers are known that every answer carries. */
export type Rendering = (carried: Carried) => Response

export function refuse(trace: Trace, failure: Failure, render = renderFailure): Rendering {
  trace.error = failure.name
  return (carried) => render(failure, carried)
}

export function refuseV2(trace: Trace, failure: FailureV2): Rendering {
  trace.error = failure.reason
  return (carried) => renderFailureV2(failure, carried)
}

export const passing =
  (response: Response): Rendering =>
  (carried) =>
    renderRoute(response, carried)

/** What a route answers: a Response of its own, or a result for the envelope. */
export const answering = (answer: Response | Reply<unknown>): Rendering =>
  answer instanceof Response ? passing(answer) : (carried) => renderReply(answer, carried)
