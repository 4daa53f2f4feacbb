import { fail, type Failure } from '../../core/failure.ts'
import { failV2, type FailureV2 } from '../../core/failure-v2.ts'

/**
 * Why no picture is made. `invalid`: the pipeline says nothing, or speaks of what is not there; `limit`: it asks for more,
 * or of more, than is allowed; `damaged`: the original or a mark is no picture that can be read; `busy`: try again.
 */
export type PictureFault = {
  readonly kind: 'invalid' | 'limit' | 'damaged' | 'busy'
  readonly message: string
  /** The operation's own text, where it is about one. */
  readonly operation?: string
}

export const pictureFault = (kind: PictureFault['kind'], message: string): PictureFault => ({ kind, message })

/** How long one picture takes at most, about. */
const RETRY_SECONDS = 1
/** Characters of what was given that a message repeats. */
const MESSAGE_CHARS_MAX = 200

export function pictureFailure(fault: PictureFault): Failure {
  const [message, operation] = textsOf(fault)
  if (fault.kind === 'invalid')
    return fail('InvalidArgument', message, { arguments: ['pipeline'], ...operation })
  if (fault.kind === 'busy') return { ...fail('ResponseTimeout', message), retryAfterSeconds: RETRY_SECONDS }
  return fail(fault.kind === 'limit' ? 'AssetSizeTooLarge' : 'BadRequest', message, operation)
}

/** The same in v2's words, of which three are new: v2 answered the original. */
export function pictureFailureV2(fault: PictureFault): FailureV2 {
  const [message, operation] = textsOf(fault)
  const failure = failV2(REASONS[fault.kind], message, operation)
  return fault.kind === 'busy' ? { ...failure, retryAfterSeconds: RETRY_SECONDS } : failure
}

const REASONS = {
  invalid: 'InvalidPipeline',
  limit: 'ImageTooLarge',
  damaged: 'BadImage',
  busy: 'ServiceUnavailable',
} as const satisfies Record<PictureFault['kind'], FailureV2['reason']>

const textsOf = ({ message, operation }: PictureFault) =>
  [
    message.slice(0, MESSAGE_CHARS_MAX),
    operation === undefined ? undefined : { operation: operation.slice(0, MESSAGE_CHARS_MAX) },
  ] as const
