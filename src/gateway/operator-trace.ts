import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Failure } from '../core/failure.ts'
import { renderFailure } from './render.ts'

/** What is noted of a request to the operator's host, for its log line. */
export type OperatorTrace = {
  action: string | null
  error?: string
  /** For the log: the caller is not told. */
  readonly report: (cause: unknown) => void
}
/** A request comes with a trace where somebody wants to know. */
export type OperatorEnv = { Bindings: { readonly trace?: OperatorTrace } }

/** Hono has no bindings at all where it was given none. */
export const traceOf = (c: Context<OperatorEnv>): OperatorTrace | undefined => {
  const bindings: OperatorEnv['Bindings'] | undefined = c.env
  return bindings?.trace
}

/** Names the route by its pattern, so that counters are not made by whoever asks for many paths. */
export const noteRoute: MiddlewareHandler<OperatorEnv> = async (c, next) => {
  const route = matchedRoutes(c).findLast(({ path }) => path !== '/*')
  const trace = traceOf(c)
  if (trace && route) trace.action = `${c.req.method} ${route.path}`
  await next()
}

/** A refusal, noted. */
export function refusal(c: Context<OperatorEnv>, failure: Failure): Response {
  const trace = traceOf(c)
  if (trace) trace.error = failure.name
  return renderFailure(failure)
}
