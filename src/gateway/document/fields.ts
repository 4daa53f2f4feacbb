import * as v from 'valibot'

/**
 * The words of the document's schema, one per kind of key that skygear v2.3 "AppConfiguration" knows.
 * A default stands in for a missing value and for an empty one ('' or 0), as the original's "fill defaults" step
 * did; the ceilings and the flags alone keep 0 and false. `null` is no value of any key.
 */

/** Arrays are objects to JavaScript and to valibot, but `"session": []` is not a session. */
const jsonObject = v.pipe(
  v.unknown(),
  v.check(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  ),
)
/** An object with exactly these keys: an unknown one is refused. */
export const closed = <const E extends v.ObjectEntries>(entries: E) =>
  v.pipe(jsonObject, v.strictObject(entries))
/** An object with these keys: an unknown one is dropped, and named among the warnings. */
export const open = <const E extends v.ObjectEntries>(entries: E) => v.pipe(jsonObject, v.object(entries))

/** Any object, passed on as it is. */
export const anything = v.pipe(
  jsonObject,
  v.transform((value) => value as Readonly<Record<string, unknown>>),
)

/** A table of names. It has no prototype, so that looking up "constructor" finds nothing. */
export const table = <const S extends v.GenericSchema>(value: S) =>
  v.pipe(
    jsonObject,
    v.record(v.string(), value),
    v.transform((entries): Record<string, v.InferOutput<S>> => Object.assign(Object.create(null), entries)),
  )

/** A required string that is not empty. */
export const filled = v.pipe(v.string(), v.minLength(1))

/** A string; `fallback` when left out or empty. */
export const text = (fallback: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.transform((value) => value || fallback),
    ),
    fallback,
  )

/** A string that may be left out; an empty one counts as left out. */
export const maybeText = v.optional(
  v.pipe(
    v.string(),
    v.transform((value) => value || undefined),
  ),
)

/** A list of strings, none when left out. */
export const texts = v.optional(v.array(v.string()), [])

/** One of `members`; `fallback` when left out. An empty string is no member, so it is refused rather than defaulted. */
export const oneOf = <const M extends readonly string[]>(members: M, fallback: M[number]) =>
  v.optional(v.picklist(members), fallback)

/** A switch. A written `false` stays, also where silence means true. */
export const flag = (fallback = false) => v.optional(v.boolean(), fallback)

/** A whole number that JSON can carry exactly. */
export const integer = v.pipe(v.number(), v.safeInteger())

/** A whole number, zero or more; a duration is in seconds unless its key says otherwise. */
export const natural = v.pipe(integer, v.minValue(0))
/** As `natural`; `fallback` when left out or 0. */
export const naturalOr = (fallback: number) =>
  v.optional(
    v.pipe(
      natural,
      v.transform((value) => value || fallback),
    ),
    fallback,
  )

/** A ceiling that an app may set to 0, meaning none of that kind. */
export const atMost = (most: number, fallback: number) =>
  v.optional(v.pipe(natural, v.maxValue(most)), fallback)

/** A whole number within bounds, both included. */
export const between = (least: number, most: number, fallback: number) =>
  v.optional(v.pipe(integer, v.minValue(least), v.maxValue(most)), fallback)

/**
 * skygear v2.3 "Validation causes", format NameEmailAddr: a bare address, or a *quoted* name and the address in
 * angle brackets. Control characters are refused as they could add headers to a mail.
 */
const WORD = String.raw`[^\s"<>(),:;@[\]\\\p{Cc}]+`
const ADDRESS = `${WORD}@${WORD}`
const NAME_EMAIL_ADDR = new RegExp(String.raw`^(?:"(?:[^"\\\p{Cc}]|\\["\\])*" <${ADDRESS}>|${ADDRESS})$`, 'u')
const mailAddress = v.pipe(
  v.string(),
  v.regex(NAME_EMAIL_ADDR, 'must be user@example.com or "User" <user@example.com>'),
)
/** A NameEmailAddr that may be left out. */
export const maybeMailAddress = v.optional(mailAddress)
/** The original's own default. A cluster that sends mail replaces it by an address it owns. */
export const sender = v.optional(mailAddress, 'no-reply@skygear.io')

/** The issue "this key of `input` is required", for rules that depend on another key. */
export const missing = (input: Readonly<Record<string, unknown>>, key: string) => ({
  message: 'is required',
  path: [{ type: 'object', origin: 'key', input, key, value: undefined }] satisfies [v.ObjectPathItem],
})
