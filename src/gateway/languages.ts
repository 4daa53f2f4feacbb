import { LANGUAGES_MAX } from '../core/limits.ts'

/** The languages of an `Accept-Language` header, best first (RFC 9110, section 12.5.4); what is malformed is left out. */
export function languagesOf(header: string | null): readonly string[] {
  return (header ?? '')
    .split(',', LANGUAGES_MAX)
    .flatMap((item) => {
      const [, tag, weight = '1'] =
        /^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(item) ?? []
      return tag === undefined || Number(weight) === 0 ? [] : [{ tag, weight: Number(weight) }]
    })
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
