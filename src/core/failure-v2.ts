import type { Failure, FailureName } from './failure.ts'

/**
 * Every way a v2 request can be refused (v2 reference, section 2.5): a reason, and the name that stands for its status.
 * `AssetInUse` is ours, as v2 had no records, and so are the three of images, of which v2 answered the original.
 */
const NAMES = {
  BadRequest: 400,
  Invalid: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  TooManyRequest: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const
const REASONS = {
  BadRequest: 'BadRequest',
  Invalid: 'Invalid',
  NotAuthenticated: 'Unauthorized',
  AccessKeyNotAccepted: 'Unauthorized',
  Forbidden: 'Forbidden',
  UserDisabled: 'Forbidden',
  NotFound: 'NotFound',
  UnexpectedError: 'InternalError',
  ServiceUnavailable: 'ServiceUnavailable',
  ValidationFailed: 'Invalid',
  InvalidSignatureQueryParam: 'Invalid',
  InvalidSignature: 'Invalid',
  ExpiredSignature: 'Invalid',
  DuplicateAsset: 'AlreadyExists',
  AssetInUse: 'AlreadyExists',
  AssetTooLarge: 'BadRequest',
  BadAssetUploadForm: 'BadRequest',
  InvalidPipeline: 'Invalid',
  ImageTooLarge: 'BadRequest',
  BadImage: 'BadRequest',
} as const satisfies Record<string, keyof typeof NAMES>

export type FailureV2 = {
  readonly reason: keyof typeof REASONS
  /** For people, as that of a Failure. */
  readonly message: string
  readonly info?: Readonly<Record<string, unknown>>
  /** The session that was shown is not one: a client should refresh it and try again. */
  readonly hasBadSession?: true
  readonly retryAfterSeconds?: number
}

export const failV2 = (reason: FailureV2['reason'], message: string, info?: FailureV2['info']): FailureV2 =>
  info ? { reason, message, info } : { reason, message }

export const statusV2 = ({ reason }: FailureV2): number => NAMES[REASONS[reason]]

/** The error object of v2. */
export const failureBodyV2 = (failure: FailureV2) => ({
  name: REASONS[failure.reason],
  reason: failure.reason,
  message: failure.message,
  code: statusV2(failure),
  ...(failure.info && { info: failure.info }),
})

/** What both dialects can meet, in v2's words: credentials, the guard's refusals, and a database that is away. */
export function inV2({ name, message, info, retryAfterSeconds }: Failure): FailureV2 {
  const later = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  if (name === 'AccessTokenNotAccepted')
    return { ...failV2('NotAuthenticated', 'authentication required'), hasBadSession: true }
  const reason = SAME[name]
  if (reason) return { ...failV2(reason, message, info), ...later }
  return { ...failV2('UnexpectedError', 'unexpected error occurred'), ...later }
}
const SAME: Readonly<Partial<Record<FailureName, FailureV2['reason']>>> = {
  NotAuthenticated: 'NotAuthenticated',
  AccessKeyNotAccepted: 'AccessKeyNotAccepted',
  UserDisabled: 'UserDisabled',
  BadRequest: 'BadRequest',
  InvalidArgument: 'Invalid',
  PermissionDenied: 'Forbidden',
  ResourceNotFound: 'NotFound',
  ResponseTimeout: 'ServiceUnavailable',
  UnexpectedUnableToOpenDatabase: 'ServiceUnavailable',
}
