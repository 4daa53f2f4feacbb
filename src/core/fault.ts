import { fail, failureNameOf, type Failure } from './failure.ts'
import type { SqlFault } from './ports.ts'

/**
 * What a refusal of Postgres means to the caller, where an action has nothing better to say.
 * `SG` and three digits: a failure of the contract raised by our own functions; detail is its info as JSON.
 */
export function failureOf(fault: SqlFault): Failure {
  const own = /^SG(\d{3})$/.exec(fault.code)
  const name = own && failureNameOf(Number(own[1]))
  if (name) {
    const failure = fail(name, fault.message, infoOf(fault.detail))
    // What the database refuses by this name is the caller, by the age of their password, and not one that they give.
    return name === 'PasswordPolicyViolated' ? { ...failure, status: 401 } : failure
  }
  if (UNAVAILABLE.test(fault.code))
    return { ...fail('UnexpectedUnableToOpenDatabase', unavailableMessage(fault)), retryAfterSeconds: 1 }
  if (fault.code === '57014')
    return { ...fail('ResponseTimeout', 'the database took too long'), retryAfterSeconds: 1 }
  if (fault.code === '23505') return fail('Duplicated', 'already taken')
  if (fault.code === '23503')
    return fail('ConstraintViolated', 'refers to something that does not exist, or is referred to')
  // 22: a value Postgres does not take; 54: more than it can hold (1,600 columns, an index entry of 2,704 bytes).
  if (/^(22|54)/.test(fault.code)) return fail('InvalidArgument', fault.message)
  return fail('UnexpectedError', 'unexpected error')
}

/**
 * Whether it is what was given that is refused, and not the call: a value (22), a constraint (23), more than Postgres can
 * hold (54), or by our own functions. `_record_each` has the same list.
 */
export const isOfGiven = ({ code }: SqlFault): boolean => /^(22|23|54|SG)/.test(code)

/** SQLSTATE of a schema that is older than the code; the message names the command that mends it. */
export const SCHEMA_BEHIND = 'SG001'

/**
 * Nothing was done and the same may go through later: connection exceptions (08), deadlock and serialization (40), too
 * many connections (53300), shutting down (57P0x), and a schema that is behind.
 */
const UNAVAILABLE = /^(08|40|53|57P0|SG001)/
function unavailableMessage({ code, message }: SqlFault): string {
  if (code === SCHEMA_BEHIND) return message
  return code.startsWith('40') ? 'another request was in the way' : 'the database cannot be reached'
}

function infoOf(detail: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!detail) return undefined
  const info: unknown = JSON.parse(detail)
  return typeof info === 'object' && info !== null ? { ...info } : undefined
}
