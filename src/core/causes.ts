import * as v from 'valibot'
import { failV2, type FailureV2 } from './failure-v2.ts'
import { err, ok, type Result } from './result.ts'

/** Why a value is not what a schema asks for (v2 reference, section 2.6). `pointer`: RFC 6901. */
export type Cause = {
  readonly kind: string
  readonly pointer: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Judges a value that was sent; every fault is told, in the order of the places where they are. */
export function judged<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  message: string,
): Result<v.InferOutput<S>, FailureV2> {
  const outcome = v.safeParse(schema, value)
  if (outcome.success) return ok(outcome.output)
  const causes = outcome.issues
    .map(causeOf)
    .toSorted((a, b) => compare(a.pointer, b.pointer) || compare(a.kind, b.kind))
  return err(failV2('ValidationFailed', message, { causes }))
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

function causeOf(issue: v.GenericIssue): Cause {
  const keys = (issue.path ?? []).map(({ key }) => String(key))
  const pointer = keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  const field = keys.at(-1) ?? 'body'
  const cause = (kind: string, message: string, details?: Cause['details']): Cause => ({
    kind,
    pointer,
    message,
    ...(details && { details }),
  })
  const { requirement } = issue as { readonly requirement?: unknown }
  switch (issue.type) {
    case 'strict_object':
      if (issue.expected === 'never')
        return cause('ExtraEntry', `Additional property ${field} is not allowed`)
      break
    case 'regex':
      return cause('StringFormat', `Does not match pattern '${patternOf(requirement)}'`, {
        pattern: patternOf(requirement),
      })
    case 'min_length':
    case 'max_length': {
      const bound = { [issue.type === 'min_length' ? 'gte' : 'lte']: requirement }
      const isText = typeof issue.input === 'string'
      return cause(isText ? 'StringLength' : 'EntryAmount', `Must ${words(bound)}`, bound)
    }
    case 'min_value':
    case 'max_value': {
      const bound = { [issue.type === 'min_value' ? 'gte' : 'lte']: requirement }
      return cause('NumberRange', `Must ${words(bound)}`, bound)
    }
    case 'integer':
      return cause('Type', 'Invalid type. Expected: integer, given: number', { expected: 'integer' })
    case 'picklist':
      if (issue.received !== 'undefined')
        return cause('Enum', `Must be one of ${issue.expected ?? ''}`, {
          expected: (issue as v.PicklistIssue).expected
            .split(' | ')
            .map((one) => one.replaceAll(/[()"]/g, '')),
        })
      break
    default:
  }
  if (issue.received === 'undefined') return cause('Required', `${field} is required`)
  if (issue.kind !== 'schema') return cause('General', 'is not valid')
  const expected = TYPES[issue.type] ?? issue.type
  return cause('Type', `Invalid type. Expected: ${expected}`, { expected })
}

const patternOf = (requirement: unknown): string => (requirement instanceof RegExp ? requirement.source : '')
const words = (bound: Readonly<Record<string, unknown>>): string =>
  Object.entries(bound)
    .map(([side, limit]) => `be ${side === 'gte' ? 'at least' : 'at most'} ${String(limit)}`)
    .join()

/** valibot's words for JSON Schema's. */
const TYPES: Readonly<Record<string, string>> = { strict_object: 'object', record: 'object' }
