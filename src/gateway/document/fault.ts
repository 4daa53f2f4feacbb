import type * as v from 'valibot'
import { fail, type Failure } from '../../core/failure.ts'

/** Why a document was refused. Safe to log and to show: neither part holds a value from the document. */
export type DocumentFault = {
  /** RFC 6901 pointer to the offending place, '' for the whole document. */
  readonly path: string
  readonly message: string
}

/** What an operator is told whose document is refused. */
export const documentFailure = ({ path, message }: DocumentFault): Failure =>
  fail('InvalidArgument', `the document is not valid: ${path || '/'} ${message}`, { path: path || '/' })

/** RFC 6901: `~` and `/` inside a key are written `~0` and `~1`. */
export const pointer = (keys: readonly unknown[]): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** The fault that an issue of valibot stands for, at `under` (a pointer) in the document. */
export function faultOf(issue: v.BaseIssue<unknown>, under = ''): DocumentFault {
  // A gear's schema may carry messages of its own; one that quotes what was given is replaced.
  const quotes = under !== '' && typeof issue.input === 'string' && issue.message.includes(issue.input)
  return {
    path: under + pointer((issue.path ?? []).map(({ key }) => key)),
    message: quotes ? wording(issue) : issue.message,
  }
}

/** Says what was expected, from the schema alone. valibot's own texts quote what was received. */
export function wording({ type, expected, requirement, input }: v.BaseIssue<unknown>): string {
  switch (type) {
    case 'object':
    case 'strict_object':
      if (expected === 'never') return 'is not a known key'
      return expected?.startsWith('"') ? 'is required' : 'must be an object'
    case 'string':
    case 'number':
    case 'boolean':
      return `must be a ${type}`
    case 'array':
      return 'must be an array'
    case 'record':
      return 'must be an object'
    case 'integer':
    case 'safe_integer':
      return 'must be an integer'
    case 'min_value':
      return `must be at least ${String(requirement)}`
    case 'max_value':
      return `must be at most ${String(requirement)}`
    case 'min_length':
      return `must have at least ${String(requirement)} ${Array.isArray(input) ? 'item' : 'character'}(s)`
    case 'max_length':
      return `must have at most ${String(requirement)} ${Array.isArray(input) ? 'item' : 'character'}(s)`
    case 'picklist':
      return `must be one of ${(expected ?? '').replace(/^\(|\)$/g, '').replaceAll(' | ', ', ')}`
    default:
      return expected === null ? 'is not valid' : `must be ${expected}`
  }
}
