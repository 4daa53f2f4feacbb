import * as v from 'valibot'

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Any JSON object, with every key it came with. valibot's own `record` takes arrays for objects and drops the keys
 * `constructor` and `prototype`, which are field names like others.
 */
export const AnyObject = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Expected Object',
)
