import { invalid, type Failure } from '../../../core/failure.ts'
import { isRecordName } from '../../../core/record/name.ts'
import { err, ok, type Result } from '../../../core/result.ts'

/**
 * The names of types and fields that an action is about, by their place in the body; 108 with every one that is
 * missing, or the first that nothing of an app can be called (v1 protocol, section 6).
 */
export function named<K extends string>(
  given: Readonly<Partial<Record<K, string | null | undefined>>>,
  ...keys: readonly K[]
): Result<Readonly<Record<K, string>>, Failure> {
  const missing = keys.filter((key) => !given[key])
  if (missing.length > 0) return err(invalid(`${missing.join(', ')} is required`, ...missing))
  const bad = keys.find((key) => !isRecordName(given[key] ?? ''))
  if (bad) return err(invalid(`${bad} is not a name that a type or field can have`, bad))
  return ok(Object.fromEntries(keys.map((key) => [key, given[key]])) as Record<K, string>)
}
