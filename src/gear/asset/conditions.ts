import { CONDITION_TAGS_MAX } from '../../core/limits.ts'

/** Entity tags as a condition lists them, in their quotes; `*`: any. */
export type Tags = '*' | readonly string[]
/** What a request makes its answer depend on; null: nothing of the kind. Times in milliseconds since 1970. */
export type Conditions = {
  readonly ifMatch: Tags | null
  readonly ifNoneMatch: Tags | null
  readonly ifModifiedSince: number | null
  readonly ifUnmodifiedSince: number | null
}

/**
 * RFC 9110, section 13.1. What is malformed is as servers have it: an `If-None-Match` or a date of which nothing can be
 * understood is not there, but an `If-Match` matches nothing, as somebody meant to protect something with it. A date is
 * not heeded beside the tags of its kind.
 */
export function conditionsOf(headers: Headers): Conditions {
  const wanted = headers.get('if-match')
  const had = headers.get('if-none-match')
  const ifNoneMatch = had === null ? null : tagsIn(had)
  return {
    // Strong comparison (section 8.8.3.2): what is weak equals nothing.
    ifMatch: wanted === null ? null : strongOf(tagsIn(wanted) ?? []),
    ifNoneMatch: ifNoneMatch === '*' ? '*' : (ifNoneMatch?.map((tag) => tag.replace('W/', '')) ?? null),
    ifModifiedSince: ifNoneMatch === null ? timeIn(headers.get('if-modified-since')) : null,
    ifUnmodifiedSince: wanted === null ? timeIn(headers.get('if-unmodified-since')) : null,
  }
}

/** The same as well-formed headers, and nothing else: a store may be strict with them. */
export function conditionHeaders(conditions: Conditions): Headers {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  return new Headers({
    ...(ifMatch && { 'if-match': listOf(ifMatch) }),
    ...(ifNoneMatch && { 'if-none-match': listOf(ifNoneMatch) }),
    ...(ifModifiedSince !== null && { 'if-modified-since': new Date(ifModifiedSince).toUTCString() }),
    ...(ifUnmodifiedSince !== null && { 'if-unmodified-since': new Date(ifUnmodifiedSince).toUTCString() }),
  })
}

/** The status of the condition that keeps back what is like this (section 13.2.2); null: none does. Seconds count. */
export function heldBy(conditions: Conditions, etag: string, storedAt: Date | null): 304 | 412 | null {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const at = storedAt && Math.floor(storedAt.getTime() / 1000) * 1000
  if (ifMatch && !isAmong(etag, ifMatch)) return 412
  if (at !== null && ifUnmodifiedSince !== null && at > ifUnmodifiedSince) return 412
  if (ifNoneMatch && isAmong(etag, ifNoneMatch)) return 304
  return at !== null && ifModifiedSince !== null && at <= ifModifiedSince ? 304 : null
}

const isAmong = (etag: string, tags: Tags): boolean => tags === '*' || tags.includes(etag)
const strongOf = (tags: Tags): Tags => (tags === '*' ? tags : tags.filter((tag) => tag.startsWith('"')))
const listOf = (tags: Tags): string => (tags === '*' ? tags : tags.join(', ') || NO_FILES_TAG)
/** Well formed, and no file's. */
const NO_FILES_TAG = '""'

const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`
/** `#entity-tag` (section 5.6.1): elements may be empty. */
const TAGS = new RegExp(String.raw`^[ \t,]*${TAG}(?:[ \t]*,[ \t,]*${TAG})*[ \t,]*$`)

/** Null: no list of tags, or one that is too long to be meant. */
function tagsIn(text: string): Tags | null {
  if (text.trim() === '*') return '*'
  const tags = TAGS.test(text) ? (text.match(new RegExp(TAG, 'g')) ?? []) : []
  return tags.length === 0 || tags.length > CONDITION_TAGS_MAX ? null : tags
}

/** Within what 64 bits of nanoseconds hold, which R2 counts in; nothing is older or newer. */
const LATEST = Date.UTC(2200)
function timeIn(text: string | null): number | null {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? null : Math.min(Math.max(time, 0), LATEST)
}
