/**
 * Every way a request can be refused, in Skygear's own vocabulary.
 * Source: v1 protocol, section 3.2 (skygear-server v1.7.3 pkg/server/skyerr). Codes are wire contract and never reused.
 * 126 and 129 had no status of their own and fell to 500; they are the caller's doing, so 400 and 413 here.
 */
const CATALOG = {
  NotAuthenticated: { code: 101, status: 401 },
  PermissionDenied: { code: 102, status: 403 },
  AccessKeyNotAccepted: { code: 103, status: 401 },
  AccessTokenNotAccepted: { code: 104, status: 401 },
  InvalidCredentials: { code: 105, status: 401 },
  InvalidSignature: { code: 106, status: 401 },
  BadRequest: { code: 107, status: 400 },
  InvalidArgument: { code: 108, status: 400 },
  Duplicated: { code: 109, status: 409 },
  ResourceNotFound: { code: 110, status: 404 },
  NotSupported: { code: 111, status: 501 },
  NotImplemented: { code: 112, status: 501 },
  ConstraintViolated: { code: 113, status: 409 },
  IncompatibleSchema: { code: 114, status: 409 },
  AtomicOperationFailure: { code: 115, status: 409 },
  PartialOperationFailure: { code: 116, status: 200 },
  UndefinedOperation: { code: 117, status: 404 },
  PluginUnavailable: { code: 118, status: 503 },
  PluginTimeout: { code: 119, status: 504 },
  RecordQueryInvalid: { code: 120, status: 400 },
  PluginInitializing: { code: 121, status: 503 },
  ResponseTimeout: { code: 122, status: 503 },
  DeniedArgument: { code: 123, status: 403 },
  RecordQueryDenied: { code: 124, status: 403 },
  NotConfigured: { code: 125, status: 503 },
  PasswordPolicyViolated: { code: 126, status: 400 },
  UserDisabled: { code: 127, status: 403 },
  VerificationRequired: { code: 128, status: 403 },
  AssetSizeTooLarge: { code: 129, status: 413 },
  UnexpectedError: { code: 10000, status: 500 },
  UnexpectedAuthInfoNotFound: { code: 10001, status: 500 },
  UnexpectedUnableToOpenDatabase: { code: 10002, status: 503 },
  UnexpectedPushNotificationNotConfigured: { code: 10003, status: 500 },
  InternalQueryInvalid: { code: 10004, status: 500 },
  UnexpectedUserNotFound: { code: 10005, status: 500 },
} as const

export type FailureName = keyof typeof CATALOG
export type Failure = {
  readonly name: FailureName
  /** For people: English, free to change, never a secret or another user's data. */
  readonly message: string
  readonly info?: Readonly<Record<string, unknown>>
  /** Where a stage has a status of its own (v1 protocol, section 1.6), or the catalogue's is too coarse. */
  readonly status?: number
  /** Seconds after which to try again: becomes `Retry-After`. */
  readonly retryAfterSeconds?: number
}

export const fail = (name: FailureName, message: string, info?: Failure['info']): Failure =>
  info && Object.keys(info).length > 0 ? { name, message, info } : { name, message }

/** InvalidArgument with the offending fields in `info.arguments`, as every v1 action reports them. */
export const invalid = (message: string, ...fields: readonly string[]): Failure =>
  fail('InvalidArgument', message, fields.length > 0 ? { arguments: fields } : undefined)

/** The error object of v1 protocol, section 3.1. */
export const failureBody = ({ name, message, info }: Failure) => ({
  name,
  code: CATALOG[name].code,
  message,
  ...(info && { info }),
})

/** One refused item of a batch: the error object under `_type: "error"`, with the item's id where it has one. */
export const failureItem = (failure: Failure, id?: string) => ({
  ...(id !== undefined && { _id: id }),
  _type: 'error' as const,
  ...failureBody(failure),
})

export const failureStatus = ({ name, status }: Failure): number => status ?? CATALOG[name].status

/** The failure that a code of the catalogue names; what the database raises arrives as such a code. */
export const failureNameOf = (code: number): FailureName | undefined => NAMES.get(code)
const NAMES = new Map(
  Object.entries(CATALOG).map(([name, { code }]) => [code as number, name as FailureName]),
)
