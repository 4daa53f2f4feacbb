import { describe, expect, it } from 'vitest'
import { failureStatus, type FailureName } from '../../src/core/failure.ts'
import { failureOf } from '../../src/core/fault.ts'

/** Said by Postgres to its operator, so not to be said to a caller. */
const INTERNAL = 'relation "app_notes.secret" of role "owner"'

const ROWS: readonly (readonly [sqlstate: string, name: FailureName, status: number])[] = [
  ['SG104', 'AccessTokenNotAccepted', 401],
  ['SG127', 'UserDisabled', 403],
  ['SG115', 'AtomicOperationFailure', 409],
  ['SG109', 'Duplicated', 409],
  ['SG001', 'UnexpectedUnableToOpenDatabase', 503],
  ['08000', 'UnexpectedUnableToOpenDatabase', 503],
  ['08006', 'UnexpectedUnableToOpenDatabase', 503],
  ['53300', 'UnexpectedUnableToOpenDatabase', 503],
  ['57P01', 'UnexpectedUnableToOpenDatabase', 503],
  ['57P03', 'UnexpectedUnableToOpenDatabase', 503],
  ['57014', 'ResponseTimeout', 503],
  ['23505', 'Duplicated', 409],
  ['23503', 'ConstraintViolated', 409],
  ['22003', 'InvalidArgument', 400],
  ['22P02', 'InvalidArgument', 400],
  ['22007', 'InvalidArgument', 400],
  ['42601', 'UnexpectedError', 500],
  ['42P01', 'UnexpectedError', 500],
  ['25006', 'UnexpectedError', 500],
  ['XX000', 'UnexpectedError', 500],
  // Not ours: no such code in the catalogue, or not the form of one.
  ['SG999', 'UnexpectedError', 500],
  ['SG10', 'UnexpectedError', 500],
  ['SG1040', 'UnexpectedError', 500],
  ['XSG104', 'UnexpectedError', 500],
  ['', 'UnexpectedError', 500],
]

describe('a refusal of Postgres', () => {
  it.each(ROWS)('of SQLSTATE %s is %s', (code, name, status) => {
    const failure = failureOf({ code, message: 'why' })
    expect(failure.name).toBe(name)
    expect(failureStatus(failure)).toBe(status)
    expect(failure.retryAfterSeconds, 'may go through later').toBe(status === 503 ? 1 : undefined)
  })

  it.each(ROWS.filter(([code]) => !/^(SG|22)/.test(code)))(
    'of SQLSTATE %s keeps its words inside',
    (code) => {
      const failure = failureOf({ code, message: INTERNAL, detail: INTERNAL, constraint: 'secret' })
      expect(JSON.stringify(failure)).not.toMatch(/secret|owner/)
    },
  )

  it('that is one of our own says why, with its detail as info', () => {
    const detail = '{"message":"spam","expiry":"2030-01-01T00:00:00Z"}'
    expect(failureOf({ code: 'SG127', message: 'user is disabled', detail })).toEqual({
      name: 'UserDisabled',
      message: 'user is disabled',
      info: { message: 'spam', expiry: '2030-01-01T00:00:00Z' },
    })
  })

  it.each([undefined, '', 'null', '1', '"text"', '{}'])(
    'that is our own has no info from detail %j',
    (detail) => {
      expect(failureOf({ code: 'SG127', message: 'user is disabled', detail })).toEqual({
        name: 'UserDisabled',
        message: 'user is disabled',
      })
    },
  )

  it('for a schema that is behind names the command that mends it', () => {
    const message = 'the schema app_notes is behind this server: run npm run migrate'
    expect(failureOf({ code: 'SG001', message })).toMatchObject({ message, retryAfterSeconds: 1 })
  })

  it('for a database that is away says when to try again', () => {
    expect(failureOf({ code: '08006', message: INTERNAL })).toEqual({
      name: 'UnexpectedUnableToOpenDatabase',
      message: 'the database cannot be reached',
      retryAfterSeconds: 1,
    })
  })
})
