import { describe, expect, it } from 'vitest'
import {
  fail,
  failureBody,
  failureItem,
  failureNameOf,
  failureStatus,
  invalid,
  type FailureName,
} from '../../src/core/failure.ts'

/** v1 protocol, section 3.2. Append-only: a row may be added, never changed, and no code given away again. */
const CATALOG: readonly (readonly [code: number, name: FailureName, status: number])[] = [
  [101, 'NotAuthenticated', 401],
  [102, 'PermissionDenied', 403],
  [103, 'AccessKeyNotAccepted', 401],
  [104, 'AccessTokenNotAccepted', 401],
  [105, 'InvalidCredentials', 401],
  [106, 'InvalidSignature', 401],
  [107, 'BadRequest', 400],
  [108, 'InvalidArgument', 400],
  [109, 'Duplicated', 409],
  [110, 'ResourceNotFound', 404],
  [111, 'NotSupported', 501],
  [112, 'NotImplemented', 501],
  [113, 'ConstraintViolated', 409],
  [114, 'IncompatibleSchema', 409],
  [115, 'AtomicOperationFailure', 409],
  [116, 'PartialOperationFailure', 200],
  [117, 'UndefinedOperation', 404],
  [118, 'PluginUnavailable', 503],
  [119, 'PluginTimeout', 504],
  [120, 'RecordQueryInvalid', 400],
  [121, 'PluginInitializing', 503],
  [122, 'ResponseTimeout', 503],
  [123, 'DeniedArgument', 403],
  [124, 'RecordQueryDenied', 403],
  [125, 'NotConfigured', 503],
  // The old server had no status for these two and fell to 500: they are the caller's doing.
  [126, 'PasswordPolicyViolated', 400],
  [127, 'UserDisabled', 403],
  [128, 'VerificationRequired', 403],
  [129, 'AssetSizeTooLarge', 413],
  [10000, 'UnexpectedError', 500],
  [10001, 'UnexpectedAuthInfoNotFound', 500],
  [10002, 'UnexpectedUnableToOpenDatabase', 503],
  [10003, 'UnexpectedPushNotificationNotConfigured', 500],
  [10004, 'InternalQueryInvalid', 500],
  [10005, 'UnexpectedUserNotFound', 500],
]

describe('the catalogue of failures', () => {
  it.each(CATALOG)('has %i %s with HTTP status %i', (code, name, status) => {
    const failure = fail(name, 'why')
    expect({ ...failureBody(failure), status: failureStatus(failure) }).toEqual({
      code,
      name,
      message: 'why',
      status,
    })
  })

  it.each(CATALOG)('finds %s by its code, as the database raises it', (code, name) => {
    expect(failureNameOf(code)).toBe(name)
  })

  it('has these 35 and no other, each code and name once', () => {
    const codes = new Set(CATALOG.map(([code]) => code))
    expect(codes.size).toBe(35)
    expect(new Set(CATALOG.map(([, name]) => name)).size).toBe(35)
    const known = Array.from({ length: 20_000 }, (_, code) => code).filter((code) => failureNameOf(code))
    expect(known).toEqual([...codes])
  })
})

describe('a failure', () => {
  it('may have a status of its own, which does not show in its body', () => {
    const failure = { ...fail('BadRequest', 'too large'), status: 413, retryAfterSeconds: 3 }
    expect(failureStatus(failure)).toBe(413)
    expect(failureBody(failure)).toEqual({ name: 'BadRequest', code: 107, message: 'too large' })
  })

  it('leaves info out where there is none', () => {
    expect(failureBody(fail('BadRequest', 'why', {}))).not.toHaveProperty('info')
    expect(failureBody(fail('BadRequest', 'why'))).not.toHaveProperty('info')
    expect(failureBody(fail('BadRequest', 'why', { a: null }))).toMatchObject({ info: { a: null } })
  })

  it('names the arguments that it refuses', () => {
    expect(failureBody(invalid('no', 'a', 'b'))).toEqual({
      name: 'InvalidArgument',
      code: 108,
      message: 'no',
      info: { arguments: ['a', 'b'] },
    })
    expect(failureBody(invalid('no'))).not.toHaveProperty('info')
  })

  it('is, of a batch’s item, an error with the item’s id where it has one', () => {
    const failure = fail('ResourceNotFound', 'no such record')
    const error = { _type: 'error', name: 'ResourceNotFound', code: 110, message: 'no such record' }
    expect(failureItem(failure, 'note/n9')).toEqual({ _id: 'note/n9', ...error })
    expect(failureItem(failure)).toEqual(error)
  })
})
