import * as v from 'valibot'

/** A media type with its parameters (RFC 9110, section 8.3.1): it becomes a header of every download. */
const MEDIA_TYPE =
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+'/:=-]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/
const CHARS_MAX = 255

export const isContentType = (given: string): boolean => given.length <= CHARS_MAX && MEDIA_TYPE.test(given)
export const ContentType = v.pipe(v.string(), v.check(isContentType, 'is not a media type'))

/** Types that a browser shows and runs nothing of. */
const INERT =
  /^(?:image\/(?!svg)[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|font\/[\w.+-]+|text\/plain|application\/json)$/i

/** Whether it may be shown where it is served from, which is where the app's API is. */
export const isInert = (contentType: string): boolean =>
  INERT.test(contentType.split(';', 1)[0]?.trim() ?? '')
