import { err, ok, type Result } from '../../core/result.ts'

/**
 * The keys that lead to a place in a document: a JSON pointer (RFC 6901) where it begins with a slash, else keys with
 * dots between them. Null where it names no place below the whole.
 */
export function placeOf(key: string): readonly string[] | null {
  const keys = key.startsWith('/')
    ? key
        .slice(1)
        .split('/')
        .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))
    : key.split('.')
  return key === '' || keys.includes('') ? null : keys
}

/** What is at a place, undefined where nothing is. Only what JSON wrote there: no inherited property. */
export const valueAt = (document: unknown, place: readonly string[]): unknown =>
  place.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    document,
  )

/**
 * A copy with another value at a place, or, where that is undefined, with nothing there. Objects on the way are made;
 * of a list, an index it has and the one after its last (also written `-`) can be set.
 */
export function withValue(
  document: unknown,
  place: readonly string[],
  value: unknown,
): Result<unknown, string> {
  const [key, ...rest] = place
  if (key === undefined) return ok(value)
  if (Array.isArray(document)) return withItem(document, key, rest, value)
  if (document !== undefined && (typeof document !== 'object' || document === null))
    return err(`there is no object above ${key}`)
  const entries = Object.entries(document ?? {})
  const inner = withValue(entries.find(([name]) => name === key)?.[1], rest, value)
  if (!inner.ok) return inner
  const others = entries.map(([name, each]) => [name, name === key ? inner.value : each] as const)
  if (!entries.some(([name]) => name === key)) others.push([key, inner.value])
  // fromEntries defines its keys, so that a key named __proto__ stays a key.
  return ok(Object.fromEntries(others.filter(([name, each]) => name !== key || each !== undefined)))
}

function withItem(
  list: readonly unknown[],
  key: string,
  rest: readonly string[],
  value: unknown,
): Result<unknown, string> {
  const index = key === '-' ? list.length : /^\d{1,6}$/.test(key) ? Number(key) : -1
  if (index < 0 || index > list.length) return err(`a list of ${list.length} has no item ${key}`)
  const inner = withValue(list[index], rest, value)
  if (!inner.ok) return inner
  const copy = list.slice()
  copy.splice(index, 1, ...(inner.value === undefined ? [] : [inner.value]))
  return ok(copy)
}
