import * as v from 'valibot'
import { CONTENT_TYPE_CHARS_MAX } from '../../core/limits.ts'
import type { StoredFile } from '../../core/ports.ts'

/** A media type with its parameters (RFC 9110, section 8.3.1): it becomes a header of every download. */
const MEDIA_TYPE =
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+'/:=-]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/

export const isContentType = (given: string): boolean =>
  given.length <= CONTENT_TYPE_CHARS_MAX && MEDIA_TYPE.test(given)
export const ContentType = v.pipe(v.string(), v.check(isContentType, 'is not a media type'))

/** Types that a browser shows and runs nothing of. */
const INERT =
  /^(?:image\/(?!svg)[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|font\/[\w.+-]+|text\/plain|application\/json)$/i

/** Whether it may be shown where it is served from, which is where the app's API is. */
export const isInert = (contentType: string): boolean => INERT.test(essenceOf(contentType))

/** What pipelines are for (v2 reference, section 4.9), by what it was stored as; bytes that were packed are none. */
export const isPicture = ({ headers }: Pick<StoredFile, 'headers'>): boolean =>
  PICTURES.has(essenceOf(headers.contentType ?? '').toLowerCase()) && headers.contentEncoding === undefined
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/webp'])

/** A media type without its parameters. */
const essenceOf = (contentType: string): string => contentType.split(';', 1)[0]?.trim() ?? ''
